/** Pages for tabs and frames of one browser, which keeps other cookies for the one than for the other. */

import Router from '@koa/router'
import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { isTemporaryName, learnerPrefix } from '../../net/machine/account-names.ts'
import { openLink } from '../../seats/links.ts'
import { say } from '../../words/text.ts'
import { currentUser } from '../access/account.ts'
import type { Hub } from '../hub.ts'
import { pathName } from '../servers/request.ts'
import { allAncestors, ancestorsOf } from '../site.ts'
import type { ElsewherePage } from '../views/elsewhere.ts'
import { sendPage } from '../views/page.ts'
import { strangeInside } from './confirmation.ts'
import { courseOfLink } from './course.ts'
import { moveCode } from './identify.ts'
import { isLinkable } from './landing.ts'
import { isOwner } from './launch.ts'
import { newTab } from './page.ts'
import { type Entry, openEntry } from './parse.ts'

/**
 * The page `/hub/tab?to=…`, to which a proxy sends a frame that did not keep its seat's cookie. The frame may still
 * have its session.
 */
export function tabRoutes(hub: Hub): Router {
  const router = new Router()
  router.get('/hub/tab', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const to = new URLSearchParams(ctx.querystring).get('to') ?? ''
    const entry = openEntry(to)
    const link = openLink(to)
    const course = await courseOfLink(hub, ctx, { entry, link })
    const strange = entry.inside !== undefined && !isLinkable(course, entry.inside) && strangeInside(entry.inside)
    const user = await currentUser(hub, ctx)
    sendPage(ctx, {
      title: say`Please open this in a new tab`,
      ancestors: ancestorsOf(hub, course),
      body: html`<p role="status">${say`Your browser keeps no cookies for your notebook in this frame. In a tab of its own it will.`}</p>
${strange && html`<p>${strange}</p>`}
${newTab(link, user && (await moveCode(hub, ctx, user, link)), { asked: strange !== false, isMain: true })}`,
    })
  })
  return router
}

/**
 * Returns the page for a tab that is to start a server of which a frame has the session; undefined for all other links.
 * A person without a session becomes the server's user here too, by signing in.
 */
export async function elsewherePageOf(
  hub: Hub,
  ctx: Koa.Context,
  course: Course,
  entry: Entry,
): Promise<ElsewherePage | undefined> {
  const starts = entry.serverPath !== undefined && entry.inside === undefined
  if (!starts || ancestorsOf(hub, course).length === 0) return undefined
  const user = await currentUser(hub, ctx)
  if (user !== undefined) {
    return (await isOwner(hub, entry, user)) ? undefined : { course, user, perhapsTemporary: false }
  }
  const owner = entry.serverPath?.split('/')[2] ?? ''
  const perhapsTemporary = isTemporaryName(owner)
  if (!perhapsTemporary && !owner.startsWith(pathName(learnerPrefix))) return undefined
  return { course, user, perhapsTemporary }
}
