import Router from '@koa/router'
import { z } from 'zod'
import { listGuests } from '../db/seats/guests.ts'
import { findUser } from '../db/users.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { fullName } from '../views/format.ts'
import { deskCalling, notSeated, requireGuestDesk } from './caller.ts'
import { askPace, deskPaced } from './pace.ts'
import { readAs } from './questions.ts'

const nothing = z.strictObject({})

/** What the line above the notebook of another user asks, for its guest: whose it is, and where the guest came from. */
export function deskGuestApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/desk' })

  router.post('/whose', requireGuestDesk(hub), deskPaced(askPace), async (ctx) => {
    readAs(nothing, await readJson(ctx))
    const { server, user } = deskCalling(ctx)
    const [guest] = await listGuests(hub.db, { server: server.id, user: user.id })
    const owner = await findUser(hub.db, server.user)
    if (guest === undefined || owner === undefined) throw notSeated()
    const isStaff = guest.role === 'staff' && hub.courses.all[server.course] !== undefined
    ctx.body = { owner: fullName(owner), back: `${hub.hubUrl}/hub/${isStaff ? `course/${server.course}` : 'home'}` }
  })

  return router
}
