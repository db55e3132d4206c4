import type { Transaction } from '../db/dialect.ts'
import type { Server } from '../db/servers/servers.ts'
import { noteUntold } from '../db/servers/untold.ts'
import { findUser } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { madeOfEach } from '../made-of/made-of.ts'
import type { Farewell, HowStopped } from './farewells.ts'
import { hookRun } from './run.ts'

/**
 * Notes that a run ends of which the hook is to be told, if the config has the hook: in the transaction in which the stop
 * begins. `server` is the row as it was before. A run that was still in the queue has not begun, and is none.
 */
export async function oweAfterStop(hub: Hub, trx: Transaction, server: Server, how: HowStopped): Promise<void> {
  if (hub.config.hooks?.afterStop === undefined || server.state === 'queued' || server.spare) return
  const user = await findUser(trx, server.user)
  if (user === undefined) return
  const made = (await madeOfEach(hub, [server], trx)).get(server.id)
  const { queued, started } = server
  const about: Farewell = { of: hookRun(hub, { server, user, made }), owner: user.id, ...how, queued, ready: started }
  await noteUntold(trx, server, JSON.stringify(about))
}
