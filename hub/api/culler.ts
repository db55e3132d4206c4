import Router from '@koa/router'
import { z } from 'zod'
import { noteLimits } from '../db/cullers.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { only } from './caller.ts'

const seconds = z.number().max(1e9)
const limits = z.strictObject({
  idle_seconds: seconds.positive(),
  max_age_seconds: seconds.min(0),
  every_seconds: seconds.positive().max(604_800),
})

/** The API by which a culler says, in each of its rounds, by what limits it goes. */
export function cullerApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })
  router.put('/culler', only(hub, 'culler'), async (ctx) => {
    const told = limits.safeParse(await readJson(ctx))
    if (!told.success) throw new HttpError(400, 'bad_limits', z.prettifyError(told.error))
    const { idle_seconds: idleSeconds, max_age_seconds: maxAgeSeconds, every_seconds: everySeconds } = told.data
    await noteLimits(hub.db, { idleSeconds, maxAgeSeconds, everySeconds })
    ctx.status = 204
  })
  return router
}
