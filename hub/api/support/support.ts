import Router from '@koa/router'
import { z } from 'zod'
import { HttpError } from '../../errors.ts'
import { readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { supportFacts } from '../../support/facts.ts'
import { type Helper, lookUpCode, mayLookUp } from '../../support/look-up.ts'
import { only, userCalling } from '../caller.ts'

const question = z.strictObject({ code: z.string().max(200) })

/** The API of support codes: for staff of courses, admins, and the machine's operator. */
export function supportApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/support' })

  router.post('/', only(hub, 'admin', 'user'), async (ctx) => {
    const helper: Helper = ctx.state.caller?.kind === 'operator' ? 'operator' : userCalling(ctx).user
    if (helper !== 'operator' && !mayLookUp(hub, helper))
      throw new HttpError(403, 'not_allowed', 'Your token is good, but what it asks for is not open to it.')
    const read = question.safeParse(await readJson(ctx))
    if (!read.success) throw new HttpError(400, 'bad_question', 'Send the code: { "code": "7KQ-4MX" }.')
    ctx.body = await supportFacts(hub, helper, await lookUpCode(hub, ctx, helper, read.data.code))
  })

  return router
}
