import { delayBounds } from '../../metrics/event-loop.ts'
import { createHistogram, type Histogram, histogramMetric, labelled } from '../../metrics/histogram.ts'
import { counter, gauge, type Metric } from '../../metrics/metric.ts'
import { tallied } from '../../metrics/tally.ts'
import type { HubCounters } from './counters.ts'

/** JupyterHub's bounds for the intervals of the event loop. */
export const intervalBounds = [0.05, 0.055, 0.06, 0.065, 0.07, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Returns the metrics of this process. `readDelay` tells how late its event loop was. */
export function hubMetrics(counters: HubCounters, readDelay: (bounds: readonly number[]) => Histogram): Metric[] {
  return [...byJupyterHubsNames(counters, readDelay(intervalBounds)), ...ownMetrics(counters, readDelay(delayBounds))]
}

function byJupyterHubsNames(counters: HubCounters, delay: Histogram): Metric[] {
  const histogram = (name: string, help: string, labels: string[], values: Parameters<typeof labelled>[1]) =>
    histogramMetric(`jupyterhub_${name}`, help, labelled(labels, values))
  const plain = (name: string, help: string, values: Histogram) =>
    histogramMetric(`jupyterhub_${name}`, help, [[{}, values]])
  return [
    histogram(
      'request_duration_seconds',
      'Request duration for all HTTP requests',
      ['method', 'handler', 'code'],
      counters.requests,
    ),
    histogram(
      'server_spawn_duration_seconds',
      'Time taken for server spawning operation',
      ['status', 'reason'],
      counters.starts,
    ),
    histogram('server_stop_seconds', 'Time taken for server stopping operation', ['status'], counters.stops),
    histogram('server_poll_duration_seconds', 'Time taken to poll if server is running', ['status'], counters.polls),
    histogram(
      'proxy_add_duration_seconds',
      'Duration for adding user routes to proxy',
      ['status'],
      counters.routeWrites,
    ),
    histogram(
      'proxy_delete_duration_seconds',
      'Duration for deleting user routes from proxy',
      ['status'],
      counters.routeRemovals,
    ),
    histogram('login_duration_seconds', 'duration for all authentication attempts', ['status'], counters.signIns),
    plain('logout_duration_seconds', 'duration for all logout requests', counters.signOuts),
    plain('check_routes_duration_seconds', 'Time taken to validate all routes in proxy', counters.routeChecks),
    plain('proxy_poll_duration_seconds', 'Duration for polling all routes from proxy', counters.tableReads),
    plain('hub_startup_duration_seconds', 'Time taken for Hub to start', counters.startUp),
    plain('event_loop_interval_seconds', 'Distribution of measured event loop intervals', intervalsOf(delay)),
  ]
}

/** Returns delays as JupyterHub counts them: one shorter than the 50 ms of its timer counts as 50 ms. */
function intervalsOf({ bounds, counts, sum }: Histogram): Histogram {
  const short = counts[0] ?? 0
  return { ...createHistogram(bounds), counts, sum: sum + short * (bounds[0] ?? 0) }
}

function ownMetrics(counters: HubCounters, delay: Histogram): Metric[] {
  return [
    histogramMetric(
      'carrel_hub_start_phase_seconds',
      'How long the phases of starts took.',
      labelled(['phase'], counters.phases),
    ),
    histogramMetric(
      'carrel_hub_database_seconds',
      'How long statements to the database took.',
      labelled(['status'], counters.statements),
    ),
    histogramMetric(
      'carrel_hub_build_seconds',
      'How long builds of images took, from their begin to their end.',
      labelled(['status'], counters.builds),
    ),
    histogramMetric(
      'carrel_hub_pull_seconds',
      'How long pulls of the content of courses took, from their begin to their end.',
      labelled(['status'], counters.pulls),
    ),
    histogramMetric('carrel_hub_event_loop_delay_seconds', 'How late the event loop was.', [[{}, delay]]),
    counter('carrel_hub_refusals_total', 'Refused requests, by error code.', tallied(['code'], counters.refusals)),
    counter(
      'carrel_hub_deliveries_unconfirmed_total',
      'Writes of routes that a proxy did not confirm.',
      counters.unconfirmed,
    ),
    counter(
      'carrel_hub_evictions_total',
      'Servers that were stopped because they may not go on.',
      tallied(['cause'], counters.evictions),
    ),
    counter('carrel_hub_culls_total', 'Servers that the culler has stopped.', tallied(['cause'], counters.culls)),
    counter(
      'carrel_hub_spare_claims_total',
      'Starts of courses with spares, by what they found.',
      tallied(['result'], counters.spares),
    ),
    counter(
      'carrel_hub_static_files_total',
      'Images whose static files were to be copied.',
      tallied(['result'], counters.staticFiles),
    ),
    counter(
      'carrel_hub_silent_total',
      'Servers that did not answer and were ended, and looks that found too many such servers to end any.',
      tallied(['result'], counters.silent),
    ),
    counter(
      'carrel_hub_out_of_memory_total',
      'Servers that were ended for want of memory, and programs inside servers that went on.',
      tallied(['ended'], counters.outOfMemory),
    ),
    counter(
      'carrel_hub_swept_total',
      'Objects without a server, by what the sweep did.',
      tallied(['result'], counters.swept),
    ),
    gauge(
      'carrel_hub_mirror_bytes',
      'What the mirrors of repositories took on the disk of the hub when they were measured last.',
      tallied(['of'], counters.mirrorBytes),
    ),
  ]
}
