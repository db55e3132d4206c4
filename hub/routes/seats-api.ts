import Router from '@koa/router'
import { z } from 'zod'
import { addSeat, redeemTicket } from '../db/launches.ts'
import { findServer } from '../db/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { readJson } from '../request.ts'
import { routeOf } from '../servers/route.ts'
import { requireToken } from './tokens.ts'

const body = z.strictObject({ ticket: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })

/** For proxies: redeems a ticket, once (docs/wire.md). */
export function seatsApi(hub: Hub): Router {
  const router = new Router()
  router.post('/hub/api/seats', requireToken(hub.secrets.proxyToken), async (ctx) => {
    const input = body.safeParse(await readJson(ctx))
    const ticket = input.success ? await redeemTicket(hub.db, input.data.ticket) : undefined
    const server = ticket && (await findServer(hub.db, ticket.server))
    if (ticket === undefined || server?.state !== 'ready' || server.run !== ticket.run) {
      throw new HttpError(
        404,
        'ticket_unknown',
        'This way in was used already, or is over a minute old. Open the link once more.',
      )
    }
    const { session, user, framed, landing } = ticket
    const seat = await addSeat(hub.db, { session, server: server.id, run: server.run })
    hub.log.info({ user, server: server.id, run: server.run, seat: seat.id }, 'seated')
    ctx.body = {
      seat: { id: seat.id, server: server.id, run: server.run, kid: server.kid, user, framed, issued: seat.issued },
      to: landing,
      route: await routeOf(hub, server),
    }
  })
  return router
}
