import assert from 'node:assert/strict'
import { isChanged } from '../../../notebooks/changed.ts'
import type { Notebook } from '../../../notebooks/notebook.ts'
import { readNotebook } from '../../../notebooks/read.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from './content-world.ts'

const path = 'week1/a.ipynb'

describe('text that learners cannot edit', () => {
  const cleanup = cleanupAfterEach()
  let content: ContentWorld
  let world: FakeServers

  beforeEach(async () => {
    content = await openContentWorld(cleanup)
    world = createFakeServers({ files: {}, bytes: {}, changes: [] })
    cleanup.defer(() => world.close())
  })

  async function start(said: object, database?: string): Promise<TestHub> {
    const made = database === undefined ? await sqliteDatabase() : { url: database, remove: async () => undefined }
    cleanup.defer(made.remove)
    const { demo } = content.config.courses
    const courses = { demo: { ...demo, content: { ...demo?.content, ...said } } }
    const hub = await startTestHub({ world, database: made.url, config: { ...content.config, courses } as never })
    cleanup.defer(() => hub.stop())
    return hub
  }
  function read(bytes: Buffer | string): Notebook {
    const found = readNotebook(path, Buffer.from(bytes))
    assert.ok(!('problem' in found))
    return found
  }
  const metadataIn = (bytes: Buffer | string) => read(bytes).cells[0]?.json?.metadata

  it('is so in copies of a course whose repository or definition says so, which count as unchanged', async () => {
    await content.course.commit({ [path]: notebook('A'), 'carrel.yaml': 'readOnlyText: true\n' })
    for (const [said, metadata] of [
      [{}, { editable: false }],
      [{ readOnlyText: false }, {}],
    ]) {
      Object.assign(world.behaviour, { files: {}, bytes: {} })
      const hub = await start(said ?? {})
      await pullEnded(hub)
      await hub.browser().enter(`/launch/demo/${path}`)
      const copy = Buffer.from(world.behaviour.bytes?.[path] ?? '', 'base64')
      assert.deepEqual(metadataIn(copy), metadata)
      assert.equal(isChanged(read(notebook('A')), read(copy)), false)
    }
  })

  it('is so in copies of all files, which are made anew when the course says otherwise', async () => {
    await content.course.commit({ [path]: notebook('A'), 'week1/a.md': '# A\n', 'odd.ipynb': 'no notebook' })
    const { url, remove } = await sqliteDatabase()
    cleanup.defer(remove)
    let pull = 0
    for (const [said, metadata] of [
      [{ readOnlyText: true }, { editable: false }],
      [{}, {}],
    ]) {
      const hub = await start({ copies: 'all', ...said }, url)
      pull = (await pullEnded(hub, pull)).id
      await hub.browser().enter('/launch/demo/week1/a.ipynb')
      const whole = [...world.objects.values()].at(-1)?.bundles.find(({ into }) => into === 'home')
      const files = await filesIn(Buffer.from(world.bundles.get(whole?.digest ?? '') ?? '', 'base64'))
      const text = new Map(files.map((file) => [file.name, 'content' in file ? String(file.content) : '']))
      assert.deepEqual(metadataIn(text.get(path) ?? ''), metadata)
      assert.deepEqual([text.get('week1/a.md'), text.get('odd.ipynb')], ['# A\n', 'no notebook'])
      await hub.stop()
    }
  })
})
