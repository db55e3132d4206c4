import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { openLog } from '../../bin/logging.ts'

describe('a log on a full disk', () => {
  it('loses lines, and neither throws nor grows', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const log = await openLog('proxy', { 'log-level': 'info', 'log-file': '/dev/full' })
    global.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let line = 0; line < 20_000; line += 1) log.info({ path: 'x'.repeat(500) }, 'request')
    assert.ok(process.memoryUsage().heapUsed - before < 40e6)
  })
})
