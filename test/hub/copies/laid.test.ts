import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import type { HttpBrowser, TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, notebook } from '../content/content-world.ts'
import { type CopiesWorld, openCopiesWorld } from './copies-world.ts'

const path = 'week1/lesson.ipynb'
const link = `/launch/demo/${path}`

onSqlite(
  'a notebook whose server is stopped while it is replaced, and starts with copies of all files',
  (makeDatabase) => {
    const cleanup = cleanupAfterEach()
    let copies: CopiesWorld
    let hub: TestHub
    let world: FakeServers
    let browser: HttpBrowser

    beforeEach(async () => {
      const courses = ({ content, ...demo }: Partial<ContentWorld['config']['courses'][string]>) => ({
        demo: { ...demo, content: { ...content, copies: 'all' } },
      })
      const files = { [path]: notebook('The lesson') }
      copies = await openCopiesWorld(cleanup, { database: await makeDatabase(), files, courses })
      ;({ hub, world, browser } = copies)
      await browser.enter(link)
      await copies.stopServer()
      const { id } = await hub.db('servers').first('id')
      // As a hub leaves it that was killed between the two renamings.
      const { account } = await hub.db('users').first(hub.db.raw("authenticator || ':' || subject as account"))
      const place = { holder: id, path, account, course: 'demo' }
      await hub
        .db('swaps')
        .insert({ ...place, tag: 'x', commit: null, digest: 'd'.repeat(64), owner: null, placed: false })
      put({ 'week1/lesson-x.ipynb': 'new', 'week1/lesson-x-1.ipynb': 'mine' })
    })

    function put(files: Record<string, string>): void {
      const bytes = Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')])
      world.behaviour.bytes = Object.fromEntries(bytes)
      const types = Object.keys(files).map((name) => [name, 'notebook' as const])
      world.behaviour.files = { week1: 'directory', ...Object.fromEntries(types) }
    }
    const files = () =>
      Object.entries(world.behaviour.bytes ?? {})
        .filter(([name]) => Object.hasOwn(world.behaviour.files ?? {}, name))
        .map(([name, bytes]) => [name, Buffer.from(bytes, 'base64').toString()])
    async function open(): Promise<void> {
      const launch = await browser.open(link)
      await browser.follow(launch)
      assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
    }

    it('is her own again, and nothing lies beside it', async () => {
      Object.assign(world.behaviour.files ?? {}, { [path]: 'notebook' })
      Object.assign(world.behaviour.bytes ?? {}, { [path]: Buffer.from(notebook('The lesson')).toString('base64') })
      await open()
      assert.deepEqual(files(), [[path, 'mine']])
      assert.deepEqual([(await hub.db('swaps')).length, (await hub.db('versions')).length], [0, 0])
    })

    it('is her own again also where the next hub was killed in the midst of that', async () => {
      Object.assign(world.behaviour.files ?? {}, { 'week1/lesson-x-0.ipynb': 'notebook' })
      const laid = Buffer.from(notebook('The lesson')).toString('base64')
      Object.assign(world.behaviour.bytes ?? {}, { 'week1/lesson-x-0.ipynb': laid })
      await open()
      assert.deepEqual(files(), [[path, 'mine']])
      assert.deepEqual([(await hub.db('swaps')).length, (await hub.db('versions')).length], [0, 0])
    })

    it('is what was saved there since, and what lay aside is a version', async () => {
      Object.assign(world.behaviour.files ?? {}, { [path]: 'notebook' })
      Object.assign(world.behaviour.bytes ?? {}, { [path]: Buffer.from('saved since').toString('base64') })
      await open()
      assert.deepEqual(files(), [[path, 'saved since']])
      assert.deepEqual(await hub.db('versions').pluck('size'), ['mine'.length])
    })
  },
)
