import assert from 'node:assert/strict'
import { benchProxy } from '../../bench/proxy/proxy.ts'
import { proxyText } from '../../bench/proxy/text.ts'

describe('the benchmark of the proxy', () => {
  it('measures our proxy, also with two workers, and finds no connection that a client has left open', async () => {
    const reports: string[] = []
    const result = await benchProxy({
      rounds: 1,
      only: ['1', 'uploads', 'leave', 'workers'],
      peer: false,
      milliseconds: 50,
      isQuiet: true,
      report: (line) => void reports.push(line),
      signal: new AbortController().signal,
    })
    assert.deepEqual([...result.scenarios.keys()], ['1', 'uploads', 'leave', 'workers'])
    for (const { rounds } of result.scenarios.values()) {
      for (const { perSecond, p50 } of rounds.flatMap((slices) => [...slices.values()]))
        assert.ok(perSecond > 0 && p50 > 0)
    }
    assert.equal(result.stuck, 0)
    assert.match(proxyText(result).join('\n'), /connections left open after their clients: 0/)
    const lines = [...proxyText(result), ...reports].join('\n')
    assert.match(lines, /a request with two workers, of that with one process: \d/)
  })
})
