import type Koa from 'koa'
import { type DeskSeat, deskSeatHeader, readDeskSeat } from '../../seats/desk.ts'
import { say } from '../../words/text.ts'
import { isLivingSeat } from '../db/seats/seats.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** Whose strip asks: the server of the present run, its owner or a guest, and the seat's id. */
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
    const { server, told } = await toldDesk(hub, ctx)
    await letPass(hub, ctx, server.user === told.user ? { server, told } : undefined)
    await next()
  }
}

/**
 * Lets the one question of a guest pass, for the seat of a user who is no owner, and sets `ctx.state.desk` with the guest as its
 * user. Whether the user still is a guest is for the route to judge, which tells something of the owner.
 */
export function requireGuestDesk(hub: Hub): Koa.Middleware {
  return async function guestCaller(ctx, next) {
    const { server, told } = await toldDesk(hub, ctx)
    await letPass(hub, ctx, server.user === told.user ? undefined : { server, told })
    await next()
  }
}

interface ToldDesk {
  server: Server
  told: DeskSeat
}

/** Returns the running server and the seat of which a proxy tells. */
async function toldDesk(hub: Hub, ctx: Koa.Context): Promise<ToldDesk> {
  if (ctx.state.caller?.kind !== 'proxy') throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
  const told = readDeskSeat(ctx.get(deskSeatHeader))
  if (told === undefined) throw new HttpError(400, 'bad_seat', say`The proxy does not say whose desk this is.`)
  const server = await findServer(hub.db, told.server)
  if (server === undefined || server.run !== told.run || server.state !== 'ready') throw stopped()
  return { server, told }
}

async function letPass(hub: Hub, ctx: Koa.Context, desk: ToldDesk | undefined): Promise<void> {
  const user = desk && (await findUser(hub.db, desk.told.user))
  if (desk === undefined || user?.state !== 'active') throw notSeated()
  const { server, told } = desk
  if (!(await isLivingSeat(hub.db, { ...told, id: told.seat }))) throw notSeated()
  ctx.state.desk = { server, user, seat: told.seat }
}

/** Returns the caller behind `requireDesk` or `requireGuestDesk`. */
export function deskCalling(ctx: Koa.Context): DeskCaller {
  const { desk } = ctx.state
  if (desk === undefined) throw new Error('no desk calls')
  return desk
}

function stopped(): HttpError {
  return new HttpError(410, 'stopped', say`This notebook has stopped. Open it again.`)
}

/** Returns the refusal of a browser that may not use the server any more. */
export function notSeated(): HttpError {
  return new HttpError(403, 'seat_ended', say`The access of this browser has ended. Open the notebook again.`)
}
