/** The page `/hub/choice?link=…`, on which a person chooses how to go on with a link. Only its buttons act. */
import Router from '@koa/router'
import type Koa from 'koa'
import type { Asked } from '../../../courses/choices.ts'
import { startFile } from '../../../courses/start.ts'
import { currentUser, requireUser } from '../../access/account.ts'
import { requireNoMaintenance } from '../../access/maintenance.ts'
import { rememberedFor, rememberFor } from '../../choices/decide.ts'
import { requireOffered } from '../../choices/offered.ts'
import { isAtRest, isRunning } from '../../db/servers/server-states.ts'
import { findServerOf } from '../../db/servers/servers.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { keepsFiles } from '../../homes/keeps-files.ts'
import { isFramed, readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { stopServer } from '../../servers/stop.ts'
import { allAncestors, ancestorsOf } from '../../site.ts'
import { sendCopyPage, sendFullPage } from '../../views/choices/choice.ts'
import { fieldPrefix, sendChoicesPage, sendOtherPage } from '../../views/choices/course-choices.ts'
import { withoutParameter } from '../confirmation.ts'
import { courseFor, withoutChoice } from '../course.ts'
import { isLink, parseLink } from '../jupyterhub.ts'
import { choiceLink, type Following, otherServers, replacedServer } from './choice.ts'
import { choicesToChange, choicesToMake, type OpenChoices, otherRun } from './course-choices.ts'

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
    const wish = query.has('chosen')
      ? { ...following, asked: await rememberedFor(hub, user, following.course) }
      : following
    await sendChoice(hub, ctx, wish)
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
      throw new HttpError(404, 'unknown_server', 'You have no such notebook.')
    ctx.state.waitAt = link
    requireNoMaintenance(hub, ctx, following)
    await rememberFor(hub, user, course, chosen)
    if (server !== undefined && isRunning(server)) await stopServer(hub, server)
    ctx.status = 303
    if (stop === undefined) return ctx.redirect(await afterForm(hub, { ...following, asked: chosen }))
    // What was a copy is gone; what another server holds is free only when that server has stopped.
    ctx.redirect(entry.forceCopy ? withoutParameter(link, 'forcecopy') : choiceLink(link))
  })

  return router
}

async function followingOf(hub: Hub, user: User, link: string): Promise<Following> {
  const entry = parseLink(link)
  const course = await courseFor(hub, user, entry, link)
  return { user, course, entry, link, asked: requireOffered(hub, user, course, entry) }
}

async function sendChoice(hub: Hub, ctx: Koa.Context, following: Following): Promise<void> {
  const { course, entry, link } = following
  const shared = sharedOf(hub, ctx, following)
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
    const keep = withoutChoices(following)
    return sendOtherPage(ctx, { ...shared, other, keep, keepsFiles: keepsFiles(hub, other.server) })
  }
  const open = await choicesToMake(hub, following)
  if (open === undefined) return ctx.redirect(link)
  sendForm(hub, ctx, following, { open, asks: true })
}

function sendForm(hub: Hub, ctx: Koa.Context, following: Following, form: { open: OpenChoices; asks: boolean }): void {
  sendChoicesPage(ctx, { ...sharedOf(hub, ctx, following), ...form })
}

function sharedOf(hub: Hub, ctx: Koa.Context, { course, link }: Following) {
  return { course, link, ancestors: ancestorsOf(hub, course), framed: isFramed(ctx) }
}

/** Returns the fields of the form, without their prefix. */
function choicesIn(fields: Record<string, string>): Asked {
  const given = Object.entries(fields).filter(([name]) => name.startsWith(fieldPrefix))
  return new Map(given.map(([name, word]) => [name.slice(fieldPrefix.length), [word]]))
}

/** Returns where a browser goes that has sent the form: on with the link, or to the question about what runs. */
async function afterForm(hub: Hub, following: Following): Promise<string> {
  const link = withoutChoices(following)
  return (await otherRun(hub, following)) === undefined ? link : choiceLink(link, 'chosen')
}

/** Returns the link without its own wishes, so that the remembered choices count, or those of the present run. */
function withoutChoices({ course, link }: Following): string {
  return Object.keys(course.choices).reduce(withoutChoice, link)
}

/** Returns an entry link from outside; throws when it is none. */
function linkIn(text: string): string {
  const isOurs = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\')
  if (isOurs && isLink(text)) return text
  throw new HttpError(400, 'not_an_entry', 'This address opens no notebook. Open the link once more.')
}
