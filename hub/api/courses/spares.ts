import Router from '@koa/router'
import type { Course } from '../../../courses/course.ts'
import type { SparePool } from '../../db/servers/spares.ts'
import { HttpError } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { drainSpares } from '../../servers/spares/drain.ts'
import { poolOf } from '../../servers/spares/pool.ts'
import { only } from '../caller.ts'
import { requireLookedAfter, userOrOperator } from './looked-after.ts'

/** The API of the spares of courses: for their staff, admins, and the machine's operator. */
export function sparesApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/courses/:course' })
  const callers = only(hub, 'admin', 'user')

  router.get('/spares', callers, async (ctx) => {
    const course = await requireLookedAfter(hub, ctx)
    const { none = null, oldestSeconds = null, problem, ...counts } = await requirePool(hub, course)
    const told = problem && { ...problem, detail: problem.detail ?? null }
    ctx.body = { course: course.name, ...counts, none, oldest_seconds: oldestSeconds, problem: told ?? null }
  })

  router.delete('/spares', callers, async (ctx) => {
    const course = await requireLookedAfter(hub, ctx)
    await requirePool(hub, course)
    ctx.status = 202
    ctx.body = { drained: await drainSpares(hub, course.slug, userOrOperator(ctx).user?.id ?? 'operator') }
  })

  return router
}

async function requirePool(hub: Hub, course: Course): Promise<SparePool> {
  const pool = await poolOf(hub, course)
  if (pool !== undefined) return pool
  throw new HttpError(404, 'no_spares', `${course.name} has no spares. Its setting spares says how many it has.`)
}
