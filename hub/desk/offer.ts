/** The API of the strip about a newer notebook of the course than the learner's copy was made of (docs/wire.md). */
import Router from '@koa/router'
import { z } from 'zod'
import { lookAtOffer, takeOffer } from '../copies/offers/offer.ts'
import { looking } from '../http/limits.ts'
import { queryOf, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { refusalError, refusalOf } from '../rights/opening.ts'
import { deskCalling, requireDesk } from './caller.ts'
import { courseOfDesk } from './course.ts'
import { deedPace, deskPaced } from './pace.ts'
import { deskFile, readAs } from './questions.ts'

const about = z.strictObject({ path: deskFile })
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const taken = z.strictObject({
  path: deskFile,
  take: z.enum(['merged', 'theirs', 'stay']),
  mine: digest,
  theirs: digest,
})

export function deskOfferApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/desk' })
  const owned = requireDesk(hub)
  const paced = deskPaced(deedPace)

  router.get('/offer', owned, paced, async (ctx) => {
    const { path } = readAs(about, queryOf(ctx))
    const { server, user } = deskCalling(ctx)
    const course = courseOfDesk(hub, ctx)
    ctx.body = await looking(hub, user.id, () => lookAtOffer(hub, server, { course, path }))
  })

  router.post('/offer', owned, paced, async (ctx) => {
    const question = readAs(taken, await readJson(ctx))
    const { server, user } = deskCalling(ctx)
    const course = courseOfDesk(hub, ctx)
    const refusal = await refusalOf(hub, user, course)
    if (refusal !== undefined) throw refusalError(course, refusal)
    const take = () => takeOffer(hub, server, { course, ...question })
    ctx.body = question.take === 'merged' ? await looking(hub, user.id, take) : await take()
  })

  return router
}
