import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const lifetime = join(import.meta.dirname, '..', '..', 'bin', 'lifetime.ts')

describe('a child of carrel start', function () {
  this.timeout(300_000)

  it('ends also when its supervisor has ended before the child could listen for it', async () => {
    const program = `
      process.once('disconnect', async () => {
        const { runUntilStopped } = await import(${JSON.stringify(lifetime)})
        const said = []
        const log = { info: (fields) => said.push(fields.reason) }
        await runUntilStopped(log, async () => ({ stop: async () => {} }))
        process.exit(said[0] === 'the supervisor is gone' || said.length === 0 ? 0 : 1)
      })
      // The timer keeps the process alive, so that only the lost supervisor can end it.
      setInterval(() => {}, 1000)
    `
    const child = fork('-e', [program], { execPath: process.execPath, execArgv: [], stdio: ['ignore', 2, 2, 'ipc'] })
    after(() => child.kill('SIGKILL'))
    child.disconnect()
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })
})
