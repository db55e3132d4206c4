import Router from '@koa/router'
import Koa from 'koa'
import { createClientBuckets, linePace } from '../net/bucket.ts'
import { decodedPath } from '../seats/spelling.ts'
import { say } from '../words/text.ts'
import { keepToGateway } from './access/gateway.ts'
import { sessions } from './access/session.ts'
import { accountsApi } from './api/accounts.ts'
import { admissionsApi } from './api/admissions.ts'
import { callers } from './api/caller.ts'
import { announcementsApi } from './api/courses/announcements.ts'
import { contentApi } from './api/courses/content.ts'
import { coursesApi } from './api/courses/courses.ts'
import { gitKeysApi } from './api/courses/git-keys.ts'
import { pullHookCalls, pullHooksApi } from './api/courses/pull-hooks.ts'
import { sparesApi } from './api/courses/spares.ts'
import { cullerApi } from './api/culler.ts'
import { homeFilesApi } from './api/home-files.ts'
import { homesApi } from './api/homes.ts'
import { buildsApi } from './api/images/builds.ts'
import { imagesApi } from './api/images/images.ts'
import { staticFilesApi } from './api/images/static-files.ts'
import { maintenanceApi } from './api/maintenance.ts'
import { metricsApi } from './api/metrics.ts'
import { rosterApi } from './api/roster.ts'
import { seatsApi } from './api/seats.ts'
import { serversApi } from './api/servers.ts'
import { snapshotPageApi } from './api/snapshots/page.ts'
import { snapshotsApi } from './api/snapshots/snapshots.ts'
import { supportApi } from './api/support/support.ts'
import { sweepApi } from './api/sweep.ts'
import { tokensApi } from './api/tokens.ts'
import { usersApi } from './api/users.ts'
import { findMaintenance } from './db/installation.ts'
import { deskApi } from './desk/desk.ts'
import { deskGuestApi } from './desk/guest.ts'
import { deskNotebooksApi } from './desk/notebooks.ts'
import { deskOfferApi } from './desk/offer.ts'
import { deskReadingApi } from './desk/reading.ts'
import { deskShareApi } from './desk/share.ts'
import { HttpError } from './errors.ts'
import { tellSite } from './http/announcements.ts'
import { type AnswerOptions, answers, healthPaths } from './http/answers.ts'
import { clientOf } from './http/client.ts'
import { writeJsonBodies } from './http/json-bodies.ts'
import { routing } from './http/routing.ts'
import type { Hub } from './hub.ts'
import { choiceRoutes } from './launch/choices/choice-page.ts'
import { versionRoutes } from './launch/contents/versions.ts'
import { guestRoutes } from './launch/guest.ts'
import { entryLinks, launchRoutes } from './launch/routes.ts'
import { tabRoutes } from './launch/tab.ts'
import { accountRoutes } from './pages/accounts.ts'
import { chosenRoutes } from './pages/admin/chosen.ts'
import { eventRoutes } from './pages/admin/events.ts'
import { searchRoutes } from './pages/admin/search.ts'
import { siteServerRoutes } from './pages/admin/servers.ts'
import { userRoutes } from './pages/admin/user.ts'
import { adminRoutes } from './pages/admin/users.ts'
import { buildPages } from './pages/builds.ts'
import { courseRoutes } from './pages/course.ts'
import { accessPages } from './pages/courses/access.ts'
import { announcementPages } from './pages/courses/announcements.ts'
import { contentPages } from './pages/courses/content.ts'
import { learnerRoutes } from './pages/courses/learner.ts'
import { runsRoutes } from './pages/courses/runs.ts'
import { coursePages } from './pages/courses/settings.ts'
import { homeRoutes } from './pages/home.ts'
import { homePages } from './pages/homes.ts'
import { imagesPage } from './pages/images.ts'
import { leadToSignIn, loginRoutes } from './pages/login.ts'
import { maintenancePage } from './pages/maintenance.ts'
import { passwordRoutes } from './pages/passwords.ts'
import { rosterPages } from './pages/roster.ts'
import { shareRoutes } from './pages/shares.ts'
import { signInLinkPage } from './pages/sign-in/sign-in-link.ts'
import { signInWindow } from './pages/sign-in-window.ts'
import { signOutRoutes } from './pages/sign-out.ts'
import { logoRoute, ofSite } from './pages/site/site.ts'
import { sharingPage } from './pages/snapshots/share.ts'
import { snapshotPages } from './pages/snapshots/snapshots.ts'
import { stopAddress } from './pages/stop-address.ts'
import { supportPage } from './pages/support.ts'
import { tokensPage } from './pages/tokens.ts'
import { tmpnbRoutes } from './tmpnb/routes.ts'
import { staticFiles } from './views/static-files.ts'

