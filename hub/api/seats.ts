import Router from '@koa/router'
import { z } from 'zod'
import type { KnownRoutes, Redeemed } from '../../seats/answers.ts'
import { mayEnter } from '../access/guests.ts'
import { lastRevision } from '../db/installation.ts'
import { addSeat } from '../db/seats/seats.ts'
import { redeemTicket, sessionOfTicket } from '../db/seats/tickets.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer } from '../db/servers/servers.ts'
import { holdSession } from '../db/sessions.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { routeOf, wantedRoutes } from '../proxies/route.ts'
import { only } from './caller.ts'

const body = z.strictObject({ ticket: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })

/**
 * The API of seats, for proxies: redeems a ticket, once, and tells a proxy that has just started what its routes are
 * (docs/wire.md).
 */
export function seatsApi(hub: Hub): Router {
  const router = new Router()
  router.post('/hub/api/seats', only(hub, 'proxy'), async (ctx) => {
    const input = body.safeParse(await readJson(ctx))
    const seated = input.success ? await takeSeat(hub, input.data.ticket) : undefined
    if (seated === undefined) {
      throw new HttpError(
        404,
        'ticket_unknown',
        'This link was already used, or is over a minute old. Open it once more.',
      )
    }
    const { seat, server, ticket } = seated
    const { user, framed, landing } = ticket
    hub.log.info({ user, ...keyOf(server), seat: seat.id }, 'seated')
    const route = await routeOf(hub, server)
    const { kid } = route.access
    ctx.body = {
      seat: { id: seat.id, ...keyOf(server), kid, user, framed, issued: seat.issued },
      to: landing,
      route,
    } satisfies Redeemed
  })
  router.get('/hub/api/routes', only(hub, 'proxy'), async (ctx) => {
    const revision = await lastRevision(hub.db)
    ctx.body = { revision, routes: await wantedRoutes(hub) } satisfies KnownRoutes
  })
  return router
}

/**
 * Redeems the ticket and returns its seat. One transaction, so that a sign-out, or the end of a guest, meets either the
 * ticket or its seat.
 */
async function takeSeat(hub: Hub, secret: string) {
  return hub.db.transaction(async (trx) => {
    // The session first: a sign-out takes it first too, so that neither waits for what the other holds.
    const session = await sessionOfTicket(trx, secret)
    if (session === undefined || !(await holdSession(trx, session))) return undefined
    const ticket = await redeemTicket(trx, secret)
    const server = ticket && (await findServer(trx, ticket.server))
    if (ticket === undefined) return undefined
    if (server?.state !== 'ready' || server.run !== ticket.run) return undefined
    const { user } = ticket
    if (!(await mayEnter(hub, trx, server, { user, session }))) return undefined
    const seat = await addSeat(trx, { session, user, ...keyOf(server) })
    return { seat, server, ticket }
  })
}
