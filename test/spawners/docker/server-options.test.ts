import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { containerName } from '../../../spawners/docker/labels.ts'
import type { SpawnError, Spawner } from '../../../spawners/spawner.ts'
import { docker, dockerMissing, loadedImage } from '../../helpers/engines/docker.ts'
import { freeSubnet } from '../../helpers/engines/free-subnet.ts'
import { outsideMissing, startOutside } from '../../helpers/engines/outside.ts'
import { newSpec, startContext, webServer } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { type Desk, openDesk } from './files/desk.ts'

/** Looks from inside of servers that have options of their own, beside servers that have none. */
describe('the options of one server at the real engine', function () {
  this.timeout(300_000)
  let image: string
  let desk: Desk

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
  })
  beforeEach(async () => {
    desk = await openDesk({ labels: { site: 'x' } })
  })
  afterEach(() => desk.clear())

  const inside = (script: string, options?: Record<string, unknown>) =>
    desk.served(image, script, options && { options })
  const inspect = (spec: { server: string; run: number }) => docker.getContainer(containerName(spec)).inspect()

  const rows: [what: string, options: Record<string, unknown>, script: string, own: RegExp, usual: RegExp][] = [
    ['open files', { openFiles: 300 }, 'ulimit -n', /^300$/, /^8192$/],
    ['shared memory', { sharedMemory: '7Mi' }, 'busybox df -k /dev/shm | tail -n 1', / 7168 /, / 65536 /],
    [
      'user and group',
      { user: '4000:4001', groups: [44, 45] },
      'id',
      /uid=4000 gid=4001 groups=44,45/,
      /uid=1000\(jovyan\)/,
    ],
    ['capabilities', { capabilities: ['NET_RAW'] }, "awk '/^CapBnd/ {print $2}' /proc/self/status", /^0+2000$/, /^0+$/],
    ['new privileges', { newPrivileges: true }, "awk '/^NoNewPrivs/ {print $2}' /proc/self/status", /^0$/, /^1$/],
    [
      'folders',
      { writable: ['/tmp'] },
      'if echo > /home/jovyan/x; then echo written; fi 2>&1',
      /Read-only/,
      /^written$/,
    ],
    [
      'processes',
      { pidsLimit: 50 },
      'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2> /dev/null',
      /^50$/,
      /^1024$/,
    ],
    [
      'devices',
      { devices: [{ source: '/dev/zero', path: '/dev/fast' }] },
      'busybox ls /dev',
      /\bfast\b/,
      /^(?!.*fast)/,
    ],
  ]
  for (const [what, options, script, own, usual] of rows) {
    it(`are its own for ${what}, and no other’s`, async () => {
      assert.match((await inside(script, options)).join(' '), own)
      assert.match((await inside(script)).join(' '), usual)
    })
  }

  it('are its labels in place of all of the spawner, and never Carrel’s own', async () => {
    const spec = newSpec(image, webServer, { options: { labels: { course: 'y' } } })
    await desk.spawner.start(spec, startContext())
    const { Labels } = (await inspect(spec)).Config
    assert.deepEqual([Labels.course, Labels.site, Labels['carrel.server']], ['y', undefined, spec.server])
    for (const name of ['carrel.server', 'carrel.run', 'carrel.installation-id']) {
      const forged = newSpec(image, webServer, { options: { labels: { [name]: '1' } } })
      const error = await failure(desk.spawner, forged)
      assert.match(String(error.detail), /labels that start with carrel\. are Carrel's own/)
      await assert.rejects(inspect(forged), { statusCode: 404 })
    }
  })

  it('are folders and volumes that no other server sees', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    try {
      await writeFile(join(folder, 'data'), 'a data set')
      await chmod(folder, 0o755)
      const script = 'cat /srv/sets/data 2> /dev/null || echo nothing'
      const mounts = [{ source: folder, path: '/srv/sets' }]
      assert.deepEqual(await inside(script, { mounts }), ['a data set'])
      assert.deepEqual(await inside(script), ['nothing'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('are refused where they would give it the engine or the machine', async () => {
    for (const options of [
      { mounts: [{ source: '/var/run/docker.sock', path: '/srv/x' }] },
      { mounts: [{ source: '/', path: '/srv/x' }] },
      { devices: [{ source: '/dev/mem' }] },
      { host: 'tcp://127.0.0.1:1' },
      { network: 'host' },
      { privileged: true },
    ]) {
      const spec = newSpec(image, webServer, { options })
      const error = await failure(desk.spawner, spec)
      assert.deepEqual([error.name, error.lasts], ['SpawnError', true], JSON.stringify(options))
      await assert.rejects(inspect(spec), { statusCode: 404 })
    }
  })

  it('are refused where they would show it what the hub keeps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    const { installation } = desk
    const context = { installation, dataDir: join(folder, 'data'), hubUrl: '', serversUrl: '', warn: () => undefined }
    try {
      const hub = await dockerSpawner().open(context)
      const spec = newSpec(image, webServer, { options: { mounts: [{ source: folder, path: '/srv/x' }] } })
      assert.match(String((await failure(hub, spec)).detail), /what the hub keeps in/)
      await assert.rejects(inspect(spec), { statusCode: 404 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('are a runtime, a device and a limit that the engine has or refuses, for a reason that lasts', async () => {
    for (const [options, why] of [
      [{ runtime: 'absent' }, /runtime.*absent/i],
      [{ devices: [{ source: '/dev/absent' }] }, /\/dev\/absent/],
      [{ disk: '100Mi' }, /storage-opt/],
    ] as const) {
      const error = await failure(desk.spawner, newSpec(image, webServer, { options }))
      assert.match(String(error.detail), why)
      assert.equal(error.lasts, true)
    }
    assert.deepEqual(await inside('echo ran', { runtime: 'runc' }), ['ran'])
  })

  it('are the calls of the kernel that it may make, by a profile that is read at each start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    const file = join(folder, 'profile.json')
    const script = 'busybox mkdir /tmp/new 2> /dev/null && echo made || echo refused'
    const denied = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }
    try {
      await writeFile(file, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [denied] }))
      assert.deepEqual(await inside(script, { seccomp: file }), ['refused'])
      assert.deepEqual(await inside(script), ['made'])
      for (const wrong of ['{', '{}', '[]', 'null', '{"defaultAction":"ALLOW"}']) {
        await writeFile(file, wrong)
        const spec = newSpec(image, webServer, { options: { seccomp: file } })
        const error = await failure(desk.spawner, spec)
        assert.deepEqual([error.lasts, error.detail?.includes(file)], [true, true], wrong)
        await assert.rejects(inspect(spec), { statusCode: 404 })
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('give a home to its own user, and to the next one', async () => {
    const home = await desk.newHome()
    const script = 'echo x > file && busybox stat -c %u . file'
    assert.deepEqual(await desk.served(image, script, { home, options: { user: '4000' } }), ['4000', '4000'])
    assert.deepEqual(await desk.served(image, script, { home }), ['1000', '1000'])
    assert.deepEqual(await desk.served(image, script, { home, options: { user: '4000:7' } }), ['4000', '4000'])
  })

  describe('with secrets', () => {
    let folder: string
    let file: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
      file = join(folder, 'api-key')
    })
    afterEach(() => rm(folder, { recursive: true }))

    it('reads them at each start, and shows them in its environment only', async () => {
      for (const secret of ['open sesame', 'open barley']) {
        await writeFile(file, `${secret}\n`)
        const options = { secretEnv: { API_KEY: file } }
        assert.deepEqual(await inside('echo $API_KEY', options), [secret])
        const seen: unknown[] = []
        const spec = newSpec(image, webServer, { options })
        const context = startContext({ report: (one) => seen.push(one), record: async (one) => void seen.push(one) })
        const started = await desk.spawner.start(spec, context)
        const { Config, ...rest } = await inspect(spec)
        const { Env, ...config } = Config
        assert.ok(Env.includes(`API_KEY=${secret}`))
        const others = JSON.stringify([seen, started, rest, config, await desk.spawner.list(), spec])
        assert.doesNotMatch(others, /sesame|barley/)
      }
    })

    it('leaves a variable of the course as the course says', async () => {
      await writeFile(file, 'secret')
      const options = { secretEnv: { JUPYTER_TOKEN: file } }
      assert.deepEqual(await desk.served(image, 'echo $JUPYTER_TOKEN', { options, env: { JUPYTER_TOKEN: 'hub' } }), [
        'hub',
      ])
    })

    it('does not start without them, and makes nothing', async () => {
      const spec = newSpec(image, webServer, { options: { secretEnv: { API_KEY: file } } })
      const error = await failure(desk.spawner, spec)
      assert.equal(error.lasts, true)
      assert.ok(error.detail?.includes(file))
      assert.equal(error.message.includes(file), false)
      await assert.rejects(inspect(spec), { statusCode: 404 })
    })
  })

  describe('without internet, beside others that have it', () => {
    const knock = (address: string) =>
      `if echo GET / | nc -w 2 ${address} 8888 > /dev/null 2>&1; then echo open; else echo closed; fi`
    const answers = async (url: string) => (await until(() => fetch(url).catch(() => undefined), url)).status
    const networksOf = () =>
      docker.listNetworks({ filters: { label: [`carrel.installation-id=${desk.installation.id}`] } })

    async function startWeb(options: Record<string, unknown>, spawner = desk.spawner) {
      const spec = newSpec(image, webServer, { options })
      const { url } = await spawner.start(spec, startContext())
      const { NetworkSettings, HostConfig } = await inspect(spec)
      const [[network = '', { IPAddress = '' }] = ['', {}]] = Object.entries(NetworkSettings.Networks)
      return { spec, url, network, address: IPAddress, ports: HostConfig.PortBindings }
    }

    it('has a network of its own kind with no way out, is reached by the hub, and reaches none of them', async () => {
      const open = await startWeb({})
      const closed = await startWeb({ internet: false })
      const second = await startWeb({ internet: false })
      assert.equal(closed.network, `${open.network}-offline`)
      assert.equal(second.network, closed.network)
      assert.deepEqual([open.ports === null, closed.ports], [false, null])
      assert.deepEqual([new URL(open.url).hostname, new URL(closed.url).hostname], ['127.0.0.1', closed.address])
      for (const { url } of [open, closed, second]) assert.equal(await answers(url), 200)

      const others = [open, closed, second].map(({ address }) => knock(address)).join('\n')
      assert.deepEqual(await inside(others), ['closed', 'closed', 'closed'])
      assert.deepEqual(await inside(others, { internet: false }), ['closed', 'closed', 'closed'])
      assert.deepEqual((await networksOf()).map(({ Internal }) => Internal).sort(), [false, true])
    })

    it('does not reach a computer outside, while others do', async function () {
      requirePart(this, 'docker', await outsideMissing())
      const outside = await startOutside()
      try {
        const ask = `nc -w 2 ${outside.address} ${outside.port} 2> /dev/null || echo nothing`
        assert.deepEqual(await inside(ask), ['hello'])
        assert.deepEqual(await inside(ask, { internet: false }), ['nothing'])
      } finally {
        await outside.close()
      }
    })

    it('has internet where the spawner gives others none', async () => {
      await desk.clear()
      const subnet = await freeSubnet()
      desk = await openDesk({ internet: false, subnet: `${subnet}.0/24` })
      const closed = await startWeb({})
      const open = await startWeb({ internet: true })
      assert.equal(open.network, `${closed.network}-internet`)
      assert.deepEqual([new URL(open.url).hostname, closed.address.startsWith(`${subnet}.`)], ['127.0.0.1', true])
      for (const { url } of [open, closed]) assert.equal(await answers(url), 200)
    })

    it('has its network made when the first starts, one for two hubs, and anew when it was removed', async () => {
      assert.equal((await networksOf()).length, 1)
      const hub = await openDesk({}, desk.installation)
      const spawners = [desk.spawner, hub.spawner, desk.spawner, hub.spawner]
      const started = await Promise.all(spawners.map((spawner) => startWeb({ internet: false }, spawner)))
      assert.equal((await networksOf()).length, 2)
      for (const { spec } of started) await desk.spawner.stop(spec, undefined, { graceSeconds: 0 })
      await docker.getNetwork(started[0]?.network ?? '').remove()
      assert.equal(await answers((await startWeb({ internet: false })).url), 200)
    })

    it('is adopted, polled and stopped as others are', async () => {
      const { spec, url } = await startWeb({ internet: false })
      const again = await desk.spawner.start(spec, startContext())
      assert.deepEqual([again.adopted, again.url], [true, url])
      assert.deepEqual(await desk.spawner.poll(spec, again.state), { state: 'running' })
      await desk.spawner.stop(spec, again.state, { graceSeconds: 0 })
      assert.deepEqual(await desk.spawner.list(), [])
    })
  })

  it('tells the image that the server runs, also when its name means another one by then', async () => {
    const { Id } = await docker.getImage(image).inspect()
    const name = `carrel.test/moving-${desk.installation.id}`
    await docker.getImage(image).tag({ repo: name, tag: '1' })
    try {
      const spec = newSpec(`${name}:1`, webServer)
      assert.equal((await desk.spawner.start(spec, startContext())).image, Id)
      await docker.getImage(await loadedImage('plain')).tag({ repo: name, tag: '1' })
      const again = await desk.spawner.start(spec, startContext())
      assert.deepEqual([again.adopted, again.image], [true, Id])
    } finally {
      await docker.getImage(`${name}:1`).remove()
    }
  })
})

async function failure(spawner: Spawner, spec: Parameters<Spawner['start']>[0]): Promise<SpawnError> {
  return spawner.start(spec, startContext()).then(
    () => assert.fail('it started'),
    (error: SpawnError) => error,
  )
}
