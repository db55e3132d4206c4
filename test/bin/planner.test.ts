import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identifyProcess, isAlive } from '../../net/machine/process-identity.ts'
import { projectDir, startCarrel } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'
import { configText } from './world.ts'

/** A config whose spawner is prepared only when it is broken off. Says so, and with which process. */
const endless = configText.replace(
  'prepare: undefined',
  `prepare: ({ report, signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      report('broken off')
      reject(signal.reason)
    })
    setInterval(() => undefined, 1000)
    report('preparing in process ' + process.pid)
  })`,
)

describe('the planner of carrel start', function () {
  this.timeout(300_000)
  let folder: string
  const running: ChildProcess[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-planner-'))
  })
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  function start(...args: string[]) {
    const file = join(folder, 'carrel.config.ts')
    const all = ['start', '--port', '0', '--data', join(folder, 'data'), '--config', file, ...args]
    const child = spawn(process.execPath, [join(projectDir, 'bin', 'carrel.js'), ...all], { cwd: projectDir })
    running.push(child)
    const seen = { child, output: '' }
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        seen.output += chunk
      })
    }
    return seen
  }
  const prepare = async () => {
    await writeFile(join(folder, 'carrel.config.ts'), endless)
    const carrel = start()
    const pid = Number(await until(() => /preparing in process (\d+)/.exec(carrel.output)?.[1]))
    const planner = (await identifyProcess(pid)) ?? assert.fail('the planner has ended')
    return { carrel, planner }
  }

  /** Returns the commands of a process's children. */
  const childrenOf = async (pid: number | undefined) => {
    const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean)
    const lines = await Promise.all(pids.map((each) => readFile(`/proc/${each}/cmdline`, 'utf8').catch(() => '')))
    return lines.map((line) => line.split('\0')[2]).sort()
  }

  it('is not there any more when everything is up, nor is the culler when its round is over', async () => {
    const carrel = await startCarrel({ config: configText })
    try {
      const log = join(carrel.dataDir, 'data', 'logs', 'culler.log')
      await until(async () => (await readFile(log, 'utf8').catch(() => '')).includes('round ended'))
      await until(async () => (await childrenOf(carrel.child.pid)).length === 2)
      assert.deepEqual(await childrenOf(carrel.child.pid), ['hub', 'proxy'])
    } finally {
      await carrel.stop()
    }
  })

  it('breaks off at Ctrl-C, and the start ends with 130 and leaves the data folder free', async () => {
    const { carrel, planner } = await prepare()
    carrel.child.kill('SIGINT')
    assert.deepEqual(await once(carrel.child, 'close'), [130, null])
    assert.match(carrel.output, /broken off/)
    assert.equal(await isAlive(planner), false)
    await (await startCarrel({ config: configText, dataDir: folder })).stop()
  })

  it('breaks off when the supervisor is killed, and the next start waits for its end', async () => {
    const { carrel, planner } = await prepare()
    carrel.child.kill('SIGKILL')
    await once(carrel.child, 'exit')
    const next = await startCarrel({ config: configText, dataDir: folder })
    assert.equal(await isAlive(planner), false)
    await next.stop()
  })

  it('ends the start when it is killed', async () => {
    const { carrel, planner } = await prepare()
    process.kill(planner.pid, 'SIGKILL')
    assert.deepEqual(await once(carrel.child, 'close'), [1, null])
    assert.match(carrel.output, /ended by SIGKILL/)
  })

  it('reports mistakes with the exit codes of a command, before it makes anything', async () => {
    await writeFile(join(folder, 'carrel.config.ts'), 'export default { courses: 7 }')
    const wrong = start()
    assert.deepEqual(await once(wrong.child, 'close'), [1, null])
    assert.match(wrong.output, /carrel: .*carrel\.config\.ts has \d+ problems/)
    const mistyped = start('--prot', '1')
    assert.deepEqual(await once(mistyped.child, 'close'), [2, null])
    assert.match(mistyped.output, /--prot.*\n.*--port|See carrel start --help/)
    const help = start('--help')
    assert.deepEqual(await once(help.child, 'close'), [0, null])
    assert.match(help.output, /Usage: carrel start /)
    assert.equal(existsSync(join(folder, 'data')), false)
    assert.deepEqual(await readdir(folder), ['carrel.config.ts'])
  })
})
