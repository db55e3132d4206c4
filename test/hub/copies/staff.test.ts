import assert from 'node:assert/strict'
import { blobDigest } from '../../../hub/copies/bytes-at.ts'
import { followCourse } from '../../../hub/copies/follow.ts'
import { putBlobs } from '../../../hub/db/content/blobs.ts'
import { putCopy } from '../../../hub/db/content/copies.ts'
import { findNotebook } from '../../../hub/db/content/notebooks.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { notebook } from '../content/content-world.ts'
import { openParts } from '../parts.ts'

const path = 'week1/intro.ipynb'
const local = { kind: 'password', name: 'local', label: 'Sign in', authenticate: async () => undefined } as const

onSqlite('a copy that was changed, when its course has a newer notebook', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const [name, text, kept] of [
    ['tutor', 'two', 1],
    ['ann', 'my own words', 0],
  ] as const) {
    it(`is ${kept === 1 ? 'the newer one for' : 'as it was for one who is not'} staff of the course`, async () => {
      const content = { git: 'https://git.example.org/course.git', pullMinutes: false as const }
      const courses = { demo: { image: 'demo', staff: ['tutor'], content } }
      const { hub, world, makeReady, stop } = await openParts(await makeDatabase(), {
        courses,
        authenticators: [local],
      })
      cleanup.defer(stop)
      const server = await makeReady()
      const person = { name, subject: name, kind: 'person', authenticator: 'local' }
      await hub.db('users').where({ id: server.user }).update(person)
      const bytesOf = (words: string) => Buffer.from(notebook('Introduction', words))
      const [before, after] = [bytesOf('one'), bytesOf('two')]
      const [digest, newer] = [blobDigest(before), blobDigest(after)]
      await putBlobs(hub.db, [
        { digest, bytes: before },
        { digest: newer, bytes: after },
      ])
      await putCopy(hub.db, { holder: server.id, path, digest, commit: 'a' })
      const facts = { title: 'Introduction', version: '1.0', kernel: null, format: 'ipynb', bytes: after.length }
      await hub.db('notebooks').insert({ course: 'demo', path, blob: 'b', digest: newer, ...facts })
      const bytes = { [path]: bytesOf('my own words').toString('base64') }
      Object.assign(world.behaviour, { files: { week1: 'directory', [path]: 'notebook' }, bytes })

      const course = hub.courses.all.demo
      const found = await findNotebook(hub.db, 'demo', path)
      assert.ok(course !== undefined && found !== undefined)
      assert.ok(await followCourse(hub, server, { course, notebook: found }))
      assert.equal(Buffer.from(bytes[path] ?? '', 'base64').toString(), bytesOf(text).toString())
      assert.equal((await hub.db('versions')).length, kept)
    })
  }
})
