import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Writes many lines in each turn of its event loop, as a busy worker of a proxy does. */
const program = `
  import { openLog } from ${JSON.stringify(join(import.meta.dirname, '../../bin/logging.ts'))}
  const log = await openLog('proxy', { logLevel: 'info', logMegabytes: 10, logKeep: 9 })
  for (let turn = 0; turn < 100; turn += 1) {
    for (let line = 0; line < 60; line += 1) log.info({ path: 'é'.repeat(line * 3) }, 'request')
    await new Promise(setImmediate)
  }
`

describe('the log of several processes in one pipe', () => {
  it('has every line whole', async () => {
    const one = `"$0" --input-type=module --eval "$1"`
    const shell = spawn('sh', ['-c', `{ ${one} & ${one} & wait; } | cat`, process.execPath, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = (await text(shell.stdout)).trimEnd().split('\n')
    for (const line of lines) assert.equal((JSON.parse(line) as { msg: string }).msg, 'request')
    assert.equal(lines.length, 12_000)
  })
})
