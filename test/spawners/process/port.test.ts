import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { portProblem, runAddress } from '../../../spawners/process/port.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import { makeRun } from '../../../spawners/process/run.ts'
import type { ServerKey, SpawnError } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { until } from '../../helpers/until.ts'
import { describeSpawner, statusOf } from '../contract.ts'
import { contextOf, key, node, processesOf, processWorld, specOf } from './world.ts'

describeSpawner('process spawner with programs that listen on ports', 2, async () => ({
  ...(await processWorld()),
  only: 'port',
}))

describe('a server on a port', () => {
  let dataDir: string
  let runDir: string
  const warnings: string[] = []

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
    warnings.length = 0
  })
  afterEach(async () => {
    const spawner = await open()
    for (const found of await spawner.list()) await spawner.stop(found, undefined, { graceSeconds: 0 })
    await rm(runDir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  const open = () => processSpawner().open(contextOf(dataDir, { warn: (message) => warnings.push(message) }))
  const context = {
    signal: new AbortController().signal,
    report: () => undefined,
    record: async () => undefined,
    bundle: noBundle,
  }
  /** Returns the spec of a program that answers at the address of its run. */
  function specOn(run: ServerKey) {
    const { ip, port } = runAddress(run)
    const program = node(`http.createServer((_, r) => r.end()).listen(${port}, '${ip}')`)
    return specOf(program, { ...run, listen: { ip, port } })
  }

  it('is at an address that follows from server and run alone, of this machine, where no system gives out ports', () => {
    const runs = Array.from({ length: 3000 }, (_, index) => ({ server: key.server, run: index + 1 }))
    const found = runs.map(runAddress)
    assert.deepEqual(found, runs.map(runAddress))
    assert.ok(found.every(({ ip, port }) => ip === '127.0.0.1' && port >= 10_000 && port < 30_000))
    assert.ok(new Set(found.map(({ port }) => port)).size > 2500)
    assert.ok(runs.every((_, index) => found[index]?.port !== found[index + 1]?.port))
  })

  it('does not start where another program answers, and the next run does', async () => {
    const { ip, port } = runAddress(key)
    const other = createServer().listen(port, ip)
    await once(other, 'listening')
    try {
      const spawner = await open()
      const error = await spawner.start(specOn(key), context).then(
        () => undefined,
        (error: SpawnError) => error,
      )
      assert.equal(error?.name, 'SpawnError')
      assert.equal(error?.lasts, false)
      assert.match(error?.message ?? '', /taken by another program/)
      assert.match(error?.detail ?? '', new RegExp(`port ${port} of 127\\.0\\.0\\.1 .*next start`))
      assert.deepEqual(await processesOf(key.server), [])
      const next = { ...key, run: key.run + 1 }
      const { url } = await spawner.start(specOn(next), context)
      assert.notEqual(url, `http://${ip}:${port}`)
      await until(async () => (await statusOf(url).catch(() => 0)) === 200)
    } finally {
      other.close()
    }
  })

  it('does not start on the port of another run, which may not answer yet', async () => {
    const { port } = runAddress(key)
    const installation = { name: 'carrel-test', id: 'anotherone' }
    await makeRun(runDir, { installation, server: 'anotherserver', run: 4, hash: 'h', bundles: [], port })
    assert.match((await portProblem(runDir, key))?.detail ?? '', /taken by run anotherserver-4/)
    assert.equal(await portProblem(runDir, { ...key, run: key.run + 1 }), undefined)
  })

  it('warns once of each course that others reach the port, and of none with a socket', async () => {
    const spawner = await open()
    await spawner.start(specOf(node('setInterval(() => {}, 1000)')), context)
    assert.deepEqual(warnings, [])
    for (const run of [2, 3]) await spawner.start(specOn({ ...key, run }), context)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /course demo listens on a port, which every account of this machine reaches/)
  })
})
