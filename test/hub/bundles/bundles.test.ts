import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigInput } from '../../../config/config.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const demo = '/tmplogin?course=demo'
const withFiles = (content: unknown): Partial<ConfigInput> => ({
  courses: { demo: { image: 'demo', files: { '/srv/course': { 'dates.json': { content } } } }, third: { image: 'x' } },
})

onEachDatabase('bundles', (makeDatabase) => {
  let database: string
  let world: FakeServers
  const cleanup = cleanupAfterEach()
  beforeEach(async () => {
    database = await makeDatabase()
    world = createFakeServers()
    cleanup.defer(() => world.close())
  })

  const start = async (config: Partial<ConfigInput>): Promise<TestHub> => {
    const hub = await startTestHub({ database, world, config })
    cleanup.defer(() => hub.stop())
    return hub
  }
  const namesIn = async (archive = '') =>
    (await filesIn(Buffer.from(archive, 'base64'))).map((file) => [
      file.name,
      'content' in file && String(file.content),
    ])
  const bundlesOf = (hub: TestHub) =>
    hub.db('bundles').orderBy('created').select('digest', 'bytes', 'files', 'has_links')

  it('of a course reach its servers and no others', async () => {
    const hub = await start(withFiles(1))
    await hub.browser().enter(demo)
    await hub.browser().enter('/tmplogin?course=third')
    const [with_, without] = [...world.objects.values()]
    assert.deepEqual(
      with_?.bundles.map(({ path, into }) => [path, into]),
      [['/srv/course', 'read-only']],
    )
    assert.deepEqual(without?.bundles, [])
    assert.deepEqual(await namesIn(world.bundles.get(with_?.bundles[0]?.digest ?? '')), [
      ['dates.json', '{\n  "content": 1\n}\n'],
    ])
  })

  it('are the same row for every hub that has them, and another when the files change', async () => {
    const first = await start(withFiles(1))
    const [row] = await bundlesOf(first)
    await first.stop()
    const second = await start(withFiles(1))
    assert.deepEqual(
      (await bundlesOf(second)).map(({ digest }) => digest),
      [row.digest],
    )
    await second.stop()
    const third = await start(withFiles(2))
    assert.equal((await bundlesOf(third)).length, 2)
    const { digest, ...known } = { ...row, bytes: Number(row.bytes) }
    assert.deepEqual({ ...known, has_links: Boolean(known.has_links) }, { bytes: 19, files: 1, has_links: false })
    assert.match(digest, /^[0-9a-f]{64}$/)
  })

  it('that the disk has lost or spoilt come from the database', async () => {
    const hub = await start(withFiles(1))
    const [{ digest }] = await bundlesOf(hub)
    const file = join(hub.dataDir, 'archives', `${digest}.tar`)
    for (const spoil of [() => rm(file), () => writeFile(file, 'nothing')]) {
      world.bundles.clear()
      await spoil()
      await hub.browser().enter(demo)
      assert.deepEqual((await namesIn(world.bundles.get(digest)))[0]?.[0], 'dates.json')
    }
  })

  it('that are lost everywhere fail the start, and the next start of the hub brings them back', async () => {
    const hub = await start(withFiles(1))
    const [{ digest }] = await bundlesOf(hub)
    await rm(join(hub.dataDir, 'archives', `${digest}.tar`))
    await hub.db('bundles').delete()
    const browser = hub.browser()
    const { state, message } = await browser.follow(await browser.open(demo))
    assert.equal(state, 'failed')
    assert.match(message, /^Files of this course are missing\./)
    const [row] = await hub.db('servers').select('failure_detail')
    assert.match(row.failure_detail, new RegExp(`the bundle ${digest} any more; a start of the hub`))
    await hub.stop()
    const next = await start(withFiles(1))
    await next.browser().enter(demo)
    assert.deepEqual([...world.bundles.keys()], [digest])
  })

  it('without a spawner for them fail the start, and say why to staff', async () => {
    const plugin = quickSpawner(world)
    const spawner = {
      ...plugin,
      open: async (context: Parameters<typeof plugin.open>[0]) => {
        const { bundles: _none, ...opened } = await plugin.open(context)
        return opened
      },
    }
    const hub = await start({ ...withFiles(1), spawner })
    assert.ok(hub.log.some((line) => /cannot lay files into servers/.test(line)))
    const browser = hub.browser()
    const { state, message } = await browser.follow(await browser.open(demo))
    assert.equal(state, 'failed')
    assert.match(message, /files of this course cannot be put/)
    assert.equal(world.made.length, 0)
  })

  it("are found by variables that name their folder, as the spawner's programs see it", async () => {
    const plugin = quickSpawner(world)
    const spawner = {
      ...plugin,
      open: async (context: Parameters<typeof plugin.open>[0]) => ({
        ...(await plugin.open(context)),
        folderOf: ({ path }: { path: string }) => `/elsewhere${path}`,
      }),
    }
    const files = { '/srv/course': { 'a.json': {} } }
    const env = { DATA: '/srv/course', ONE: '/srv/course/a.json', OTHER: '/srv/courses', URL: 'http://x/srv/course' }
    const jupyter = { overrides: {} }
    const hub = await start({ spawner, courses: { demo: { image: '', files, jupyter, env } } })
    await hub.browser().enter(demo)
    const [object] = world.objects.values()
    const { DATA, ONE, OTHER, URL, JUPYTER_CONFIG_PATH } = object?.env ?? {}
    assert.deepEqual([DATA, ONE], ['/elsewhere/srv/course', '/elsewhere/srv/course/a.json'])
    assert.deepEqual([OTHER, URL], ['/srv/courses', 'http://x/srv/course'])
    assert.equal(JUPYTER_CONFIG_PATH, '/elsewhere/srv/carrel/jupyter')
  })

  it('with settings for Jupyter reach servers of a course with content, behind those of the config', async () => {
    const content = { git: 'https://git.example.org/a', pullMinutes: false as const }
    const courses = { demo: { image: '', content, jupyter: { overrides: {} } }, third: { image: '' } }
    const hub = await start({ courses })
    await hub.browser().enter('/tmplogin?course=third')
    assert.equal((await bundlesOf(hub)).length, 1)
    await hub.browser().enter(demo)
    const [other, object] = [...world.objects.values()]
    assert.equal(object?.env.JUPYTER_CONFIG_PATH, '/srv/carrel/jupyter:/srv/carrel/inside')
    assert.deepEqual([other?.env.JUPYTER_CONFIG_PATH, other?.bundles], [undefined, []])
    const inside = object?.bundles.find(({ path }) => path === '/srv/carrel/inside')
    const [[name, text] = []] = await namesIn(world.bundles.get(inside?.digest ?? ''))
    assert.equal(name, 'labconfig/default_setting_overrides.json')
    assert.match(String(text), /"autosaveInterval": 20/)
  })
})
