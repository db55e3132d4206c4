import Router from '@koa/router'
import { mayHaveGuests } from '../../../courses/home.ts'
import { listCopies } from '../../db/content/copies.ts'
import { listVersions } from '../../db/content/versions.ts'
import { listCourseRuns } from '../../db/runs/course-runs.ts'
import { listCourseServers } from '../../db/servers/course-servers.ts'
import { notebooksOpenIn } from '../../db/servers/desks.ts'
import { troublesOf } from '../../db/servers/troubles.ts'
import { accountOf } from '../../homes/account.ts'
import type { Hub } from '../../hub.ts'
import { sendLearnerPage } from '../../views/courses/learner.ts'
import { requireServer, toldToStaff, unknownServer } from '../course.ts'
import { noticeOf } from '../notices.ts'

const mostRuns = 20

/** The page of one learner of a course, for its staff. The address names the server: one of another course is as unknown as any other. */
export function learnerRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/course/:course/learners' })

  router.get('/:id', async (ctx) => {
    const { user, course, server: row, owner } = await requireServer(hub, ctx)
    const only = { course: course.slug, owner: owner.id, search: '', offset: 0 }
    const { servers } = await listCourseServers(hub.db, { ...only, state: 'all', sort: '-queued', limit: 1 })
    const [server] = await toldToStaff(hub, course, servers)
    if (server === undefined) throw unknownServer()
    const { total, runs } = await listCourseRuns(hub.db, { ...only, ends: 'all', cause: undefined, limit: mostRuns })
    // Where files are those of all courses, staff of one course see none of them.
    const hasCopies = course.content !== undefined && mayHaveGuests(course)
    const versionsOf = { account: accountOf(owner), course: course.id }
    sendLearnerPage(ctx, {
      ...{ user, course, server, runs, total },
      troubles: (await troublesOf(hub.db, [server])).get(server.id) ?? [],
      open: (await notebooksOpenIn(hub.db, [server.id])).get(server.id) ?? [],
      copies: hasCopies ? await listCopies(hub.db, { holder: row.home ?? row.id, course: course.id }) : undefined,
      versions: hasCopies ? await listVersions(hub.db, versionsOf) : [],
      notice: await noticeOf(hub, ctx),
    })
  })

  return router
}
