/** The page that shares a copy of a notebook where no strip is above it, to which nbhosting's links lead. */

import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../../courses/course.ts'
import { findCourse } from '../../../courses/find.ts'
import { openLink } from '../../../seats/links.ts'
import { say } from '../../../words/text.ts'
import { requireUser, sessionHash } from '../../access/account.ts'
import { findServerOf, type Server } from '../../db/servers/servers.ts'
import { holdSession } from '../../db/sessions.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { queryOf, readForm, requireOwnPage, wantsHtml } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { filesOf } from '../../launch/files.ts'
import { nothing } from '../../launch/parse.ts'
import { allAncestors } from '../../site.ts'
import { mayShareCopies } from '../../snapshots/rights.ts'
import { shareCopy } from '../../snapshots/share.ts'
import { snapshotsLink } from '../../views/snapshots/list.ts'
import { sendSharingPage } from '../../views/snapshots/share.ts'
import { goBack } from '../notices.ts'

const asked = z.object({ course: z.string().min(1).max(63), notebook: z.string().min(1).max(1000) })
const form = asked.extend({ days: z.coerce.number().int().min(1) })

export function sharingPage(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/snapshots/new' })
  const { days: usualDays, mostDays } = hub.config.snapshots
  const days = [...new Set([1, 7, 30, 90, 365, usualDays])].filter((one) => one <= mostDays).sort((a, b) => a - b)

  router.get('/', async (ctx) => {
    // The script of nbhosting's notebooks shows what `error` says.
    if (!wantsHtml(ctx)) {
      ctx.body = { error: say`A button shares this notebook now. Open ${hub.hubUrl}${ctx.url} in a browser.` }
      return
    }
    ctx.state.ancestors = allAncestors(hub)
    const { course: name, notebook } = readAs(asked, queryOf(ctx))
    const { user, course, server } = await requireShareable(ctx, name)
    const opens = server.state === 'ready' ? undefined : openLink(server.path)
    sendSharingPage(ctx, { ...{ user, course, notebook, days, usualDays, opens }, ancestors: allAncestors(hub) })
  })

  router.post('/', requireOwnPage(hub.hubUrl), async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const { course: name, notebook, days } = readAs(form, await readForm(ctx))
    const { user, course, server } = await requireShareable(ctx, name)
    const named = filesOf(course, { ...nothing, course: course.slug, notebook, learner: user.id })?.flat() ?? []
    const paths = named.filter((path) => /\.(ipynb|md|py)$/.test(path))
    const session = sessionHash(ctx)
    const precondition = (trx: Parameters<typeof holdSession>[0]) => holdSession(trx, session)
    const copy = await shareCopy(hub, server, { user, course, paths, days, precondition })
    await goBack(hub, ctx, snapshotsLink(undefined), {
      text: say`A copy of ${copy.title} is shared. This is its link.`,
    })
  })

  return router

  async function requireShareable(
    ctx: Koa.Context,
    name: string,
  ): Promise<{ user: User; course: Course; server: Server }> {
    const user = await requireUser(hub, ctx)
    const course = findCourse(hub.courses.all, name)
    const server = course && (await findServerOf(hub.db, user.id, course.slug))
    if (course !== undefined && server !== undefined && mayShareCopies(hub, user, course))
      return { user, course, server }
    throw new HttpError(404, 'no_snapshots', say`You have no notebook of this course of which a copy can be shared.`, [
      { href: '/hub/home', text: say`Show my notebooks` },
    ])
  }
}

function readAs<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { success, data } = schema.safeParse(value)
  if (success) return data
  throw new HttpError(400, 'bad_share', say`This link says a course and a notebook, in course= and notebook=.`)
}
