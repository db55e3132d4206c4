import assert from 'node:assert/strict'
import { takeCopiesBehind } from '../../../hub/db/content/copies.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { createHttpBrowser, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'
import { type CopiesWorld, openCopiesWorld } from './copies-world.ts'

const paths = ['week1/a.ipynb', 'week1/b.ipynb', 'week1/c.ipynb']
const commitOf = (text: string) => Object.fromEntries(paths.map((path) => [path, notebook(path, `${text} ${path}`)]))
const asStored = (text: string) => Buffer.from(text).toString('base64')

const roundOver = ({ db }: Pick<KillWorld, 'db'>) => until(async () => (await db('follows')).length === 0)

onEachDatabase('copies in running servers, after a pull', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let copies: CopiesWorld
  let hub: TestHub
  let world: FakeServers

  beforeEach(async () => {
    copies = await openCopiesWorld(cleanup, { database: await makeDatabase(), files: commitOf('First') })
    ;({ hub, world } = copies)
    // What is there before any copy is one that has nothing to do.
    await roundOver(hub)
    for (const path of paths) await copies.browser.enter(`/launch/demo/${path}`)
  })
  const texts = () => paths.map((path) => (copies.read(path).includes('Second') ? 'second' : 'as it was'))
  const push = () => copies.push(commitOf('Second'))

  it('follow where their learners have not changed them, without an opening', async () => {
    Object.assign(world.behaviour.bytes ?? {}, { [paths[1] ?? '']: asStored(notebook('B', 'her own words')) })
    await push()
    await roundOver(hub)
    assert.deepEqual(texts(), ['second', 'as it was', 'second'])
    const changed = await hub.db('copies').whereNotNull('changed').pluck('path')
    assert.deepEqual(changed, [paths[1]])
    assert.equal((await hub.db('versions')).length, 0)
  })

  it('wait where an open desk shows them, until it is closed, or where they have a kernel', async () => {
    const { id, run } = await hub.db('servers').first('id', 'run')
    const now = Date.now() + 60_000
    await hub.db('desks').insert({ server: id, path: paths[0], run, seen: now, warned: null, warned_of: null })
    for (const object of world.objects.values()) object.sessions = [{ path: paths[1], kernel: {} }]
    await push()
    await until(() => texts()[2] === 'second')
    assert.deepEqual(texts(), ['as it was', 'as it was', 'second'])
    assert.equal((await hub.db('follows')).length, 1)
    await hub.db('desks').delete()
    await until(() => texts()[0] === 'second')
  })

  it('are each one hub’s for a while', async () => {
    await hub.db('notebooks').update({ digest: 'f'.repeat(64) })
    const of = { course: 'demo', slugs: ['demo'], limit: 2 }
    const taken = await Promise.all([takeCopiesBehind(hub.db, of), takeCopiesBehind(hub.db, of)])
    const more = await takeCopiesBehind(hub.db, { ...of, limit: 20 })
    const all = [...taken.flat(), ...more].map(({ path }) => path)
    assert.deepEqual(all.sort(), paths)
  })
})

onEachDatabase('a hub that is killed while copies follow', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('leaves the rest to the next one, and no notebook is away', async function () {
    this.timeout(300_000)
    const content = await openContentWorld(cleanup)
    await content.course.commit(commitOf('First'))
    const killed = await openKillWorld(cleanup, makeDatabase)
    const files: Record<string, 'notebook' | 'file' | 'directory'> = {}
    const bytes: Record<string, string> = {}
    Object.assign(killed.world.behaviour, { files, bytes })
    const first = await startHubProcess(cleanup, killed, content.config)
    await pullEnded(killed)
    const browser = createHttpBrowser(first.address)
    for (const path of paths) await browser.enter(`/launch/demo/${path}`)
    await roundOver(killed)

    await content.course.commit(commitOf('Second'))
    let renamed = 0
    killed.world.behaviour.beforeChange = ({ method }) => {
      if (method === 'PATCH') renamed += 1
      // Of the second copy, which lies beside its place now.
      if (renamed < 4) return undefined
      first.child.kill('SIGKILL')
      return 500
    }
    const { id } = await pullEnded(killed)
    await killed.db('pulls').update({ due: 0 })
    await pullEnded(killed, id)
    await kill(first.child)
    killed.world.behaviour.beforeChange = () => undefined
    await letHubsDie(killed)
    await killed.db('copies').update({ held: null })
    await startHubHere(cleanup, killed, content.config)
    await roundOver(killed)
    await until(async () => (await killed.db('swaps')).length === 0)
    assert.deepEqual(Object.keys(files).sort(), ['week1', ...paths])
    for (const path of paths)
      assert.equal(Buffer.from(bytes[path] ?? '', 'base64').toString(), notebook(path, `Second ${path}`))
  })
})
