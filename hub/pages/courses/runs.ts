import Router from '@koa/router'
import { z } from 'zod'
import { listCourseRuns, runEnds } from '../../db/runs/course-runs.ts'
import { runCauses } from '../../db/runs/runs.ts'
import { queryOf } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { runsAddress, runsPageSize, sendRunsPage } from '../../views/courses/runs.ts'
import { requireStaff } from '../course.ts'
import { listQuery } from '../list-query.ts'

const runsQuery = listQuery.extend({
  ends: z.enum(runEnds).catch('all').default('all'),
  cause: z
    .enum(['', ...runCauses])
    .catch('')
    .default(''),
})

/** The page of a course's runs that are over, for its staff. */
export function runsRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/course/:course/runs' })

  router.get('/', async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const view = runsQuery.parse(queryOf(ctx))
    const { total, runs } = await listCourseRuns(hub.db, {
      ...{ course: course.slug, ends: view.ends, cause: view.cause || undefined, search: view.q, owner: undefined },
      ...{ offset: (view.page - 1) * runsPageSize, limit: runsPageSize },
    })
    const pages = Math.max(1, Math.ceil(total / runsPageSize))
    if (view.page > pages) return ctx.redirect(runsAddress(course, { ...view, page: pages }))
    sendRunsPage(ctx, {
      user,
      course,
      runs,
      total,
      pages,
      view,
      keepDays: hub.config.runs.keepDays,
      link: `${hub.hubUrl}/launch/${encodeURIComponent(course.name)}`,
    })
  })

  return router
}
