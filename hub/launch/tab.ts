import Router from '@koa/router'
import { html } from '../../net/html.ts'
import { openLink } from '../../seats/links.ts'
import { currentUser } from '../access/account.ts'
import type { Hub } from '../hub.ts'
import { allAncestors, ancestorsOf } from '../site.ts'
import { sendPage } from '../views/page.ts'
import { strangeInside } from './confirmation.ts'
import { moveCode } from './identify.ts'
import { isLinkable } from './landing.ts'
import { courseOf } from './launch.ts'
import { newTab } from './page.ts'
import { openEntry } from './parse.ts'

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
    const course = courseOf(hub, entry)
    const strange = entry.inside !== undefined && !isLinkable(course, entry.inside) && strangeInside(entry.inside)
    const link = openLink(to)
    const user = await currentUser(hub, ctx)
    sendPage(ctx, {
      title: 'Please open this in a new tab',
      ancestors: ancestorsOf(hub, course),
      body: html`<p role="status">Your browser keeps no cookies for your notebook in this frame. In a tab of its own it will.</p>
${strange && html`<p>${strange}</p>`}
${newTab(link, user && (await moveCode(hub, ctx, user, link)), { asked: strange !== false })}`,
    })
  })
  return router
}
