import Router from '@koa/router'
import { eventLoopDelay } from '../../metrics/event-loop.ts'
import { processMetrics } from '../../metrics/process.ts'
import { metricsText, metricsType } from '../../metrics/text.ts'
import type { Hub } from '../hub.ts'
import { hubMetrics } from '../metrics/snapshot.ts'
import { only } from './caller.ts'
import { installationMetrics, keptFor } from './installation.ts'

/** The addresses of JupyterHub's metrics. */
export const metricsPaths = ['/hub/metrics', '/hub/api/metrics']

/** How long an answer is kept, so that many requests cost no more than one. */
const freshMilliseconds = 1000

/**
 * The metrics, for Prometheus: with the token for metrics or an admin's, as JupyterHub's with the right `read:metrics`.
 * With `hub.openMetrics` anyone may read them, as with its `authenticate_prometheus = False`.
 */
export function metricsApi(hub: Hub): Router {
  const router = new Router()
  const delay = eventLoopDelay()
  const ofInstallation = installationMetrics(hub)
  const read = keptFor(freshMilliseconds, async () =>
    metricsText([hubMetrics(hub.counters, delay.read), await ofInstallation(), await processMetrics()]),
  )
  const guards = hub.config.hub.openMetrics ? [] : [only(hub, 'metrics', 'admin')]
  router.get(metricsPaths, ...guards, async (ctx) => {
    ctx.set('Content-Type', metricsType)
    ctx.body = await read()
  })
  return router
}
