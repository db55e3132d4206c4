import type Koa from 'koa'
import { parseServerToken, serverToken } from '../seats/keys.ts'
import { givenToken } from './caller.ts'
import { isSame } from './client.ts'
import { findServer, type Server } from './db/servers.ts'
import { findUser } from './db/users.ts'
import type { Hub } from './hub.ts'

/** Finds out which server calls. Behind this, there are no other callers. */
export function serverCallers(hub: Hub): Koa.Middleware {
  return async function serverCaller(ctx, next) {
    const server = await serverOfToken(hub, givenToken(ctx) ?? '')
    const user = server && (await findUser(hub.db, server.user))
    if (server !== undefined && user?.state === 'active') ctx.state.caller = { kind: 'server', server, user }
    await next()
  }
}

/** The ready server whose present run this token is of. A forged one is refused before the database is asked. */
async function serverOfToken(hub: Hub, given: string): Promise<Server | undefined> {
  const named = parseServerToken(given)
  if (named === undefined) return undefined
  const key = hub.secrets.keys.all.find((one) => isSame(serverToken(one, named.server, named.run), given))
  const server = key && (await findServer(hub.db, named.server))
  return server?.state === 'ready' && server.run === named.run && server.kid === key?.kid ? server : undefined
}
