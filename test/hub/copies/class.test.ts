import assert from 'node:assert/strict'
import { blobDigest } from '../../../hub/copies/bytes-at.ts'
import { copyNotebook } from '../../../hub/copies/copy.ts'
import { followCourse } from '../../../hub/copies/follow.ts'
import { putBlobs } from '../../../hub/db/content/blobs.ts'
import { putCopy } from '../../../hub/db/content/copies.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { HttpError } from '../../../hub/errors.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

/** Returns the bytes of a notebook of about 80 KB. */
function large(title: string): Buffer {
  const cells = Array.from({ length: 80 }, (_, at) => ({
    ...{ cell_type: 'markdown', metadata: {}, id: `c${at}`, source: `${title} ${'x'.repeat(1000)}` },
  }))
  return Buffer.from(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }))
}

describe('a whole class that opens a large notebook with text that cannot be edited', () => {
  const cleanup = cleanupAfterEach()
  const [course, pushed] = [large('First'), large('Second')]
  const paths = Array.from({ length: 60 }, (_, at) => `n${at}.ipynb`)
  let parts: Parts
  let server: Server
  let asked: string[]

  beforeEach(async () => {
    const { url, remove } = await sqliteDatabase()
    cleanup.defer(remove)
    const content = { git: 'https://git.example.org/a.git', readOnlyText: true, pullMinutes: false as const }
    parts = await openParts(url, { courses: { demo: { image: 'stats', content } } })
    cleanup.defer(() => parts.stop())
    const { notebookWork } = parts.hub
    asked = []
    parts.hub.notebookWork = {
      ...notebookWork,
      ask(work, question) {
        asked.push(work)
        return notebookWork.ask(work, question)
      },
    }
    parts.world.behaviour.files = {}
    parts.world.behaviour.bytes = {}
    server = await parts.makeReady()
    await putBlobs(
      parts.hub.db,
      [course, pushed].map((bytes) => ({ digest: blobDigest(bytes), bytes })),
    )
  })

  const order = (path: string, bytes: Buffer) => {
    const { demo } = parts.hub.courses.all
    assert.ok(demo !== undefined)
    const notebook = { path, blob: '', digest: blobDigest(bytes), bytes: 0, title: '', version: '', format: 'ipynb' }
    return { course: demo, notebook: { ...notebook, kernel: undefined }, folder: '' }
  }
  const read = (path: string) => Buffer.from(parts.world.behaviour.bytes?.[path] ?? '', 'base64').toString()

  it('gets a copy for each of 60 learners, of a notebook that is made once', async () => {
    await Promise.all(paths.map((path) => copyNotebook(parts.hub, server, order(path, course))))
    for (const path of paths) assert.equal(read(path).match(/"editable":\s*false/g)?.length, 80)
    await copyNotebook(parts.hub, server, order('later.ipynb', course))
    assert.equal(read('later.ipynb'), read('n0.ipynb'))
    assert.deepEqual(asked, ['readOnlyText'])
  })

  async function hasCopy(holder: string, path: string, bytes: string): Promise<void> {
    await putCopy(parts.hub.db, { holder, path, digest: blobDigest(course), commit: 'a' })
    Object.assign(parts.world.behaviour.files ?? {}, { [path]: 'notebook' })
    Object.assign(parts.world.behaviour.bytes ?? {}, { [path]: bytes })
  }

  it('has each of 60 copies looked at when the course has a newer one', async () => {
    const mine = large('My own words').toString('base64')
    for (const path of paths) {
      // Each in a home of its own.
      await hasCopy(path, path, mine)
    }
    const follow = (path: string) => followCourse(parts.hub, { ...server, home: path }, order(path, pushed))
    assert.deepEqual(new Set(await Promise.all(paths.map(follow))), new Set([true]))
    assert.deepEqual(await parts.hub.db('copies').distinct('changed').pluck('changed'), [blobDigest(pushed)])
    assert.equal(asked.filter((work) => work === 'changed').length, 60)
    assert.equal(asked.filter((work) => work === 'readOnlyText').length, 1)
  })

  it('is not held up by one of them, who has four copies compared at once, and the others later', async () => {
    const some = paths.slice(0, 6)
    for (const path of some) await hasCopy(server.id, path, large('My own words').toString('base64'))
    let answer: (() => void) | undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { notebookWork } = parts.hub
    parts.hub.notebookWork = {
      ...notebookWork,
      async ask(work, question) {
        if (work === 'changed') await answered
        return notebookWork.ask(work, question)
      },
    }
    const follow = (path: string) => followCourse(parts.hub, server, order(path, pushed))
    let refused = 0
    const done = some.map(async (path) => {
      const isDone = await follow(path)
      if (!isDone) refused += 1
      if (refused === 2) answer?.()
      return isDone
    })
    assert.equal((await Promise.all(done)).filter(Boolean).length, 4)
    for (const path of some) assert.equal(await follow(path), true)
  })

  it('reads why there is no copy where the hub has words for it', async () => {
    const refused = new HttpError(429, 'too_many', 'Too much waits.')
    parts.hub.notebookWork = { ...parts.hub.notebookWork, ask: () => Promise.reject(refused) }
    await assert.rejects(copyNotebook(parts.hub, server, order('a.ipynb', course)), refused)
    parts.hub.notebookWork = { ...parts.hub.notebookWork, ask: () => Promise.reject(new Error('no thread')) }
    await assert.rejects(copyNotebook(parts.hub, server, order('a.ipynb', course)), { code: 'notebook_not_copied' })
  })
})
