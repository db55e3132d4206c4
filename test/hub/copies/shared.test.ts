import assert from 'node:assert/strict'
import { asker } from '../../../hub/copies/ask.ts'
import { blobDigest } from '../../../hub/copies/bytes-at.ts'
import { NotQuiet } from '../../../hub/copies/quiet.ts'
import { replaceNotebook } from '../../../hub/copies/replace.ts'
import { writeOver } from '../../../hub/copies/shared.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import type { ContentsChange } from '../../helpers/fake-contents.ts'
import { openParts, type Parts } from '../parts.ts'

const path = 'week1/lesson.ipynb'
const owner = { account: 'temporary:her', course: 'demo' }
const stored = (text: string) => Buffer.from(text).toString('base64')

onSqlite('a notebook that may be open as a shared document', (makeDatabase) => {
  let parts: Parts
  let server: Server
  let bytes: Record<string, string>
  let changes: ContentsChange[]

  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
    server = await parts.makeReady()
    bytes = { [path]: stored('hers') }
    changes = []
    const files = { week1: 'directory', [path]: 'notebook' }
    Object.assign(parts.world.behaviour, { files, bytes, changes, sharedDocuments: true })
  })
  afterEach(async () => parts.stop())

  const versions = async () =>
    (await parts.hub.db('blobs').select('bytes')).map(({ bytes }) => Buffer.from(bytes).toString())
  async function replace(present?: string) {
    const course = parts.hub.courses.all.demo
    if (course === undefined) throw new Error('there is no course')
    const coming = { digest: 'd'.repeat(64), commit: undefined, merged: Buffer.from('new') }
    return replaceNotebook(parts.hub, server, { owner, course, path, ...coming, ...(present && { present }) })
  }
  /** What is typed reaches the file when the hub has read it for the first time. */
  function typeWhenRead() {
    const type = () => {
      const { asked } = [...parts.world.objects.values()][0] ?? { asked: [] }
      if (!asked.at(-1)?.address.includes('api/collaboration/session/'))
        return void parts.world.events.once('asked', type)
      bytes[path] = stored('hers, and typed')
    }
    parts.world.events.once('asked', type)
  }

  it('is written over in its place, and not renamed, with what was typed last kept', async () => {
    typeWhenRead()
    let isPaused = false
    parts.world.behaviour.beforeChange = () => {
      isPaused = parts.proxy.pauses.has(server.path)
      return undefined
    }
    assert.deepEqual(await replace(), { reload: true })
    assert.deepEqual(
      changes.map(({ method, address }) => `${method} ${address}`),
      [`PUT api/contents/${path}`],
    )
    assert.ok(isPaused)
    assert.equal(bytes[path], stored('new'))
    assert.deepEqual(await versions(), ['hers, and typed'])
    assert.deepEqual(await parts.hub.db('swaps'), [])
  })

  it('stays where it was changed after its learner has looked, or just now', async () => {
    typeWhenRead()
    await assert.rejects(replace(blobDigest(Buffer.from('hers'))), { code: 'changed_meanwhile' })
    const [present, coming] = [Buffer.from('hers'), Buffer.from('new')]
    const ask = asker(parts.hub, server, 10_000)
    await assert.rejects(writeOver(ask, { quiet: (act) => act(() => true), path, present, coming }), NotQuiet)
    assert.deepEqual(changes, [])
    assert.deepEqual(await versions(), [])
  })
})
