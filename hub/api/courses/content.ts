import Router from '@koa/router'
import type Koa from 'koa'
import { bearerOf } from '../../access/user-tokens.ts'
import { knownContent, presentContent, presentPull } from '../../content/present.ts'
import { cancelPull, type PullWish, requireContent, wantPull } from '../../content/request.ts'
import { pullWords } from '../../content/told.ts'
import { courseLookedAfter } from '../../courses/editors.ts'
import { latestJobs } from '../../db/jobs/jobs.ts'
import { holdToken } from '../../db/tokens.ts'
import { HttpError } from '../../errors.ts'
import { countCourseChange } from '../../http/limits.ts'
import type { Hub } from '../../hub.ts'
import { jobEvents } from '../../jobs/events.ts'
import { wholeLog } from '../../jobs/follow.ts'
import { givenToken, only, userCalling } from '../caller.ts'
import { requireLookedAfter, userOrOperator } from './looked-after.ts'

/** The API of the content of courses: for their staff, admins, and the machine's operator. */
export function contentApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/courses/:course' })
  const callers = only(hub, 'admin', 'user')
  const events = jobEvents(hub, pullWords)

  router.get('/content', callers, async (ctx) => {
    const course = requireContent(hub, await requireLookedAfter(hub, ctx))
    ctx.body = presentContent(course, await knownContent(hub, course))
  })

  router.post('/pull', callers, async (ctx) => {
    const course = await requireLookedAfter(hub, ctx)
    const { user } = userOrOperator(ctx)
    if (user !== undefined) countCourseChange(hub, user)
    const pull = await wantPull(hub, course, { ...wishOf(ctx), why: 'person' })
    ctx.status = 202
    ctx.body = presentPull(pull)
  })

  router.delete('/pull', callers, async (ctx) => {
    const course = await requireLookedAfter(hub, ctx)
    ctx.status = 202
    ctx.body = presentPull(await cancelPull(hub, course, wishOf(ctx)))
  })

  router.get('/pull/log', callers, async (ctx) => {
    const { id, name } = requireContent(hub, await requireLookedAfter(hub, ctx))
    const pull = (await latestJobs(hub.db, 'content', [id])).get(id)
    if (pull === undefined)
      throw new HttpError(404, 'no_pull', `The content of ${name} was never fetched. Ask for it first.`)
    if (ctx.accepts('text/plain', 'text/event-stream') === 'text/event-stream') {
      const { user } = userOrOperator(ctx)
      const mayRead = async () => {
        if (user === undefined) return true
        const bearer = await bearerOf(hub, givenToken(ctx) ?? '')
        return bearer !== undefined && courseLookedAfter(hub, bearer.user, String(ctx.params.course)) !== undefined
      }
      return events(ctx, pull, { id: user?.id ?? 'operator', mayRead })
    }
    ctx.type = 'text'
    ctx.body = await wholeLog(hub.db, pull.id)
  })

  return router
}

function wishOf(ctx: Koa.Context): Omit<PullWish, 'why'> {
  if (ctx.state.caller?.kind === 'operator') return { by: 'operator' }
  const { user, token } = userCalling(ctx)
  return { by: user.id, precondition: (trx) => holdToken(trx, token.id) }
}
