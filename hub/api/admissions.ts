import Router from '@koa/router'
import { z } from 'zod'
import type { TokenAdmitted } from '../../seats/answers.ts'
import { mayEnter } from '../access/guests.ts'
import { type Bearer, bearerOf, mayHaveTokens } from '../access/user-tokens.ts'
import { addEvent } from '../db/events.ts'
import { keepSeat } from '../db/seats/seats.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { holdToken, sessionOfToken } from '../db/tokens.ts'
import { lockUser } from '../db/users.ts'
import { countSeat } from '../http/limits.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { isFor } from '../rights/opening.ts'
import { isStaff } from '../rights/roles.ts'
import { notFound, only } from './caller.ts'

const body = z.strictObject({ token: z.string().max(200), server: z.string().max(32), run: z.int().min(0) })

/**
 * The API of admissions, for proxies: whether a user's token admits to a run (docs/wire.md). An admitted token gets a
 * seat like a browser's.
 */
export function admissionsApi(hub: Hub): Router {
  const router = new Router()
  router.post('/hub/api/admissions', only(hub, 'proxy'), async (ctx) => {
    const asked = body.safeParse(await readJson(ctx))
    const bearer = asked.success ? await bearerOf(hub, asked.data.token) : undefined
    const server = asked.success && bearer ? await findServer(hub.db, asked.data.server) : undefined
    const seat =
      bearer && server?.state === 'ready' && server.run === asked.data?.run
        ? await seatOf(hub, bearer, server)
        : undefined
    // One answer for every refusal: a guessed token finds out nothing, not even that it is one.
    if (seat === undefined || bearer === undefined || server === undefined) throw notFound()
    hub.log.debug({ user: bearer.user.id, token: bearer.token.id, ...keyOf(server) }, 'admitted')
    ctx.body = {
      seat: { id: seat.id, ...keyOf(server), user: bearer.user.id, issued: seat.issued },
      milliseconds: bearer.left,
    } satisfies TokenAdmitted
  })
  return router
}

/**
 * Returns the seat of the token at the server's run. One transaction, so that a revocation, a block or a removal meets
 * either a token that opens nothing or its seat.
 */
async function seatOf(hub: Hub, { user, token }: Bearer, server: Server) {
  return hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked === undefined || !mayHaveTokens(locked) || !(await holdToken(trx, token.id))) return undefined
    const session = sessionOfToken(token.id)
    // A user who has lost the right to open the course does not come in by a program. One that is in stays, as browsers do.
    const open = hub.courses.all[server.course]
    if (open !== undefined && !isFor(hub, locked, open) && !isStaff(hub, locked, open)) return undefined
    if (!(await mayEnter(hub, trx, server, { user: user.id, session }))) return undefined
    const { course, id, run } = server
    const seat = await keepSeat(trx, { session, user: user.id, server: id, run }, server.since)
    if (!seat.isNew) return seat
    countSeat(hub, user)
    if (token.madeBy !== undefined) {
      // The history names the admin who acts, as when staff enters with a browser.
      const detail = { owner: server.user, token: token.id }
      await addEvent(trx, { kind: 'opened-as-staff', user: token.madeBy, course, server: id, run, detail })
    }
    return seat
  })
}
