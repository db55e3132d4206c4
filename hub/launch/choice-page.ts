/** The page `/hub/choice?link=…`, which says what would be lost for a link to go on. Only its buttons act. */
import Router from '@koa/router'
import type Koa from 'koa'
import { startFile } from '../../courses/start.ts'
import { currentUser, requireUser } from '../access/account.ts'
import { requireNoMaintenance } from '../access/maintenance.ts'
import { isAtRest, isRunning } from '../db/servers/server-states.ts'
import { findServerOf } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import { isFramed, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from '../servers/stop.ts'
import { allAncestors, ancestorsOf } from '../site.ts'
import { sendCopyPage, sendFullPage } from '../views/choice.ts'
import { choiceLink, type Following, otherServers, replacedServer } from './choice.ts'
import { withoutParameter } from './confirmation.ts'
import { courseFor } from './course.ts'
import { isLink, parseLink } from './jupyterhub.ts'

export function choiceRoutes(hub: Hub): Router {
  const router = new Router()

  router.get('/hub/choice', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const link = linkIn(new URLSearchParams(ctx.querystring).get('link') ?? '')
    const user = await currentUser(hub, ctx)
    if (user === undefined) return ctx.redirect(link)
    const entry = parseLink(link)
    const course = await courseFor(hub, user, entry, link)
    requireNoMaintenance(hub, ctx, { user, course, link })
    const following = { user, course, entry, link }
    await sendChoice(hub, ctx, following)
  })

  router.post('/hub/choice', requireOwnPage(hub.hubUrl), async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const user = await requireUser(hub, ctx)
    const { link: given = '', stop = '' } = await readForm(ctx)
    const link = linkIn(given)
    const entry = parseLink(link)
    // Nothing is given up for a course that has closed since the page was made, or for the end of maintenance.
    const course = await courseFor(hub, user, entry, link)
    const server = await findServerOf(hub.db, user.id, stop)
    if (server === undefined) throw new HttpError(404, 'unknown_server', 'You have no such notebook.')
    ctx.state.waitAt = link
    requireNoMaintenance(hub, ctx, { user, course, link })
    if (isRunning(server)) await stopServer(hub, server)
    ctx.status = 303
    // What was a copy is gone; what another server holds is free only when that server has stopped.
    ctx.redirect(entry.forceCopy ? withoutParameter(link, 'forcecopy') : choiceLink(link))
  })

  return router
}

async function sendChoice(hub: Hub, ctx: Koa.Context, following: Following): Promise<void> {
  const { course, entry, link } = following
  const shared = { course, link, ancestors: ancestorsOf(hub, course), framed: isFramed(ctx) }
  const replaced = await replacedServer(hub, following)
  if (replaced !== undefined) {
    const keep = withoutParameter(link, 'forcecopy')
    const notebook = entry.notebook ?? startFile(course)
    return sendCopyPage(ctx, { ...shared, notebook, keep, keepsFiles: keepsFiles(hub, replaced) })
  }
  const servers = await otherServers(hub, following)
  if (servers === undefined) return ctx.redirect(link)
  const { courses, limits } = hub.config
  const most = limits.serversPerUser
  const running = servers.flatMap((server) => {
    const its = courses[server.course]
    const title = its?.title ?? its?.name ?? server.course
    return isAtRest(server) ? [] : { server, title, keepsFiles: keepsFiles(hub, server) }
  })
  sendFullPage(ctx, { ...shared, most, running })
}

/** Returns an entry link from outside; throws when it is none. */
function linkIn(text: string): string {
  const isOurs = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\')
  if (isOurs && isLink(text)) return text
  throw new HttpError(400, 'not_an_entry', 'This address opens no notebook. Open the link once more.')
}
