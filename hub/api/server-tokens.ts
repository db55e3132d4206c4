import type Koa from 'koa'
import { isSameSecret } from '../../net/same-secret.ts'
import { parseServerToken, serverToken } from '../../seats/keys.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findUser, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { givenToken } from './caller.ts'

declare module 'koa' {
  interface DefaultState {
    /** The run that a good token is of, whether or not it runs now. */
    genuine?: Genuine | undefined
  }
}

interface Genuine {
  server: string
  run: number
  kid: string
}

/** Sets the caller to the server whose token the request shows. No other caller is known behind this middleware. */
export function serverCallers(hub: Hub): Koa.Middleware {
  return async function serverCaller(ctx, next) {
    const server = await serverOfToken(hub, ctx)
    const user = server && (await findUser(hub.db, server.user))
    if (server !== undefined && user !== undefined && isServed(user))
      ctx.state.caller = { kind: 'server', server, user }
    await next()
  }
}

/** Returns whether servers of the user may call. A spare's server does, since programs ask for their hub as they start. */
export function isServed({ state }: User): boolean {
  return state === 'active' || state === 'spare'
}

/** Returns the run that one of our keys made the request's token for. A forged token costs no query of the database. */
export function genuineServer(hub: Hub, ctx: Koa.Context): Genuine | undefined {
  const given = givenToken(ctx) ?? ''
  const named = parseServerToken(given)
  if (named === undefined) return undefined
  const key = hub.secrets.keys.all.find((one) => isSameSecret(serverToken(one, named.server, named.run), given))
  return key && { ...named, kid: key.kid }
}

/** Returns the ready server whose present run the token is of. */
async function serverOfToken(hub: Hub, ctx: Koa.Context): Promise<Server | undefined> {
  const { genuine } = ctx.state
  const server = genuine && (await findServer(hub.db, genuine.server))
  return server?.state === 'ready' && server.run === genuine?.run && server.kid === genuine.kid ? server : undefined
}
