import assert from 'node:assert/strict'
import { delayBounds, eventLoopDelay } from '../../metrics/event-loop.ts'
import { createHistogram, histogramMetric, observe } from '../../metrics/histogram.ts'
import { counter, gauge } from '../../metrics/metric.ts'
import { processMetrics } from '../../metrics/process.ts'
import { tallied, tally } from '../../metrics/tally.ts'
import { metricsText } from '../../metrics/text.ts'
import { until } from '../helpers/until.ts'
import { numberOf, readMetrics } from './read-metrics.ts'

describe('metrics', () => {
  it('of several processes become one, each by its own rule', async () => {
    const ofOne = (value: number) => [
      counter('requests_total', 'Requests.', [{ labels: { by: 'hub' }, value }]),
      gauge('routes', 'Routes.', value, 'max'),
      gauge('start', 'Start.', value, 'min'),
    ]
    const metrics = readMetrics(await metricsText([ofOne(3), ofOne(4)]))
    assert.equal(numberOf(metrics, 'requests_total', { by: 'hub' }), 7)
    assert.equal(numberOf(metrics, 'routes'), 4)
    assert.equal(numberOf(metrics, 'start'), 3)
  })

  it('have histograms whose buckets count all values below them', async () => {
    const histogram = createHistogram([1, 2])
    for (const value of [0.5, 1, 1.5, 2, 2.5]) observe(histogram, value)
    const metrics = readMetrics(await metricsText([[histogramMetric('wait', 'Wait.', [[{ for: 'hub' }, histogram]])]]))
    assert.deepEqual(
      ['1', '2', '+Inf'].map((le) => numberOf(metrics, 'wait', { for: 'hub', le }, '_bucket')),
      [2, 4, 5],
    )
    assert.equal(numberOf(metrics, 'wait', {}, '_sum'), 7.5)
    assert.equal(numberOf(metrics, 'wait', {}, '_count'), 5)
  })

  it('count by several labels', async () => {
    const counts = new Map<string, number>()
    for (const values of ['5b seat_missing', '5b seat_missing', '- host_wrong']) tally(counts, values)
    const metrics = readMetrics(
      await metricsText([[counter('refusals_total', 'Refusals.', tallied(['row', 'code'], counts))]]),
    )
    assert.equal(numberOf(metrics, 'refusals_total', { row: '5b', code: 'seat_missing' }), 2)
    assert.equal(numberOf(metrics, 'refusals_total', { row: '-', code: 'host_wrong' }), 1)
  })

  it('of a process can be read by any Prometheus', async () => {
    const metrics = readMetrics(await metricsText([await processMetrics()]))
    assert.ok((numberOf(metrics, 'process_resident_memory_bytes') ?? 0) > 10_000_000)
    assert.ok((numberOf(metrics, 'process_cpu_seconds_total') ?? 0) > 0)
    assert.ok((numberOf(metrics, 'process_open_fds') ?? 0) > 2)
    assert.ok((numberOf(metrics, 'process_max_fds') ?? 0) > 2)
  })

  it('tell how late the event loop was', async () => {
    const delay = eventLoopDelay()
    try {
      delay.read(delayBounds)
      const late = () => delay.read(delayBounds)
      await until(() => late().counts.some((count) => count > 0), 'the timer has fired')
      const began = process.threadCpuUsage()
      while (process.threadCpuUsage(began).user < 120_000);
      await until(
        () =>
          late()
            .counts.slice(6)
            .some((count) => count > 0),
        'a delay above 0.1 s is counted',
      )
      const { counts, sum } = late()
      assert.ok(counts.every((count) => count >= 0))
      assert.ok(sum > 0.1)
    } finally {
      delay.stop()
    }
  })
})
