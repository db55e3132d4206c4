import Router from '@koa/router'
import type Koa from 'koa'
import { linePace } from '../net/bucket.ts'
import { bundlesApi } from './api/bundles.ts'
import { serverApi } from './api/server.ts'
import { serverLimits } from './api/server-limits.ts'
import { serverCallers } from './api/server-tokens.ts'
import { bareApp } from './app.ts'
import { HttpError } from './errors.ts'
import { routing } from './http/routing.ts'
import type { Hub } from './hub.ts'

/**
 * Builds the app of the listener for learners' servers: `/hub/api` with a server's own token, and nothing else. No
 * cookie is read, no page and no static file is served, and no token of a person, a proxy or the culler opens anything.
 */
export function createInternalApp(hub: Hub): Koa {
  const app = bareApp(hub, { pages: false, refusals: linePace, limits: serverLimits(hub) })
  app.use(serverCallers(hub))
  const health = new Router()
  health.get('/hub/health', (ctx) => {
    ctx.body = { status: 'ok' }
  })
  app.use(routing(health, serverApi(hub), bundlesApi(hub)))
  app.use(() => {
    throw new HttpError(404, 'not_found', 'There is nothing for servers at this address.')
  })
  return app
}
