import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { nextPullIn } from '../../../hub/content/due.ts'
import { tidyContent } from '../../../hub/content/upkeep.ts'
import { holdBlobs, putBlobs, readBlob } from '../../../hub/db/content/blobs.ts'
import {
  findContent,
  noteKnownContents,
  noteUnknownContents,
  orphanedContents,
  putContent,
} from '../../../hub/db/content/brought.ts'
import { putNotebooks } from '../../../hub/db/content/notebooks.ts'
import { notePull } from '../../../hub/db/content/pulls.ts'
import { wantJob } from '../../../hub/db/jobs/jobs.ts'
import { putGitKey } from '../../../hub/db/repositories/git-keys.ts'
import { putPullHook } from '../../../hub/db/repositories/pull-hooks.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

const blob = (text: string) => {
  const bytes = Buffer.from(text)
  return { digest: createHash('sha256').update(bytes).digest('hex'), bytes }
}

onEachDatabase('what is left of the content of courses', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    const content = { git: 'https://git.example.org/demo' }
    parts = await openParts(await makeDatabase(), { courses: { demo: { image: 'stats', content } } })
  })
  afterEach(() => parts.stop())

  /** Writes a commit with one notebook for a course, as a pull does. */
  async function bring(course: string, text: string): Promise<string> {
    const one = blob(text)
    const { db } = parts.hub
    await putBlobs(db, [one])
    await db.transaction(async (trx) => {
      const settings = { notebookAt: undefined, staticMappings: [], folders: [''], course: {} }
      const content = { course, commit: 'c', at: 1, subject: 's', readBy: 's', settings, tracks: [], bundles: [] }
      await putContent(trx, { ...content, problems: [], notebooks: 1, bytes: 1, revision: 1 })
      const about = {
        path: 'a.ipynb',
        blob: 'b',
        bytes: 1,
        title: 'A',
        version: '1',
        kernel: undefined,
        format: 'ipynb',
      }
      await putNotebooks(trx, course, [{ ...about, digest: one.digest }])
      await notePull(trx, { course, settings: 's', dueIn: 1 })
    })
    return one.digest
  }
  const longAgo = () => parts.hub.db('blobs').whereNotNull('idle').update({ idle: 1 })

  it('goes when no index names it for an hour, and stays when a pull names it meanwhile', async () => {
    const { hub } = parts
    const { db } = hub
    const first = await bring('demo', 'first')
    const second = await bring('demo', 'second')
    const waiting = blob('stored by a pull that goes on')
    await putBlobs(db, [waiting])
    await tidyContent(hub)
    assert.ok(await readBlob(db, first))
    await longAgo()
    assert.equal(await db.transaction((trx) => holdBlobs(trx, [waiting.digest])), 1)
    await tidyContent(hub)
    assert.equal(await readBlob(db, first), undefined)
    assert.equal((await readBlob(db, second))?.toString(), 'second')
    assert.ok(await readBlob(db, waiting.digest))
  })

  it('goes a week after the last hub had its course, however old its commit is, and never of a course that has it', async () => {
    const { hub } = parts
    const { db } = hub
    await bring('demo', 'x')
    await bring('gone', 'y')
    await db('brought').update({ counted: 1 })
    const commits = async () => [(await findContent(db, 'gone'))?.commit, (await findContent(db, 'demo'))?.commit]
    await tidyContent(hub)
    assert.deepEqual(await commits(), ['c', 'c'])
    assert.deepEqual(await db('brought').whereNotNull('unknown_since').pluck('course'), ['gone'])
    await db('brought').update({ unknown_since: 1 })
    await tidyContent(hub)
    assert.deepEqual(await commits(), [undefined, 'c'])
    assert.deepEqual(await db('notebooks').pluck('course'), ['demo'])
    assert.deepEqual(await db('pulls').pluck('course'), ['demo'])
  })

  it('stays as long as any hub has its course, and where it is brought anew', async () => {
    const { db } = parts.hub
    await bring('theirs', 'x')
    await bring('anew', 'y')
    await noteUnknownContents(db, ['demo'])
    assert.deepEqual((await orphanedContents(db, -60_000)).sort(), ['anew', 'theirs'])
    await noteKnownContents(db, ['demo', 'theirs'])
    await bring('anew', 'z')
    assert.deepEqual(await orphanedContents(db, -60_000), [])
  })

  it('leaves no key and no hook, once nobody has used these for a week', async () => {
    const { hub } = parts
    const { db } = hub
    await bring('kept', 'x')
    for (const id of ['demo', 'kept', 'gone', 'fresh']) {
      const sealed = { kid: 'k1', sealed: 'x' }
      await putGitKey(db, {
        ...{ owner: `course:${id}`, repository: 'x', kind: 'token', ...sealed, setBy: 'u', setter: 'ann' },
        ...{ user: undefined, publicKey: undefined, knownHosts: undefined },
      })
      await putPullHook(db, { course: id, hash: id, ...sealed, signed: true, madeBy: 'u', maker: 'ann' })
    }
    await putGitKey(db, {
      ...{ owner: 'image:gone', repository: 'x', kind: 'token', kid: 'k1', sealed: 'x', setBy: 'u', setter: 'ann' },
      ...{ user: undefined, publicKey: undefined, knownHosts: undefined },
    })
    await db('git_keys').whereNot({ owner: 'course:fresh' }).update({ set_at: 1 })
    await db('pull_hooks').whereNot({ course: 'fresh' }).update({ made_at: 1 })
    await tidyContent(hub)
    assert.deepEqual((await db('git_keys').pluck('owner')).sort(), [
      ...['course:demo', 'course:fresh', 'course:kept'],
      'image:gone',
    ])
    assert.deepEqual((await db('pull_hooks').pluck('course')).sort(), ['demo', 'fresh', 'kept'])
  })

  it('ends a pull that no hub will begin', async () => {
    const { hub } = parts
    for (const name of ['demo', 'gone'])
      await wantJob(hub.db, { kind: 'content', name, settings: 's', by: 'operator', insists: true })
    await hub.db('jobs').update({ asked: 1 })
    await tidyContent(hub)
    const rows = await hub.db('jobs').orderBy('name').select('name', 'state')
    assert.deepEqual(
      rows.map(({ name, state }) => [name, state]),
      [
        ['demo', 'waiting'],
        ['gone', 'failed'],
      ],
    )
  })
})

describe('the time until the next pull', () => {
  const at = (pullMinutes: number | false, failures: number, passes = true) =>
    (nextPullIn({ pullMinutes }, failures, passes) ?? Number.NaN) / 60_000

  it('is about the interval, and twice as long after each failure, up to a day', () => {
    for (const [given, most] of [
      [at(15, 0), 15],
      [at(15, 1), 15],
      [at(15, 2), 30],
      [at(15, 4), 120],
      [at(15, 30), 24 * 60],
      [at(7 * 24 * 60, 9), 7 * 24 * 60],
    ] as const)
      assert.ok(given >= 0.9 * most - 0.01 && given <= 1.1 * most + 0.01, `${given} of ${most}`)
  })

  it('is never where nothing is pulled by itself, but for what may pass', () => {
    assert.deepEqual([at(false, 0), at(false, 1, false)].map(Number.isNaN), [true, true])
    assert.ok(at(false, 1) > 10)
  })
})
