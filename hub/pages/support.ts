import Router from '@koa/router'
import type Koa from 'koa'
import { say } from '../../words/text.ts'
import { requireUser } from '../access/account.ts'
import { notForYou } from '../access/sign-in-first.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { supportFacts } from '../support/facts.ts'
import { lookUpCode, mayLookUp } from '../support/look-up.ts'
import { sendSupportPage } from '../views/support.ts'

/** The page on which staff of courses and admins look support codes up. */
export function supportPage(hub: Hub): Router {
  const router = new Router()

  router.get('/hub/support', async (ctx) => {
    sendSupportPage(ctx, { user: await requireHelper(hub, ctx), typed: '' })
  })

  router.post('/hub/support', requireOwnPage(hub.hubUrl), async (ctx) => {
    const user = await requireHelper(hub, ctx)
    const { code: typed = '' } = await readForm(ctx)
    try {
      const facts = await supportFacts(hub, user, await lookUpCode(hub, ctx, user, typed))
      sendSupportPage(ctx, { user, typed, facts })
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      ctx.status = error.status
      sendSupportPage(ctx, { user, typed, problem: error.said })
    }
  })

  return router
}

async function requireHelper(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await requireUser(hub, ctx)
  if (mayLookUp(hub, user)) return user
  throw notForYou(ctx, user, say`Support codes are for the people who look after courses.`)
}
