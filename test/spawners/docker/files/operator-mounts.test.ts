import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerSpawner } from '../../../../spawners/docker/docker.ts'
import { operatorMounts } from '../../../../spawners/docker/files/operator-mounts.ts'
import { type DockerOptionsInput, dockerOptions } from '../../../../spawners/docker/options.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext, testInstallation, webServer } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'

type Mounts = NonNullable<DockerOptionsInput['mounts']>

describe('folders of the operator, as the Docker spawner mounts them', () => {
  const wrong: [what: string, mount: Mounts[number], expected: RegExp][] = [
    ['neither a source nor a volume', { path: '/srv/a' }, /either a source or a volume/],
    ['both', { source: '/data', volume: 'data', path: '/srv/a' }, /either a source or a volume/],
    ['a relative source', { source: 'data', path: '/srv/a' }, /absolute folder/],
    ['a source that goes up', { source: '/data/../etc', path: '/srv/a' }, /absolute folder/],
    ['the whole machine', { source: '/', path: '/srv/a' }, /absolute folder/],
    ['the engine’s socket', { source: '/var/run/docker.sock', path: '/srv/a' }, /the machine itself/],
    ['the folder of the engine’s socket', { source: '/run', path: '/srv/a' }, /the machine itself/],
    ['the sockets of one person', { source: '/run/user/1000', path: '/srv/a' }, /the machine itself/],
    ['another engine', { source: '/var/run/containerd/containerd.sock', path: '/srv/a' }, /the machine itself/],
    ['passwords of the machine', { source: '/etc', path: '/srv/a' }, /the machine itself/],
    ['devices', { source: '/dev/disk', path: '/srv/a' }, /the machine itself/],
    ['a volume of Carrel’s own', { volume: 'carrel-home-abc', path: '/srv/a' }, /own volumes/],
    ['the root of servers', { source: '/data', path: '/' }, /is a folder like/],
    ['a path that is not free', { source: '/data', path: '/proc/x' }, /not free in servers/],
  ]
  for (const [what, mount, expected] of wrong) {
    it(`refuses ${what}`, () => {
      assert.match(String(dockerOptions.safeParse({ mounts: [mount] }).error), expected)
    })
  }

  it('refuses the engine’s socket wherever it is', () => {
    const host = 'unix:///srv/engine/docker.sock'
    for (const source of ['/srv/engine/docker.sock', '/srv/engine', '/srv']) {
      const { error } = dockerOptions.safeParse({ host, mounts: [{ source, path: '/srv/a' }] })
      assert.match(String(error), /the socket of the engine/)
      const problems = dockerSpawner({ host }).serverOptions?.problems({ mounts: [{ source, path: '/srv/a' }] })
      assert.deepEqual(
        problems?.map(({ path }) => path),
        [['mounts']],
      )
    }
    assert.ok(dockerOptions.safeParse({ host, mounts: [{ source: '/srv/engine-data', path: '/srv/a' }] }).success)
  })

  it('refuses what the hub keeps in its folder, before it opens', async () => {
    for (const source of ['/srv/carrel', '/srv/carrel/data', '/srv/carrel/data/secrets']) {
      const context = { hubUrl: '', serversUrl: '', warn: () => undefined, dataDir: '/srv/carrel/data' }
      const installation = { name: testInstallation(), id: 'f00d' }
      const opening = dockerSpawner({ mounts: [{ source, path: '/srv/a' }] }).open({ ...context, installation })
      await assert.rejects(opening, { name: 'SpawnError', lasts: true })
    }
  })

  it('are read-only unless the option says otherwise, and meet no home and no bundle', () => {
    const { mounts } = dockerOptions.parse({
      mounts: [
        { source: '/data/sets', path: '/srv/sets' },
        { volume: 'notes', path: '/srv/notes', readOnly: false },
      ],
    })
    assert.deepEqual(operatorMounts(mounts, { bundles: [] }), [
      { Type: 'bind', Source: '/data/sets', Target: '/srv/sets', ReadOnly: true },
      { Type: 'volume', Source: 'notes', Target: '/srv/notes', ReadOnly: false, VolumeOptions: { NoCopy: true } },
    ])
    const home = (path: string) => ({ id: 'a'.repeat(12), state: {}, path, fromImage: false })
    for (const path of ['/srv/sets', '/srv', '/srv/notes/mine'])
      assert.throws(() => operatorMounts(mounts, { home: home(path), bundles: [] }), /no place/)
    const bundle = { digest: 'd', path: '/srv/sets/more', into: 'read-only' as const }
    assert.throws(() => operatorMounts(mounts, { bundles: [bundle] }), /no place/)
  })

  describe('at a real engine', function () {
    this.timeout(300_000)
    const cleanup = cleanupAfterEach()
    const volume = testInstallation().replace('carrel-', 'mounts-')
    let folder: string
    let image: string

    before(async function () {
      requirePart(this, 'docker', await dockerMissing())
      image = await loadedImage('tiny')
    })
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'carrel-mounts-'))
      cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    })

    const start = async (mounts: Mounts, script = 'true') => {
      const spawner = await openDocker({ mounts })
      cleanup.defer(() => spawner.clear())
      const spec = newSpec(image, ['sh', '-c', `${script}; exec ${webServer.join(' ')}`])
      await spawner.start(spec, startContext())
      const container = docker.getContainer(`carrel-${spec.server}-${spec.run}`)
      return async () => String(await container.logs({ stdout: true, stderr: true, follow: false }))
    }

    it('are seen by servers, which write only where they may', async () => {
      for (const name of ['sets', 'notes']) {
        await mkdir(join(folder, name))
        await chmod(join(folder, name), 0o777)
      }
      await writeFile(join(folder, 'sets', 'a.csv'), 'from the operator')
      const logs = await start(
        [
          { source: join(folder, 'sets'), path: '/srv/sets' },
          { source: join(folder, 'notes'), path: '/srv/notes', readOnly: false },
        ],
        'cat /srv/sets/a.csv; echo x > /srv/sets/b.csv || echo refused; echo mine > /srv/notes/b && echo written',
      )
      const said = await until(async () => {
        const text = await logs()
        return text.includes('written') && text
      })
      assert.match(said, /from the operator/)
      assert.match(said, /refused/)
      assert.equal(await readFile(join(folder, 'notes', 'b'), 'utf8'), 'mine\n')
      await assert.rejects(readFile(join(folder, 'sets', 'b.csv')))
    })

    for (const [what, mount, detail] of [
      ['a folder', () => ({ source: join(folder, 'missing'), path: '/srv/a' }), /bind source path does not exist/],
      ['a volume', () => ({ volume, path: '/srv/a' }), /there is no volume mounts-test-/],
    ] as [string, () => Mounts[number], RegExp][]) {
      it(`that are missing fail the start for good and are not made: ${what}`, async () => {
        await assert.rejects(start([mount()]), (error: { message: string; detail: string; lasts: boolean }) => {
          assert.equal(error.message, 'Files of this course are not there.')
          assert.match(error.detail, detail)
          return error.lasts
        })
        const { Volumes } = await docker.listVolumes({ filters: { name: [volume] } })
        assert.deepEqual(Volumes ?? [], [])
      })
    }

    it('are told before any learner comes, where a volume is missing', async () => {
      const { check } = dockerSpawner({ mounts: [{ volume: `x${volume}`, path: '/srv/a' }] })
      const looks = await check?.({ courses: [], ask: true, signal: AbortSignal.timeout(30_000) })
      assert.match(String(looks?.[0]?.message), /the engine has no volume x.*docker volume create/)
    })
  })
})
