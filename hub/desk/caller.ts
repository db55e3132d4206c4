import type Koa from 'koa'
import { deskSeatHeader, readDeskSeat } from '../../seats/desk.ts'
import { isLivingSeat } from '../db/seats/seats.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** Whose strip asks: the server of the present run, its owner, and the seat's id. */
export interface DeskCaller {
  server: Server
  user: User
  seat: string
}

declare module 'koa' {
  interface DefaultState {
    /** The caller of the strip's API, behind `requireDesk`. */
    desk?: DeskCaller
  }
}

/**
 * Lets questions of strips pass, which proxies send on for the seat of a server's owner, and sets `ctx.state.desk`. A proxy has
 * judged the seat by its copy of the route; here everything is judged again by the rows of this moment.
 */
export function requireDesk(hub: Hub): Koa.Middleware {
  return async function deskCaller(ctx, next) {
    if (ctx.state.caller?.kind !== 'proxy') throw new HttpError(403, 'bad_token', 'Missing or invalid credentials.')
    const told = readDeskSeat(ctx.get(deskSeatHeader))
    if (told === undefined) throw new HttpError(400, 'bad_seat', 'The proxy does not say whose desk this is.')
    const server = await findServer(hub.db, told.server)
    if (server === undefined || server.run !== told.run || server.state !== 'ready') throw stopped()
    const user = server.user === told.user ? await findUser(hub.db, told.user) : undefined
    if (user?.state !== 'active' || !(await isLivingSeat(hub.db, { ...told, id: told.seat }))) throw notSeated()
    ctx.state.desk = { server, user, seat: told.seat }
    await next()
  }
}

/** Returns the caller behind `requireDesk`. */
export function deskCalling(ctx: Koa.Context): DeskCaller {
  const { desk } = ctx.state
  if (desk === undefined) throw new Error('no desk calls')
  return desk
}

function stopped(): HttpError {
  return new HttpError(410, 'stopped', 'This notebook has stopped. Open it again.')
}

function notSeated(): HttpError {
  return new HttpError(403, 'seat_ended', 'The access of this browser has ended. Open the notebook again.')
}
