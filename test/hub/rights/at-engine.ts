import assert from 'node:assert/strict'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import { ensureUser, type UserKind } from '../../../hub/db/users.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import type { Spawner } from '../../../spawners/spawner.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openParts } from '../parts.ts'
import { people } from '../people.ts'

/** Opens a hub's parts whose servers are real, with tina as staff of the course `demo` by her group. */
export async function openAtEngine(spawner: Spawner, config: Partial<ConfigInput>) {
  const database = await sqliteDatabase()
  const ways = { authenticators: [people, temporary()], groups: { tutors: ['tina'] } }
  const parts = await openParts(database.url, { ...ways, ...config })
  const { hub } = parts
  hub.spawner = spawner
  return {
    ...parts,
    /** Opens the course as a user of this name, and returns the server when it is ready. */
    async open(name: string, kind: UserKind = 'person'): Promise<Server> {
      const { demo } = hub.courses.all
      const authenticator = kind === 'person' ? 'local' : 'temporary'
      const user = await ensureUser(hub.db, { name, kind, authenticator, subject: name })
      assert.ok(user && demo)
      const { id } = await requestServer(hub, user, demo)
      await until(async () => {
        const { state, failureDetail } = (await findServer(hub.db, id)) as Server
        assert.notEqual(state, 'failed', failureDetail)
        return state === 'ready'
      })
      return (await findServer(hub.db, id)) as Server
    },
    async stop() {
      await parts.stop()
      await database.remove()
    },
  }
}

export type AtEngine = Awaited<ReturnType<typeof openAtEngine>>
