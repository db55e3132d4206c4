import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDir } from '../../helpers/carrel.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { createHttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../hub/people.ts'

onEachDatabase('commands to a hub: carrel sweep', (makeDatabase) => {
  let hub: TestHub
  const world = () => hub.world
  const start = async (name: string) => {
    const spec = {
      hash: 'x',
      course: 'demo',
      user: 'ann',
      image: '',
      command: [],
      env: {},
      limits: {},
      gpu: false,
      bundles: [],
    }
    const spawner = await quickSpawner(world()).open({} as never)
    const context = {
      signal: new AbortController().signal,
      report: () => undefined,
      record: async () => undefined,
      bundle: noBundle,
    }
    await spawner.start({ ...spec, server: name, run: 1 }, context)
  }
  beforeEach(async () => {
    const config = { authenticators: visitorsAndPeople(), admins: ['root'] }
    hub = await startTestHub({ database: await makeDatabase(), world: createFakeServers(), config })
    const browser = hub.browser()
    await browser.follow(await browser.open('/tmplogin?course=demo'))
    await start('nobodysserver12')
  })
  afterEach(async () => {
    await hub.stop()
    await hub.world.close()
  })

  const sweep = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'sweep', '--data', hub.dataDir, ...args]
      const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })

  it('shows objects without a server and removes nothing', async () => {
    const { code, out } = await sweep()
    assert.equal(code, 0)
    assert.match(
      out,
      /^2 found, 1 of them without a server:\n {2}carrel-nobodysserver12-1 \(running\)\nNothing was removed/,
    )
    assert.equal(hub.world.objects.size, 2)
    assert.equal(JSON.parse((await sweep('--json')).out).orphans[0].server, 'nobodysserver12')
  })

  it('removes only those objects when it is told to, more than the hub removes at once, and says by whom', async () => {
    for (let count = 0; count < 24; count += 1) await start(`nobodysserver${String(count + 20)}`)
    const { code, out } = await sweep('--yes')
    assert.equal(code, 0)
    assert.match(out, /^26 found, 25 of them without a server:/)
    assert.equal(out.split(' – removed').length, 26)
    assert.equal(hub.world.objects.size, 1)
    assert.equal((await sweep()).out, '1 found, 0 of them without a server.\n')
    assert.ok(hub.log.some((line) => line.includes('removing an object') && line.includes('"by":"operator"')))
  })

  it('removes nothing that belongs to a server, whatever a caller names', async () => {
    const root = hub.browser()
    await root.submit('/hub/login/local', { username: 'root', password: 'right' })
    const { text } = await root.submit('/hub/token', { note: 'tests', days: '7' })
    const call = async (token: string, body: object) =>
      createHttpBrowser(hub.address).fetch('/hub/api/sweep', {
        method: 'POST',
        headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const token = /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
    const own = [...hub.world.objects.keys()].find((name) => !name.includes('nobodysserver')) ?? ''
    const names = [own, 'carrel-nothing-1']
    assert.deepEqual((await call(token, { names })).json(), { removed: [], failed: [], kept: names })
    assert.equal(hub.world.objects.size, 2)
    for (const body of [{}, { names: [] }, { names: Array(21).fill('x') }, { all: true }]) {
      assert.equal((await call(token, body)).status, 400)
    }
    assert.equal((await call(secrets.cullerToken, { names })).status, 403)
  })

  it('says that no hub runs, where none does', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'carrel-none-'))
    try {
      const { code, err } = await sweep('--data', empty)
      assert.equal(code, 1)
      assert.match(err, /no hub runs here with the data folder/)
    } finally {
      await rm(empty, { recursive: true })
    }
  })
})
