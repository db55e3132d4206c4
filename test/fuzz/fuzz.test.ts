import assert from 'node:assert/strict'
import type { FuzzWorld } from './cast/world.ts'
import { described, type Exchange } from './exchange.ts'
import { exchangeOf } from './grammar/grammar.ts'
import { placeholder } from './placeholders.ts'
import { type FuzzOptions, type FuzzReport, fuzz, shown } from './run.ts'

describe('the fuzzer', () => {
  const short = { seed: 20_261_128, first: 0, exchanges: 2560, seconds: 60, findings: 3, report: () => undefined }

  it('finds nothing that harms hub, proxy or a bystander', async function () {
    this.timeout(300_000)
    // Allows more than usual, since coverage and other programs slow each message down.
    const report = await fuzz({ ...short, costMilliseconds: 40 })
    assert.deepEqual(report.findings.map(shown), [])
    // Exchanges reached the code behind the first refusals.
    for (const status of ['101', '200', '303', '400', '403', '404', '421']) {
      assert.ok(report.statuses.has(status), `nothing was answered with ${status}`)
    }
  })

  it('makes the same exchange from a number each time, and another one from another number or seed', () => {
    const texts = [exchangeOf(1, 7), exchangeOf(1, 7), exchangeOf(1, 8), exchangeOf(2, 7)].map(described)
    assert.equal(texts[0], texts[1])
    assert.equal(new Set(texts).size, 3)
  })

  it('makes exchanges for every listener and every subject', () => {
    const exchanges = Array.from({ length: 500 }, (_, number) => exchangeOf(1, number))
    assert.deepEqual(new Set(exchanges.map(({ door }) => door)), new Set(['proxy', 'routes', 'hub', 'internal']))
    assert.deepEqual(
      new Set(exchanges.map(({ subject }) => subject)),
      new Set([
        ...[
          'request',
          'answer',
          'pipeline',
          'WebSocket',
          'hub behind the proxy',
          'hub',
          'internal listener',
          'routes API',
        ],
        ...['long', 'noise'],
      ]),
    )
  })

  describe('finds, repeats and shortens', () => {
    const run = (harms: Harms, more: Partial<FuzzOptions> = {}): Promise<FuzzReport> =>
      fuzz({ ...short, exchanges: 64, findings: 1, patience: 0.2, open: async () => pretendedWorld(harms), ...more })
    const isLong = (exchange: Exchange) => textOf(exchange).includes(placeholder('forged token'))

    it('an exchange that ends a process', async () => {
      const { findings, worlds } = await run({ ends: isLong })
      const [finding] = findings
      assert.equal(finding?.harm.kind, 'ended')
      assert.equal(finding?.numbers.length, 1)
      assert.match(finding?.smallest ?? '', /"[^"]{0,10}<forged token>[^"]{0,10}"/)
      assert.ok(worlds > 1)
      const again = await run({ ends: isLong }, { first: finding?.numbers[0] ?? 0, exchanges: 1 })
      assert.deepEqual(again.findings[0]?.harm, finding?.harm)
    })

    it('an exchange that costs too much', async () => {
      const { findings } = await run({ costs: (exchange) => (isLong(exchange) ? 1000 : 1) })
      assert.equal(findings[0]?.harm.kind, 'cost')
      assert.equal(findings[0]?.numbers.length, 1)
    })

    it('an exchange that leaves something open, or disturbs the bystander', async () => {
      assert.equal((await run({ leaves: isLong })).findings[0]?.harm.kind, 'open')
      assert.equal((await run({ disturbs: isLong })).findings[0]?.harm.kind, 'bystander')
    })

    it('nothing when many cheap exchanges cost much together', async () => {
      assert.deepEqual((await run({ costs: () => 5 })).findings, [])
    })
  })
})

interface Harms {
  ends?: (exchange: Exchange) => boolean
  leaves?: (exchange: Exchange) => boolean
  disturbs?: (exchange: Exchange) => boolean
  costs?: (exchange: Exchange) => number
}

/** Pretends to be hub and proxy, and is harmed by the exchanges that a test names. */
function pretendedWorld({ ends, leaves, disturbs, costs }: Harms): FuzzWorld {
  const state = { ended: false, disturbed: false, cpu: 0, open: 10 }
  return {
    processes: [
      {
        name: 'pretender',
        pid: 1,
        ready: undefined,
        ended: () => (state.ended ? 'ended' : undefined),
        complaints: () => [],
        figures: async () => ({ cpu: state.cpu, heap: 0, resident: 0, open: state.open }),
        files: async () => undefined,
        stop: async () => undefined,
      },
    ],
    bystander: {
      async work() {
        if (state.disturbed) throw new Error('its WebSocket was closed')
      },
      close: () => undefined,
    },
    async play(exchange) {
      state.ended ||= ends?.(exchange) ?? false
      state.disturbed ||= disturbs?.(exchange) ?? false
      state.cpu += costs?.(exchange) ?? 0
      if (leaves?.(exchange)) state.open += 1000
      return { statuses: [], text: '' }
    },
    cut: () => undefined,
    tidy: async () => undefined,
    stop: async () => undefined,
  }
}

function textOf({ client }: Exchange): string {
  return client.map((act) => ('write' in act ? act.write : '')).join('')
}
