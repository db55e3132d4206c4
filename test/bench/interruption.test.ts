import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, unlessAborted } from '../../bench/interruption.ts'
import { projectDir } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'

/** Returns the command line of a process; nothing once it has ended, as the small tools of the benchmark soon do. */
function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

describe('an interrupted benchmark', () => {
  let bench: ChildProcess
  let started: number[] = []

  beforeEach(async function () {
    if (process.platform !== 'linux') return this.skip()
    const args = ['proxy', '--alone', '--scenarios', '1', '--rounds', '100']
    bench = spawn(process.execPath, [join(projectDir, 'bench', 'bench.ts'), ...args], { stdio: 'ignore' })
    const lasting = /carrel\.js|backend\.ts|load\.ts/
    started = await until(() => {
      const found = childrenOf(bench.pid ?? 0).filter((pid) => lasting.test(programOf(pid)))
      return found.length === 4 && found
    }, 'two proxies, their server and the load generator')
  })
  afterEach(() => {
    bench.kill('SIGKILL')
    for (const pid of started.filter((pid) => isThere(pid))) process.kill(pid, 'SIGKILL')
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends with all that it has started at ${signal}, also when a scenario hangs`, async () => {
      const backend = started.find((pid) => programOf(pid).includes('backend.ts')) ?? 0
      // The server answers nothing any more.
      process.kill(backend, 'SIGSTOP')
      const ended = once(bench, 'exit')
      bench.kill(signal)
      assert.deepEqual(await ended, [1, null])
      assert.deepEqual(started.filter(isThere), [])
    })
  }
})

describe('a wait that an interruption ends', () => {
  it('gives what it waits for, or the reason of the interruption', async () => {
    const interrupted = new AbortController()
    assert.equal(await unlessAborted(interrupted.signal, Promise.resolve(1)), 1)
    const waiting = unlessAborted(interrupted.signal, new Promise(() => undefined))
    interrupted.abort(new Error('interrupted'))
    await assert.rejects(waiting, /^Error: interrupted$/)
  })
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
