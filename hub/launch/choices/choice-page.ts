/** The page `/hub/choice?link=…`, on which a person chooses how to go on with a link. Only its buttons act. */

import Router from '@koa/router'
import type Koa from 'koa'
import { startFile } from '../../../courses/start.ts'
import { say } from '../../../words/text.ts'
import { currentUser, requireUser } from '../../access/account.ts'
import { requireNoMaintenance } from '../../access/maintenance.ts'
import { rememberFor } from '../../choices/decide.ts'
import { requireOffered } from '../../choices/offered.ts'
import { isAtRest, isRunning } from '../../db/servers/server-states.ts'
import { findServerOf } from '../../db/servers/servers.ts'
import { HttpError } from '../../errors.ts'
import { keepsFiles } from '../../homes/keeps-files.ts'
import { readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { stopServer } from '../../servers/stop.ts'
import { allAncestors } from '../../site.ts'
import { sendCopyPage, sendFreshPage, sendFullPage } from '../../views/choices/choice.ts'
import { sendOtherPage } from '../../views/choices/course-choices.ts'
import { withoutParameter } from '../confirmation.ts'
import { withoutChoices } from '../course.ts'
import { takeAnswers } from './answers-form.ts'
import { choiceLink, type Following, otherServers, replacedCopy, replacedServer } from './choice.ts'
import { choicesToChange, choicesToMake, otherRun } from './course-choices.ts'
import { afterForm, asRemembered, choicesIn, followingOf, linkIn, sendForm, sharedOf } from './following.ts'

export function choiceRoutes(hub: Hub): Router {
  const router = new Router()

  router.get('/hub/choice', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const query = new URLSearchParams(ctx.querystring)
    const link = linkIn(query.get('link') ?? '')
    const user = await currentUser(hub, ctx)
    if (user === undefined) return ctx.redirect(link)
    const following = await followingOf(hub, user, link)
    requireNoMaintenance(hub, ctx, following)
    if (query.has('change')) {
      const open = await choicesToChange(hub, following)
      return open === undefined ? ctx.redirect(link) : sendForm(hub, ctx, following, { open, asks: false })
    }
    await sendChoice(hub, ctx, query.has('chosen') ? await asRemembered(hub, following) : following)
  })

  router.post('/hub/choice', requireOwnPage(hub.hubUrl), async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const user = await requireUser(hub, ctx)
    const { link: given = '', stop, ...fields } = await readForm(ctx)
    const link = linkIn(given)
    // Nothing is given up for a course that has closed since the page was made, or for the end of maintenance.
    const following = await followingOf(hub, user, link)
    const { course, entry } = following
    const chosen = requireOffered(hub, user, course, { asked: choicesIn(fields) })
    const server = stop === undefined ? undefined : await findServerOf(hub.db, user.id, stop)
    if (stop !== undefined && server === undefined)
      throw new HttpError(404, 'unknown_server', say`You have no such notebook.`)
    ctx.state.waitAt = link
    requireNoMaintenance(hub, ctx, following)
    await rememberFor(hub, user, course, { chosen })
    if (server !== undefined && isRunning(server)) await stopServer(hub, server)
    ctx.status = 303
    if (stop === undefined) return ctx.redirect(await afterForm(hub, { ...following, asked: chosen, answers: {} }))
    // What was a copy is gone; what another server holds is free only when that server has stopped.
    ctx.redirect(entry.forceCopy ? withoutParameter(link, 'forcecopy') : choiceLink(link))
  })

  router.post('/hub/choice/answers', requireOwnPage(hub.hubUrl), (ctx) => takeAnswers(hub, ctx))

  // The form that was not right stands at this address, and a browser may ask for it anew.
  router.get('/hub/choice/answers', (ctx) => ctx.redirect('/hub/home'))

  return router
}

async function sendChoice(hub: Hub, ctx: Koa.Context, following: Following): Promise<void> {
  const { course, entry, link } = following
  const shared = sharedOf(hub, ctx, following)
  const copy = await replacedCopy(hub, following)
  if (copy !== undefined) {
    const keep = withoutParameter(link, 'forcecopy')
    return sendFreshPage(ctx, { ...shared, notebook: copy.path, keep })
  }
  const replaced = await replacedServer(hub, following)
  if (replaced !== undefined) {
    const keep = withoutParameter(link, 'forcecopy')
    const notebook = entry.notebook ?? startFile(course)
    return sendCopyPage(ctx, { ...shared, notebook, keep, keepsFiles: keepsFiles(hub, replaced) })
  }
  const servers = await otherServers(hub, following)
  if (servers !== undefined) {
    const { limits } = hub.config
    const most = limits.serversPerUser
    const running = servers.flatMap((server) => {
      const its = hub.courses.all[server.course]
      const title = its?.title ?? its?.name ?? server.course
      return isAtRest(server) ? [] : { server, title, keepsFiles: keepsFiles(hub, server) }
    })
    return sendFullPage(ctx, { ...shared, most, running })
  }
  const other = await otherRun(hub, following)
  if (other !== undefined) {
    const keep = withoutChoices(course, link)
    return sendOtherPage(ctx, { ...shared, other, keep, keepsFiles: keepsFiles(hub, other.server) })
  }
  const open = await choicesToMake(hub, following)
  if (open === undefined) return ctx.redirect(link)
  sendForm(hub, ctx, following, { open, asks: true })
}
