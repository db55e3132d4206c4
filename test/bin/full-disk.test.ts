import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openLog } from '../../bin/logging.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Returns the heap in use after a garbage collection, since the amount of garbage is random. */
function held(): number {
  collect()
  return process.memoryUsage().heapUsed
}

describe('a log on a full disk', () => {
  it('loses lines, but neither throws nor needs more memory', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const log = await openLog('proxy', { logLevel: 'info', logFile: '/dev/full', logMegabytes: 10, logKeep: 9 })
    const before = held()
    for (let line = 0; line < 20_000; line += 1) log.info({ path: 'x'.repeat(500) }, 'request')
    assert.ok(held() - before < 40e6)
  })
})
