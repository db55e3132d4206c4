import type { Course } from '../../../courses/course.ts'
import { listHomes } from '../../../hub/db/homes/home-list.ts'
import { findHome, type Home } from '../../../hub/db/homes/homes.ts'
import { findServer, findServerOf, type Server } from '../../../hub/db/servers/servers.ts'
import { ensureUser, type User } from '../../../hub/db/users.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { until } from '../../helpers/until.ts'
import { openParts } from '../parts.ts'

/** Opens a hub's parts with homes in two courses, and persons who open them. */
export async function openHomeParts(database: string, home: Partial<NonNullable<Course['home']>> = {}) {
  const parts = await openParts(database)
  const { hub } = parts
  const { db } = hub
  const { demo, third } = hub.courses.all
  if (demo === undefined || third === undefined) throw new Error('the courses are missing')
  for (const course of [demo, third]) course.home = { path: '/home/jovyan/work', per: 'course', ...home }
  const inState = (server: { id: string }, state: Server['state']) =>
    until(async () => (await findServer(db, server.id))?.state === state, `a server that is ${state}`)

  return {
    ...parts,
    ...{ demo, third },
    async makePerson(name = 'ann', subject = name): Promise<User> {
      const user = await ensureUser(db, { name, kind: 'person', authenticator: 'oidc', subject })
      if (user === undefined) throw new Error('there is no user')
      return user
    },
    /** Starts the user's server, and returns it when it is ready. */
    async open(user: User, course = demo): Promise<Server> {
      await inState(await requestServer(hub, user, course), 'ready')
      return (await findServerOf(db, user.id, course.slug)) as Server
    },
    async close(server: Server): Promise<void> {
      const seen = await findServer(db, server.id)
      if (seen !== undefined) await stopServer(hub, seen)
      await inState(server, 'stopped')
    },
    inState,
    /** Returns all homes, in the order in which they were made. */
    async homes(): Promise<Home[]> {
      const { homes } = await listHomes(db, { offset: 0, limit: 100 })
      return homes.sort((a, b) => a.created - b.created)
    },
    async home(id: string): Promise<Home> {
      const home = await findHome(db, id)
      if (home === undefined) throw new Error(`there is no home ${id}`)
      return home
    },
  }
}

export type HomeParts = Awaited<ReturnType<typeof openHomeParts>>
