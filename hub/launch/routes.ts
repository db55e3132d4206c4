import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { areCovering } from '../../net/origins.ts'
import { isSignOut, openLink, restartLink, signOutLink } from '../../seats/links.ts'
import { pathOf } from '../../seats/spelling.ts'
import { retold } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { currentUser, sessionHash } from '../access/account.ts'
import { requireNoMaintenance } from '../access/maintenance.ts'
import { sessionOf } from '../access/session.ts'
import { shownChoices } from '../choices/shown.ts'
import { newSecret } from '../db/ids.ts'
import { findLaunch, type Launch } from '../db/seats/launches.ts'
import { findServer, readNotice } from '../db/servers/servers.ts'
import { readTroubles } from '../db/servers/troubles.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { tellCourse } from '../http/announcements.ts'
import { isFramed, isPageNavigation, readForm, readJson, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { isOpenToAll, refusalOf } from '../rights/opening.ts'
import { allAncestors, ancestorsOf, ancestorsOfErrors } from '../site.ts'
import { choicesToSend } from '../views/choices/line.ts'
import { readingToSend } from '../views/courses/reading.ts'
import { sendElsewherePage } from '../views/elsewhere.ts'
import { sendGuestPage } from '../views/guest.ts'
import { leadToCourse } from '../views/parts/contact.ts'
import { takeSpawnForm } from './choices/answers-form.ts'
import { ConfirmFirst, confirmationFor } from './confirmation.ts'
import { courseOfLink } from './course.ts'
import { earlyFiles } from './early.ts'
import { progressEvents } from './events.ts'
import { guestPageOf } from './guest.ts'
import { identify, isIdentified, moveCode, proofsFor, SignInNeeded } from './identify.ts'
import { askForCourse, hubPageOf, isLink, linkOfSpawnForm, parseLink, readLink, takesSpawnForm } from './jupyterhub.ts'
import { launch } from './launch.ts'
import { type LaunchPage, sendLaunchPage } from './page.ts'
import { openEntry, parseEntry, sharePageOf } from './parse.ts'
import { readingOf, sendPreview } from './preview.ts'
import { progressOf } from './progress.ts'
import { elsewherePageOf } from './tab.ts'
import { addressAgain, entranceAtOnce, entranceOf } from './ticket.ts'
import { linkOfTmpnb } from './tmpnb.ts'

/**
 * Answers every link that opens a notebook. A link is matched on the raw address, because a router would decode it
 * twice.
 */
export function entryLinks(hub: Hub): Koa.Middleware {
  const ownPage = requireOwnPage(hub.hubUrl)
  return async function entryLink(ctx, next) {
    // A browser would read `//launch/demo` in a page as a host named launch.
    const asked = linkOfTmpnb(hub, (ctx.req.url ?? '').replace(/^\/+/, '/'))
    const hubPage = ctx.method === 'GET' ? (hubPageOf(asked) ?? sharePageOf(asked)) : undefined
    if (hubPage !== undefined) return ctx.redirect(hubPage)
    if (!isLink(asked)) return next()
    ctx.state.ancestors = ancestorsOfErrors(hub)
    if (ctx.method === 'POST' && takesSpawnForm(asked)) {
      if (ctx.is('multipart/*')) return ownPage(ctx, () => takeSpawnForm(hub, ctx, asked))
      const link = await linkOfSpawnForm(ctx, asked)
      ctx.status = 303
      return ctx.redirect(link)
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD')
      throw new HttpError(405, 'method_not_allowed', say`This is a link to open in a browser.`)
    }
    const read = readLink(hub, asked)
    if (read === undefined) return askForCourse(hub, ctx, asked)
    const { link, entry } = read
    // JupyterLab signs out here, under the address of its server.
    const { serverPath, inside } = entry
    if (serverPath !== undefined && isSignOut(serverPath + pathOf(inside ?? ''), serverPath))
      return ctx.redirect(signOutLink(openLink(serverPath)))
    const course = await courseOfLink(hub, ctx, { entry, link })
    ctx.state.ancestors = ancestorsOf(hub, course)
    await tellItsPeople(hub, ctx, course)
    if (ctx.state.maintenance !== undefined) {
      if (entry.learner !== undefined) {
        // A page that loads anew does not say any more that an LMS held its link. This one posts the proof of that.
        const proofs = await proofsFor(hub, ctx, entry, link)
        const page = { course, link, entry, framed: isFramed(ctx), ...proofs }
        ctx.state.sendRefusal = (refusal) => sendLaunchPage(hub, ctx, { ...page, refusal })
      }
      requireNoMaintenance(hub, ctx, { course, link, user: await currentUser(hub, ctx) })
      delete ctx.state.sendRefusal
    }
    const visit = await guestPageOf(hub, ctx, entry)
    if (visit !== undefined) return sendGuestPage(ctx, visit)
    const framed = isFramed(ctx)
    const elsewhere = framed ? undefined : await elsewherePageOf(hub, ctx, course, entry)
    if (elsewhere !== undefined) return sendElsewherePage(ctx, elsewhere)
    const confirmation = await confirmationFor(hub, ctx, { course, entry, link })
    const page = { course, link, entry, framed, confirmation }
    const user =
      confirmation === undefined && isPageNavigation(ctx) && (await isIdentified(hub, ctx, entry))
        ? await currentUser(hub, ctx)
        : undefined
    const tab = user && framed ? await moveCode(hub, ctx, user, link) : undefined
    if (user !== undefined && (!framed || isFramedByAncestor(ctx))) {
      ctx.state.sendRefusal = (refusal) => sendLaunchPage(hub, ctx, { ...page, tab, refusal })
      return actAtOnce(hub, ctx, { ...page, tab }, user)
    }
    sendLaunchPage(hub, ctx, { ...page, ...(await proofsFor(hub, ctx, entry, link)), ...(tab && { tab }) })
  }
}

/** Has the page tell what the people of the course are told, if its reader may open the course now. */
async function tellItsPeople(hub: Hub, ctx: Koa.Context, course: Course): Promise<void> {
  if (!isOpenToAll(hub, course)) {
    const user = await currentUser(hub, ctx)
    if (user === undefined || (await refusalOf(hub, user, course)) !== undefined) return
  }
  await tellCourse(hub, ctx, course)
}

/**
 * Returns whether one of the course's ancestors has framed this page. A browser sends the request for any other site's
 * frame too, with the cookies when that site is a neighbour, and hides the page only once it has come. So in a frame
 * that does not say whose it is, the page's script goes on, or nothing does.
 */
function isFramedByAncestor(ctx: Koa.Context): boolean {
  const referrer = ctx.get('Referer')
  return URL.canParse(referrer) && areCovering(ctx.state.ancestors ?? [], new URL(referrer).origin)
}

/**
 * Launches at once: a navigation that carries an identity needs no second request, and where the session has a seat at the
 * server that runs, no page of the hub either. Whether the browser has storage is
 * known from the session, because no script of this page has looked yet.
 */
async function actAtOnce(hub: Hub, ctx: Koa.Context, page: LaunchPage, user: User): Promise<void> {
  const { entry, link, framed } = page
  const session = sessionHash(ctx)
  const storage = sessionOf(ctx).storage !== false
  const begun = await launch(hub, { entry, link, user, session, framed, storage })
  const { id, server, choices, reading, connects, files } = begun
  if (connects !== undefined) ctx.set('Link', `<${connects}>; rel=preconnect`)
  const progress = await progressOf(hub, begun.launch, server)
  const leadsOn = progress.state === 'ready' && progress.told === undefined && !framed && !entry.needsTicket
  const again = leadsOn ? await addressAgain(hub, begun.launch, server) : undefined
  if (again !== undefined) {
    ctx.status = 303
    return ctx.redirect(again)
  }
  const entrance = progress.state === 'ready' ? await entranceOf(hub, begun.launch, server) : undefined
  sendLaunchPage(hub, ctx, {
    ...page,
    launch: { id, progress, entrance, restart: restartLink(begun.launch.landing), choices, reading, files },
  })
}

const launchBody = z.strictObject({
  link: z.string().min(1).max(4000).startsWith('/'),
  framed: z.boolean().default(false),
  storage: z.boolean().default(true),
  proof: z.string().max(8000).optional(),
  code: z.string().max(8000).optional(),
  /** Sent by the button of a page that asks, and by nothing else. */
  confirmed: z.boolean().default(false),
  /** Sent by the button that makes a notebook, and by nothing else. */
  make: z.boolean().default(false),
  /** Sent by the button that puts the course's own notebook in the place of the one that the link means, and by nothing else. */
  replace: z.literal('course').optional(),
})

export function launchRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/launches' })
  const ownPage = requireOwnPage(hub.hubUrl)
  const events = progressEvents(hub)

  router.post('/', ownPage, async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const asForm = Boolean(ctx.is('application/x-www-form-urlencoded'))
    const input = asForm ? fromForm(await readForm(ctx)) : await readJson(ctx)
    const body = launchBody.safeParse(input)
    if (!body.success)
      throw new HttpError(
        400,
        'bad_launch',
        say`This launch is not well formed: ${retold(z.prettifyError(body.error))}`,
      )
    const { link, storage, proof, code, confirmed, make: makes, replace: replaces } = body.data
    const entry = parseLink(link)
    const course = await courseOfLink(hub, ctx, { entry, link, code })
    ctx.state.ancestors = ancestorsOf(hub, course)
    const framed = body.data.framed && ctx.state.ancestors.length > 0
    if (asForm) {
      ctx.state.sendRefusal = (refusal) =>
        sendLaunchPage(hub, ctx, { ...{ course, link, entry, framed, proof, code }, refusal })
    }
    ctx.state.framed = framed
    if (asForm) ctx.state.waitAt = link
    const identified = await identify(hub, {
      ctx,
      course,
      entry,
      link,
      framed,
      proof,
      code,
      confirmed,
      ownNonce: asForm ? newSecret() : undefined,
    }).catch((error: unknown) => {
      if (asForm && (error instanceof ConfirmFirst || error instanceof SignInNeeded)) return error
      throw error
    })
    if (identified instanceof ConfirmFirst) {
      ctx.status = identified.status
      return sendLaunchPage(hub, ctx, {
        course,
        link,
        entry,
        framed,
        proof,
        code,
        confirmation: identified.confirmation,
      })
    }
    if (identified instanceof SignInNeeded) {
      const signInFirst = `/hub/login?next=${encodeURIComponent(link)}`
      if (!framed) return ctx.redirect(signInFirst)
      throw new HttpError(401, 'sign_in', say`Your notebook opens in a tab of its own, after you have signed in.`, [
        { href: signInFirst, text: say`Sign in in a new tab` },
      ])
    }
    const { user, renewed } = identified
    requireNoMaintenance(hub, ctx, { course, link, user })
    // Kept for the next launch, which may act before any script has looked.
    if (!storage) sessionOf(ctx).storage = false
    const order = { entry, link, user, session: sessionHash(ctx), framed, storage, makes, replaces }
    const { id, launch: begun, server, choices, reading, connects, files } = await launch(hub, order)
    if (asForm) {
      ctx.status = 303
      return ctx.redirect(`/hub/launches/${id}`)
    }
    const ready = server.state === 'ready'
    const entrance = ready ? await entranceAtOnce(hub, begun, server) : undefined
    ctx.status = 201
    ctx.body = {
      launch: id,
      ready,
      ...(entrance && { entrance }),
      restart: restartLink(begun.landing),
      ...(connects && { connects }),
      ...(files && { files }),
      ...(choices && { choices: choicesToSend(choices, link) }),
      ...(reading && { reading: readingToSend(reading) }),
      ...(renewed && { notice: say`Your earlier session had ended, so a new notebook is made for you.` }),
    }
  })

  router.get('/:id', async (ctx) => {
    ctx.state.ancestors = allAncestors(hub)
    const found = await requireLaunch(hub, ctx.params.id)
    const server = await findServer(hub.db, found.server)
    const course = server && hub.courses.all[server.course]
    if (course === undefined) throw launchNotFound()
    leadToCourse(ctx, course)
    await tellItsPeople(hub, ctx, course)
    const progress = await progressOf(hub, found)
    const user = await ownerOfLaunch(hub, ctx, found)
    // The landing path may name a learner and a file, so only the launch's own session is told.
    const entry = user === undefined ? parseEntry(`/launch/${course.slug}`) : openEntry(found.landing)
    const link = user === undefined ? `/launch/${course.slug}` : openLink(found.landing)
    const entrance =
      user && isPageNavigation(ctx) && progress.state === 'ready' ? await entranceOf(hub, found) : undefined
    const framed = isFramed(ctx) || found.framed
    const isOwners = user !== undefined && server?.user === user.id
    // A page that leads on at once shows nothing to read.
    const isLeaving = entrance !== undefined && progress.told === undefined
    sendLaunchPage(hub, ctx, {
      course,
      link,
      entry,
      framed,
      tab: user && framed && isPageNavigation(ctx) ? await moveCode(hub, ctx, user, link) : undefined,
      launch: {
        id: ctx.params.id ?? '',
        progress,
        entrance,
        restart: isOwners ? restartLink(found.landing) : undefined,
        choices: isOwners ? (await shownChoices(hub, user, [server])).get(server.id) : undefined,
        reading: isOwners && !isLeaving ? await readingOf(hub, ctx.params.id ?? '', found, server) : undefined,
        files: isOwners && server.state !== 'ready' ? await earlyFiles(hub, server.course) : undefined,
      },
    })
  })

  router.get('/:id/preview', async (ctx) => {
    const found = await requireOwnLaunch(ctx)
    const server = await findServer(hub.db, found.server)
    if (server === undefined) throw launchNotFound()
    await sendPreview(hub, ctx, found, server)
  })

  router.get('/:id/events', async (ctx) => {
    const found = await requireLaunch(hub, ctx.params.id)
    events(ctx, found, ctx.params.id ?? '')
  })

  router.post('/:id/ticket', ownPage, async (ctx) => {
    ctx.body = await entranceOf(hub, await requireOwnLaunch(ctx))
  })

  router.post('/:id/read', ownPage, async (ctx) => {
    const { server: id, run } = await requireOwnLaunch(ctx)
    await readTroubles(hub.db, { id, run })
    await readNotice(hub.db, { id, run })
    ctx.body = {}
  })

  async function requireOwnLaunch(ctx: Koa.Context): Promise<Launch> {
    const found = await requireLaunch(hub, ctx.params.id)
    if ((await ownerOfLaunch(hub, ctx, found)) !== undefined) return found
    throw new HttpError(
      403,
      'not_your_launch',
      say`This page belongs to another browser, or your session has ended. Open the link once more.`,
    )
  }

  return router
}

function fromForm({ framed, confirmed, make, ...fields }: Record<string, string>): unknown {
  return { ...fields, framed: framed === 'true', confirmed: confirmed === 'true', make: make === 'true' }
}

async function requireLaunch(hub: Hub, id: string | undefined) {
  const found = /^[A-Za-z0-9_-]{43}$/.test(id ?? '') ? await findLaunch(hub.db, id ?? '') : undefined
  if (found === undefined) throw launchNotFound()
  return found
}

/**
 * Returns the launch's user, if this is the session that began the launch. The cookie alone proves nothing, because its
 * session may have ended.
 */
async function ownerOfLaunch(hub: Hub, ctx: Koa.Context, found: Launch): Promise<User | undefined> {
  const user = await currentUser(hub, ctx)
  return user?.id === found.user && sessionHash(ctx) === found.session ? user : undefined
}

function launchNotFound(): HttpError {
  return new HttpError(404, 'launch_gone', say`This launch is over. Open the link once more.`, [
    { href: '/', text: say`Show the courses` },
  ])
}