/** Builds the public app of the hub: every middleware and router, in order. */
export function createApp(hub: Hub): Koa {
  const app = bareApp(hub)
  app.use(ofSite(hub))
  app.use(callers(hub))
  app.use(
    routing(
      plainRoutes(hub),
      logoRoute(hub),
      seatsApi(hub),
      admissionsApi(hub),
      usersApi(hub),
      accountsApi(hub),
      serversApi(hub),
      cullerApi(hub),
      deskApi(hub),
      deskGuestApi(hub),
      deskNotebooksApi(hub),
      deskOfferApi(hub),
      deskShareApi(hub),
      snapshotsApi(hub),
      snapshotPageApi(hub),
      deskReadingApi(hub),
      tokensApi(hub),
      rosterApi(hub),
      homesApi(hub),
      homeFilesApi(hub),
      imagesApi(hub),
      buildsApi(hub),
      staticFilesApi(hub),
      gitKeysApi(hub),
      pullHooksApi(hub),
      pullHookCalls(hub),
      coursesApi(hub),
      contentApi(hub),
      sparesApi(hub),
      maintenanceApi(hub),
      announcementsApi(hub),
      supportApi(hub),
      sweepApi(hub),
      metricsApi(hub),
      ...(hub.config.tmpnb === undefined ? [] : [tmpnbRoutes(hub, hub.config.tmpnb)]),
    ),
  )
  app.use(keepToGateway(hub))
  app.use(sessions(hub, app))
  app.use(async function withMaintenance(ctx, next) {
    ctx.state.maintenance = await findMaintenance(hub.db)
    await next()
  })
  app.use(tellSite(hub))
  app.use(leadToSignIn)
  app.use(entryLinks(hub))
  app.use(
    routing(
      homeRoutes(hub),
      stopAddress(hub),
      tokensPage(hub),
      loginRoutes(hub),
      signOutRoutes(hub),
      launchRoutes(hub),
      choiceRoutes(hub),
      versionRoutes(hub),
      adminRoutes(hub),
      userRoutes(hub),
      chosenRoutes(hub),
      searchRoutes(hub),
      siteServerRoutes(hub),
      eventRoutes(hub),
      accountRoutes(hub),
      passwordRoutes(hub),
      signInLinkPage(hub),
      rosterPages(hub),
      maintenancePage(hub),
      announcementPages(hub),
      supportPage(hub),
      guestRoutes(hub),
      shareRoutes(hub),
      sharingPage(hub),
      snapshotPages(hub),
      courseRoutes(hub),
      runsRoutes(hub),
      learnerRoutes(hub),
      coursePages(hub),
      contentPages(hub),
      accessPages(hub),
      homePages(hub),
      imagesPage(hub),
      buildPages(hub),
      signInWindow(hub),
      tabRoutes(hub),
    ),
  )
  app.use(function nothingHere(ctx) {
    refuseMethod(ctx)
    throw new HttpError(
      404,
      'not_found',
      say`There is nothing at this address. Check the link, or start from the first page.`,
      [{ href: '/', text: say`Start page` }],
    )
  })
  return app
}

/**
 * Builds an app with what all listeners have: answers to errors, and checks of the address. `limits` counts requests
 * before any is refused.
 */
export function bareApp(hub: Hub, options: AnswerOptions & { limits?: Koa.Middleware } = { pages: true }): Koa {
  const app = new Koa()
  writeJsonBodies(app)
  // Logs errors that no answer can report any more. A client that closes a waiting page is no reason for a warning.
  const lines = createClientBuckets(linePace)
  app.on('error', (error: Error & { code?: string }, ctx?: Koa.Context) => {
    if (lines.take(ctx === undefined ? '' : clientOf(hub, ctx)) > 0) return
    const hasLeft = error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' || error.code === 'EPIPE'
    hub.log[hasLeft ? 'debug' : 'warn']({ err: error }, 'an answer was cut off')
  })
  app.use(answers(hub, options))
  if (options.limits !== undefined) app.use(options.limits)
  app.use(soundRequest)
  return app
}

/** Routes that need no session: health, robots.txt and static files. */
function plainRoutes(hub: Hub): Router {
  const router = new Router()
  for (const path of healthPaths) {
    router.get(path, async (ctx) => {
      const isThere = await hub.db.raw('select 1').then(
        () => true,
        () => false,
      )
      ctx.status = isThere ? 200 : 503
      ctx.body = { status: isThere ? 'ok' : 'database_away', hub: hub.id }
    })
  }
  router.get('/robots.txt', (ctx) => {
    ctx.type = 'text'
    ctx.body = 'User-agent: *\nDisallow: /\n'
  })
  for (const { path, type, content, packed } of staticFiles) {
    router.get(path, async (ctx) => {
      ctx.type = type
      // The address changes with the content.
      ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
      ctx.vary('Accept-Encoding')
      const coding = (['br', 'gzip'] as const).find((one) => ctx.acceptsEncodings(one) === one)
      if (coding !== undefined) ctx.set('Content-Encoding', coding)
      ctx.body = coding === undefined ? content : await packed(coding)
    })
  }
  return router
}

/**
 * Refuses what `boundRequest` could not cut to size, and a path with a broken escape or a NUL: such a path names nothing,
 * and a database may choke on it.
 */
function soundRequest(ctx: Koa.Context, next: Koa.Next): Promise<unknown> {
  if (ctx.state.outOfBounds !== undefined) throw ctx.state.outOfBounds
  if (decodedPath(ctx.path)?.includes('\0') === false) return next()
  throw new HttpError(
    400,
    'bad_encoding',
    say`This address has a broken % in it. Encode special characters once, and % itself as %25.`,
  )
}

/** Throws 405 for an address that exists for other methods. */
function refuseMethod(ctx: Koa.Context): void {
  const methods = [...new Set(ctx.state.methods)]
  if (methods.length === 0) return
  ctx.set('Allow', methods.join(', '))
  throw new HttpError(405, 'method_not_allowed', say`This address does not take this kind of request.`)
}
