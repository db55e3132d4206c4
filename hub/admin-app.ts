import type Koa from 'koa'
import { proxyAuthHeader } from '../seats/links.ts'
import { accountsApi } from './api/accounts.ts'
import { announcementsApi } from './api/courses/announcements.ts'
import { contentApi } from './api/courses/content.ts'
import { coursesApi } from './api/courses/courses.ts'
import { gitKeysApi } from './api/courses/git-keys.ts'
import { pullHooksApi } from './api/courses/pull-hooks.ts'
import { sparesApi } from './api/courses/spares.ts'
import { homeFilesApi, homeImportApi } from './api/home-files.ts'
import { homesApi } from './api/homes.ts'
import { buildsApi } from './api/images/builds.ts'
import { imagesApi } from './api/images/images.ts'
import { maintenanceApi } from './api/maintenance.ts'
import { rosterApi } from './api/roster.ts'
import { serversApi } from './api/servers.ts'
import { supportApi } from './api/support/support.ts'
import { sweepApi } from './api/sweep.ts'
import { usersApi } from './api/users.ts'
import { bareApp } from './app.ts'
import { HttpError } from './errors.ts'
import { routing } from './http/routing.ts'
import type { Hub } from './hub.ts'

/**
 * Builds the app of the socket for commands: the API of users, accounts, servers, homes, images, maintenance, announcements, support codes and the sweep, for
 * the machine's operator, and nothing else. Who can open the socket may do what an admin may do; no cookie and no token is
 * read.
 */
export function createAdminApp(hub: Hub): Koa {
  const app = bareApp(hub, { pages: false, streams: true })
  app.use(function operator(ctx, next) {
    refuseBrowsers(ctx)
    ctx.state.caller = { kind: 'operator' }
    return next()
  })
  app.use(
    routing(
      usersApi(hub),
      serversApi(hub),
      accountsApi(hub),
      rosterApi(hub),
      homesApi(hub),
      homeFilesApi(hub),
      homeImportApi(hub),
      imagesApi(hub),
      buildsApi(hub),
      gitKeysApi(hub),
      pullHooksApi(hub),
      coursesApi(hub),
      contentApi(hub),
      sparesApi(hub),
      maintenanceApi(hub),
      announcementsApi(hub),
      supportApi(hub),
      sweepApi(hub),
    ),
  )
  app.use(() => {
    throw new HttpError(404, 'not_found', 'There is nothing for commands at this address.')
  })
  return app
}

const marks = ['cookie', 'origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode', 'forwarded', 'via']

/**
 * Refuses what a browser or a proxy has sent. Otherwise a program that leads a port to the socket would give every web
 * page an admin's rights.
 */
function refuseBrowsers(ctx: Koa.Context): void {
  const isForeign = Object.keys(ctx.req.headers).some(
    (name) => marks.includes(name) || name.startsWith('x-forwarded-') || name === proxyAuthHeader.toLowerCase(),
  )
  if (isForeign) throw new HttpError(403, 'not_a_command', 'This socket is for commands, not for browsers and proxies.')
}
