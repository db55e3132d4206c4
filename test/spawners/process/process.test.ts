import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { identifyProcess } from '../../../net/machine/process-identity.ts'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import { runFolder } from '../../../spawners/process/run-folder.ts'
import type { OpenContext, ServerSpec, SpawnError } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { until } from '../../helpers/until.ts'
import { describeSpawner } from '../contract.ts'
import { contextOf, ended, key, node, processesOf, processWorld, specOf } from './world.ts'

describeSpawner('process spawner', 2, processWorld)

describe('process spawner', () => {
  let dataDir: string
  let runDir: string

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
  })

  afterEach(async () => {
    const spawner = await open()
    for (const key of await spawner.list()) await spawner.stop(key, undefined, { graceSeconds: 0 })
    await rm(runDir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  const open = (context: Partial<OpenContext> = {}) => processSpawner().open(contextOf(dataDir, context))
  const context = {
    signal: new AbortController().signal,
    report: () => undefined,
    record: async () => undefined,
    bundle: noBundle,
  }
  const workspace = () => join(dataDir, 'workspaces', key.server)

  /** Runs a program to its end and returns its output. */
  async function run(script: string, more: Partial<ServerSpec> = {}): Promise<string> {
    const spawner = await open()
    await spawner.start(specOf(node(script), more), context)
    return (await ended(spawner, key)).lines?.join('\n') ?? ''
  }

  it('refuses public addresses other than loopback', async () => {
    for (const url of ['https://hub.example.org', 'http://192.168.1.5:8000', 'http://localhost.example.org']) {
      await assert.rejects(open({ hubUrl: url }), /hub\.url is http.*dockerSpawner/s)
      await assert.rejects(open({ serversUrl: url }), /servers\.url is/)
    }
    for (const url of [
      'http://127.0.0.1:1',
      'http://[::1]:1',
      'http://localhost',
      'https://nb.localhost:1',
      'https://*.nb.localhost:1',
    ]) {
      await open({ hubUrl: url, serversUrl: url })
    }
  })

  it('refuses a run directory that is open to others, or is a link', async () => {
    await chmod(runDir, 0o755)
    await assert.rejects(open(), /closed to others/)
    await chmod(runDir, 0o700)
    const elsewhere = join(dataDir, 'elsewhere')
    await mkdir(elsewhere)
    await symlink(dataDir, join(elsewhere, basename(runDir).replace(/-\d+-/, '-')))
    await assert.rejects(openRunDir(dataDir, { XDG_RUNTIME_DIR: elsewhere }), /must be a folder that belongs to you/)
  })

  it('keeps the paths of sockets short, also with a long runtime directory', async () => {
    const deep = join(dataDir, 'd'.repeat(80))
    await mkdir(deep)
    assert.equal(await openRunDir(dataDir, { XDG_RUNTIME_DIR: deep }), runDir)
  })

  it("gives a server the course's environment, and no secret of the hub", async () => {
    process.env.CARREL_KEYS = 'not for learners'
    try {
      const seen = JSON.parse(await run('console.log(JSON.stringify(process.env))', { env: { COURSE: 'yes' } }))
      assert.equal(seen.CARREL_KEYS, undefined)
      assert.equal(seen.COURSE, 'yes')
      assert.equal(seen.HOME, process.env.HOME)
      assert.match(seen.PATH, /^[^:]*\/\.jupyter\/bin:/)
      assert.doesNotMatch(seen.PATH, /node_modules/)
    } finally {
      delete process.env.CARREL_KEYS
    }
  })

  it("begins a workspace with a copy of the course's files, and never overwrites a learner's files", async () => {
    const image = join(dataDir, 'image')
    await mkdir(image)
    await writeFile(join(image, 'notebook'), 'from the course')
    const script = "console.log(fs.readFileSync('notebook', 'utf8')); fs.writeFileSync('notebook', 'from the learner')"
    assert.equal(await run(script, { image }), 'from the course')
    assert.equal(await readFile(join(image, 'notebook'), 'utf8'), 'from the course')
    const spawner = await open()
    await spawner.stop(key, undefined, { graceSeconds: 0 })
    assert.equal(await run(script, { image }), 'from the learner')
  })

  it('tells the files with which a server would start: its own, and those that the course adds', async () => {
    const image = join(dataDir, 'image')
    await mkdir(join(image, 'week 1'), { recursive: true })
    await writeFile(join(image, 'week 1', 'a.ipynb'), '')
    const spawner = await open()
    const files = async (folder: string, more = {}) =>
      spawner.filesAtStart?.({ server: key.server, image, ...more }, folder)
    for (const more of [{}, { server: undefined }]) {
      assert.deepEqual(await files('', more), ['week 1'])
      assert.deepEqual(await files('week 1', more), ['a.ipynb'])
      assert.equal(await files('week 2', more), undefined)
    }
    assert.deepEqual(await files('', { image: '' }), [])
    assert.equal(await files('week 1', { image: '' }), undefined)
    await run("fs.writeFileSync('mine', '')", { image })
    assert.deepEqual((await files(''))?.sort(), ['mine', 'week 1'])
  })

  it('removes a workspace with forget, and not before', async () => {
    await run("fs.writeFileSync('mine', '')")
    const spawner = await open()
    await spawner.stop(key, undefined, { graceSeconds: 0 })
    assert.deepEqual(await readdir(workspace()), ['mine'])
    await spawner.forget?.(key.server)
    await spawner.forget?.(key.server)
    assert.deepEqual(await readdir(join(dataDir, 'workspaces')), [])
    await assert.rejects(async () => spawner.forget?.('../secrets'))
  })

  it('fails with the reason when the folder of a course does not exist', async () => {
    const spawner = await open()
    const start = spawner.start(specOf(node(''), { image: join(dataDir, 'none') }), context)
    await assert.rejects(start, (error: SpawnError) => error.name === 'SpawnError' && /none/.test(error.detail ?? ''))
  })

  it('warns once for each course that it enforces no limits', async () => {
    const warnings: string[] = []
    const spawner = await open({ warn: (message) => warnings.push(message) })
    for (const server of ['serverofaaaaa', 'serverofbbbbb']) {
      await spawner.start(specOf(node(''), { server, limits: { memory: 1, cpu: undefined } }), context)
    }
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /memory of course demo/)
  })

  it('kills a server that does not end when it is asked to', async () => {
    const spawner = await open()
    await spawner.start(
      specOf(node("process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(Date, 1e6)")),
      context,
    )
    const { pid } = await pidOf()
    await until(async () => (await logOf()).includes('deaf'))
    await spawner.stop(key, undefined, { graceSeconds: 0.2 })
    assert.equal(await identifyProcess(pid), undefined)
  })

  it('ends programs that a learner started in a session of their own', async function () {
    if (process.platform !== 'linux') this.skip()
    const spawner = await open()
    const script = `const { pid } = child_process.spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
      console.log(pid); setInterval(Date, 1e6)`
    await spawner.start(specOf(node(script)), context)
    await until(async () => /\d+\n/.test(await logOf()))
    const sleeper = Number(await logOf())
    assert.ok(await identifyProcess(sleeper))
    await spawner.stop(key, undefined, { graceSeconds: 2 })
    assert.equal(await identifyProcess(sleeper), undefined)
  })

  it('neither mistakes a later process with the same pid for the server, nor ends it', async () => {
    const spawner = await open()
    await spawner.start(specOf(node('setInterval(Date, 1e6)')), context)
    const { pid: own, file, lines } = await pidOf()
    const server = await identifyProcess(own)
    const strangers: number[] = []
    const startStranger = async () => {
      const { stdout } = await promisify(execFile)('sh', ['-c', 'sleep 1000 >/dev/null 2>&1 & echo $!'])
      strangers.push(Number(stdout))
      return identifyProcess(Number(stdout))
    }
    try {
      // The system counts start times in hundredths of a second, and never gives a pid anew within one of them.
      await until(async () => (await startStranger())?.born !== server?.born)
      const pid = strangers.at(-1) ?? 0
      await writeFile(file, [pid, ...lines.slice(1)].join('\n'))
      assert.equal((await spawner.poll(key, undefined)).state, 'exited')
      await spawner.stop(key, undefined, { graceSeconds: 1 })
      assert.ok(await identifyProcess(pid))
    } finally {
      for (const pid of strangers) process.kill(pid)
    }
  })

  it('reports the exit code of the server, not that of a start that was slower', async () => {
    const spawner = await open()
    const spec = specOf(node('process.exitCode = 7'))
    await Promise.all([spawner.start(spec, context), spawner.start(spec, context), spawner.start(spec, context)])
    assert.equal((await ended(spawner, key)).code, 7)
  })

  it('keeps the end of what a server prints that prints for ever, in little space', async () => {
    const spawner = await open()
    const flood = "for (let i = 0; i < 40; i += 1) fs.writeSync(1, 'x'.repeat(1e6) + '\\n'); console.log('last words')"
    await spawner.start(specOf(node(flood)), context)
    const { lines, code } = await ended(spawner, key)
    assert.equal(code, 0)
    assert.equal(lines?.at(-1), 'last words')
    const folder = runFolder(runDir, key)
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
    assert.ok(Math.max(...sizes) <= 2500 * 4096)
    assert.deepEqual((await readdir(folder)).filter((name) => /^(log|out)/.test(name)).sort(), ['log', 'log.1'])
  })

  it('knows how a server has ended that another hub had started, which has died since', async () => {
    const first = spawn(process.execPath, [join(import.meta.dirname, 'start-and-die.ts'), dataDir, key.server], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await once(first, 'exit')
    await writeFile(join(workspace(), 'end'), '')
    assert.equal(first.signalCode, 'SIGKILL')
    const { code, reason, lines } = await ended(await open(), key)
    assert.deepEqual([code, reason, lines], [3, undefined, ['last words']])
  })

  it('counts a server as ended whose shell was killed, and leaves nothing of it at the stop', async () => {
    const spawner = await open()
    await spawner.start(specOf(node('setInterval(() => {}, 1000)')), context)
    process.kill((await pidOf()).pid, 'SIGKILL')
    assert.deepEqual(await ended(spawner, key), { state: 'exited', lines: [] })
    await spawner.stop(key, undefined, { graceSeconds: 1 })
    assert.deepEqual(await processesOf(key.server), [])
  })

  it('names the signal that ended a server', async () => {
    const spawner = await open()
    await spawner.start(specOf(node("process.kill(process.pid, 'SIGKILL')")), context)
    assert.equal((await ended(spawner, key)).reason, 'killed by SIGKILL')
  })

  it('removes old leftovers of an interrupted start or stop', async () => {
    const [fresh, old] = [join(runDir, '.new-fresh'), join(runDir, '.gone-old')]
    await mkdir(fresh)
    await mkdir(old)
    await promisify(execFile)('touch', ['-t', '202001010000', old])
    await open()
    assert.deepEqual(await readdir(runDir), ['.new-fresh'])
  })

  async function pidOf() {
    const file = join(runFolder(runDir, key), 'pid')
    const lines = (await readFile(file, 'utf8')).split('\n')
    return { file, lines, pid: Number(lines[0]) }
  }

  function logOf(): Promise<string> {
    return readFile(join(runFolder(runDir, key), 'log'), 'utf8')
  }
})
