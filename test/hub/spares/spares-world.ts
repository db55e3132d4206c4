import type { ConfigInput } from '../../../config/config.ts'
import type { Course } from '../../../courses/course.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import { ensureUser, findUser, type User } from '../../../hub/db/users.ts'
import { requestServer, type ServerRequest } from '../../../hub/servers/request.ts'
import { refillSpares } from '../../../hub/spares/refill.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { openParts } from '../parts.ts'

export const twoSpares: ConfigInput['courses'] = { demo: { image: 'demo', spares: 2 }, other: { image: 'other' } }

/** Opens a hub without loops whose courses have spares, with what tests do with it. */
export async function openSpares(cleanup: Cleanup, database: string, config: Partial<ConfigInput> = {}) {
  const parts = await openParts(database, { courses: twoSpares, ...config })
  cleanup.defer(() => parts.stop())
  const { hub, world } = parts
  const { db } = hub
  const round = () => refillSpares(hub, new AbortController().signal)
  const states = async (): Promise<string[]> =>
    db('servers').whereRaw('spare').orderBy('created').orderBy('id').pluck('state')
  const all = {
    ...parts,
    round,
    states,
    /** Does one round, and waits until nothing moves any more. */
    async settle() {
      await round()
      await until(async () => {
        const moving = await db('servers').whereIn('state', ['queued', 'starting', 'stopping']).pluck('id')
        return moving.length === 0
      })
    },
    course(slug = 'demo'): Course {
      const course = hub.courses.all[slug]
      if (course === undefined) throw new Error(`there is no course ${slug}`)
      return course
    },
    /** Makes a visitor who has just come. */
    async visitor(): Promise<User> {
      const name = crypto.randomUUID()
      const user = await ensureUser(db, { name, kind: 'temporary', authenticator: 'temporary', subject: name })
      if (user === undefined) throw new Error('there is no user')
      return user
    },
    /** Makes a user with an account. */
    async person(): Promise<User> {
      const name = crypto.randomUUID()
      const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
      if (user === undefined) throw new Error('there is no user')
      return user
    },
    open: (user: User, slug = 'demo', request: ServerRequest = {}) =>
      requestServer(hub, user, all.course(slug), request),
    async named({ id }: User): Promise<string | undefined> {
      return (await findUser(db, id))?.name
    },
    objectOf({ id, run }: Server) {
      const object = world.objects.get(`carrel-${id}-${run}`)
      if (object === undefined) throw new Error('there is no such object')
      return object
    },
    async now(server: Server): Promise<Server> {
      return (await findServer(db, server.id)) as Server
    },
    /** Makes all spares older. */
    async age(milliseconds: number) {
      await db('servers')
        .whereRaw('spare')
        .update({ started: db.raw('started - ?', [milliseconds]) })
    },
  }
  return all
}
