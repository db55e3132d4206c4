import type Koa from 'koa'
import { isSameSecret } from '../../net/same-secret.ts'
import { parseServerToken, serverToken } from '../../seats/keys.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findUser } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { givenToken } from './caller.ts'

declare module 'koa' {
  interface DefaultState {
    /** Which run a good token is of, whether or not it runs now. */
    genuine?: Genuine | undefined
  }
}

interface Genuine {
  server: string
  run: number
  kid: string
}

/** Finds out which server calls. Behind this, there are no other callers. */
export function serverCallers(hub: Hub): Koa.Middleware {
  return async function serverCaller(ctx, next) {
    const server = await serverOfToken(hub, ctx)
    const user = server && (await findUser(hub.db, server.user))
    if (server !== undefined && user?.state === 'active') ctx.state.caller = { kind: 'server', server, user }
    await next()
  }
}

/** What the token of a request was made for, by one of our keys. Nothing is asked for a forged one. */
export function genuineServer(hub: Hub, ctx: Koa.Context): Genuine | undefined {
  const given = givenToken(ctx) ?? ''
  const named = parseServerToken(given)
  if (named === undefined) return undefined
  const key = hub.secrets.keys.all.find((one) => isSameSecret(serverToken(one, named.server, named.run), given))
  return key && { ...named, kid: key.kid }
}

/** The ready server whose present run this token is of. */
async function serverOfToken(hub: Hub, ctx: Koa.Context): Promise<Server | undefined> {
  const { genuine } = ctx.state
  const server = genuine && (await findServer(hub.db, genuine.server))
  return server?.state === 'ready' && server.run === genuine?.run && server.kid === genuine.kid ? server : undefined
}
