import assert from 'node:assert/strict'
import { once } from 'node:events'
import { blobDigest } from '../../../hub/copies/bytes-at.ts'
import { putBlobs } from '../../../hub/db/content/blobs.ts'
import { listNotebooks, putNotebooks } from '../../../hub/db/content/notebooks.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { missingPostgresql, postgresqlDatabase, sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { requirePart } from '../../helpers/require.ts'
import { type Answer, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, openContentWorld, pullEnded } from '../content/content-world.ts'
import { openDesk, type TestDesk } from './desk-world.ts'

const [path, text] = ['week1/intro.ipynb', 'week1/text.md']

/** Returns a notebook of code cells with these sources. */
function cells(sources: readonly string[], more: object = {}): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' }, ...more },
    cells: sources.map((source, at) => ({
      ...{ cell_type: 'code', metadata: {}, id: `c${at}`, execution_count: null, outputs: [], source },
    })),
  })
}

const myst = (...texts: string[]) => `---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---

${texts.map((text) => `\`\`\`{code-cell}\n${text}\n\`\`\`\n`).join('\n')}`

for (const [name, makeDatabase] of Object.entries({ SQLite: sqliteDatabase, PostgreSQL: postgresqlDatabase }))
  describe(`the offer of a newer notebook, on ${name}`, () => {
    const cleanup = cleanupAfterAll()
    let content: ContentWorld
    let hub: TestHub
    let world: FakeServers
    let desk: TestDesk

    const base = cells(['a = 1', 'b = 1', 'c = 1'])
    const mine = cells(['a = 1', 'b = 2  # mine', 'c = 1'])
    const theirs = cells(['a = 1', 'b = 1', 'c = 3  # theirs'])

    before(async function () {
      if (name === 'PostgreSQL') requirePart(this, 'postgresql', missingPostgresql())
      const database = await makeDatabase()
      cleanup.defer(() => database.remove())
      content = await openContentWorld(cleanup)
      await content.course.commit({ [path]: base, [text]: myst('a = 1', 'b = 1') })
      world = createFakeServers()
      hub = await startTestHub({ world, database: database.url, config: content.config as never })
      cleanup.defer(async () => {
        await hub.stop()
        await world.close()
      })
      await pullEnded(hub)
    })
    beforeEach(async () => {
      Object.assign(world.behaviour, { files: {}, bytes: {}, changes: [] })
      await push({ [path]: base })
      desk = await openDesk(hub, hub.browser(), `/launch/demo/${path}`)
    })

    /** Gives the course other notebooks at these paths, as a pull does. */
    async function push(files: Record<string, string>): Promise<void> {
      await hub.db.transaction(async (trx) => {
        const changed = new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)]))
        await putBlobs(
          trx,
          [...changed.values()].map((bytes) => ({ digest: blobDigest(bytes), bytes })),
        )
        const before = await listNotebooks(trx, 'demo')
        const now = before.map((one) => {
          const bytes = changed.get(one.path)
          return bytes === undefined ? one : { ...one, digest: blobDigest(bytes), bytes: bytes.length }
        })
        await putNotebooks(trx, 'demo', now)
      })
    }
    const read = (file = path) => Buffer.from(world.behaviour.bytes?.[file] ?? '', 'base64').toString()
    const write = (text: string, file = path) => {
      Object.assign(world.behaviour.bytes ?? {}, { [file]: Buffer.from(text).toString('base64') })
    }
    const sources = (file = path) => JSON.parse(read(file)).cells.map(({ source }: { source: string }) => source)
    const told = async (file = path) => {
      const answer = await desk.ask('POST', 'state', { notebook: file, active: false })
      const { behind, offer, versions } = answer.json().notebook
      return { behind, offer, versions }
    }
    const look = async (file = path): Promise<Answer> => desk.ask('GET', `offer?path=${encodeURIComponent(file)}`)
    const looked = async (file = path) => {
      const answer = await look(file)
      assert.equal(answer.status, 200, answer.text)
      return answer.json()
    }
    const take = (what: string, seen: { mine: string; theirs: string }, file = path) =>
      desk.ask('POST', 'offer', { path: file, take: what, mine: seen.mine, theirs: seen.theirs })
    const refusal = ({ status, text }: Answer) => [status, JSON.parse(text).error]

    it('is none while the course has nothing newer, and shows cell by cell what is newer', async () => {
      assert.deepEqual(await told(), { behind: false, offer: false, versions: 0 })
      assert.deepEqual(refusal(await look()), [409, 'not_newer'])
      write(mine)
      await push({ [path]: theirs })
      assert.deepEqual(await told(), { behind: true, offer: true, versions: 0 })
      const { mine: ours, theirs: courses, ...offer } = await looked()
      assert.deepEqual([ours.length, courses.length, ours === courses], [64, 64, false])
      const [b, c] = ['b = 2  # mine', 'c = 3  # theirs']
      assert.deepEqual(offer, {
        ...{ changed: true, conflicts: 0, problem: null, left: 0 },
        changes: [
          { what: 'changed', by: 'mine', kind: 'code', before: 'b = 1', mine: b, theirs: 'b = 1' },
          { what: 'changed', by: 'theirs', kind: 'code', before: 'c = 1', mine: 'c = 1', theirs: c },
        ],
      })
      assert.equal(read(), mine, 'to look changes nothing')
    })

    it('is looked at one after the other, and so are versions, of which nothing is read before', async () => {
      const browser = hub.browser()
      Object.assign(world.behaviour, { files: {}, bytes: {} })
      desk = await openDesk(hub, browser, `/launch/demo/${path}`)
      write(mine)
      await push({ [path]: theirs })
      await take('theirs', await looked())
      await push({ [path]: base })
      const [{ number }] = (await desk.ask('GET', 'versions')).json().versions
      const cellsOf = () => desk.ask('GET', `versions/${number}/cells`)
      const page = () => browser.navigate(`/hub/versions/demo/${number}/look`)
      const object = [...world.objects.values()].find(({ server }) => server === desk.server.id)
      assert.ok(object !== undefined)
      const free = Promise.withResolvers<void>()
      object.busy = free.promise
      const asked = once(world.events, 'asked')
      const first = look()
      await asked
      for (const refused of [await look(), await cellsOf()]) assert.deepEqual(refusal(refused), [429, 'too_many'])
      assert.equal((await page()).status, 429)
      free.resolve()
      assert.deepEqual([(await first).status, (await cellsOf()).status, (await page()).status], [200, 200, 200])
    })

    it('is merged, keeps what was there as a version, and then there is nothing newer', async () => {
      write(mine)
      await push({ [path]: theirs })
      assert.deepEqual((await take('merged', await looked())).json(), { reload: true })
      assert.deepEqual(sources(), ['a = 1', 'b = 2  # mine', 'c = 3  # theirs'])
      assert.deepEqual(await told(), { behind: false, offer: false, versions: 1 })
      const [{ number }] = (await desk.ask('GET', 'versions')).json().versions
      assert.equal((await desk.ask('GET', `versions/${number}`)).text, mine)
      assert.deepEqual((await desk.ask('POST', `versions/${number}/restore`, {})).json(), { reload: true })
      assert.equal(read(), mine)
      // The next one is merged with what the learner has taken.
      await push({ [path]: cells(['a = 4', 'b = 1', 'c = 3  # theirs']) })
      assert.equal((await told()).offer, true)
    })

    it('keeps both sides of a conflict', async () => {
      write(cells(['a = 1', 'b = 1', 'c = 2  # mine']))
      await push({ [path]: theirs })
      const offer = await looked()
      assert.deepEqual([offer.conflicts, offer.changes[0].what, offer.changes[0].by], [1, 'conflict', 'both'])
      await take('merged', offer)
      const [, , words, ours, courses] = sources()
      assert.match(words, /You and the course have both changed this cell/)
      assert.deepEqual([ours, courses], ['c = 2  # mine', 'c = 3  # theirs'])
    })

    it('is the course’s notebook, byte by byte, where the learner takes that', async () => {
      write(mine)
      await push({ [path]: theirs })
      assert.deepEqual((await take('theirs', await looked())).json(), { reload: true })
      assert.equal(read(), theirs)
      assert.deepEqual(await told(), { behind: false, offer: false, versions: 1 })
    })

    it('is declined until the course changes again, and can be looked at meanwhile', async () => {
      write(mine)
      await push({ [path]: theirs })
      const offer = await looked()
      assert.deepEqual((await take('stay', offer)).json(), { reload: false })
      assert.equal(read(), mine)
      assert.deepEqual(await told(), { behind: true, offer: false, versions: 0 })
      assert.deepEqual(await looked(), offer)
      await push({ [path]: cells(['a = 1', 'b = 1', 'c = 4']) })
      assert.deepEqual(await told(), { behind: true, offer: true, versions: 0 })
      assert.deepEqual(refusal(await take('stay', offer)), [409, 'changed_meanwhile'])
      assert.deepEqual((await take('merged', await looked())).json(), { reload: true })
      // A course that goes back to what was declined is as new as any other.
      await push({ [path]: theirs })
      assert.equal((await told()).offer, true)
    })

    it('says that a copy is unchanged, also when Jupyter has saved it, and merging keeps its outputs', async () => {
      await push({ [path]: theirs })
      assert.equal((await looked()).changed, false)
      const saved = JSON.parse(base)
      saved.cells[0].outputs = [{ output_type: 'stream', name: 'stdout', text: ['ran\n'] }]
      saved.cells.push({ cell_type: 'code', metadata: {}, id: 'new', execution_count: null, outputs: [], source: '' })
      write(JSON.stringify(saved, undefined, 1))
      const offer = await looked()
      assert.deepEqual([offer.changed, offer.changes.length], [false, 1])
      await take('merged', offer)
      assert.deepEqual(sources().slice(0, 3), ['a = 1', 'b = 1', 'c = 3  # theirs'])
      assert.deepEqual(JSON.parse(read()).cells[0].outputs, saved.cells[0].outputs)
    })

    it('is taken without a write where the learner has the same already', async () => {
      const course = `${JSON.stringify(JSON.parse(theirs), undefined, 1)}\n`
      write(course)
      await push({ [path]: course })
      assert.deepEqual((await take('theirs', await looked())).json(), { reload: false })
      assert.deepEqual(await told(), { behind: false, offer: false, versions: 0 })
    })

    it('does nothing where either side is no longer what was shown', async () => {
      write(mine)
      await push({ [path]: theirs })
      const offer = await looked()
      write(`${mine}\n`)
      for (const way of ['merged', 'theirs'])
        assert.deepEqual(refusal(await take(way, offer)), [409, 'changed_meanwhile'], way)
      assert.equal(read(), `${mine}\n`)
      write(mine)
      await push({ [path]: cells(['another']) })
      for (const way of ['merged', 'theirs', 'stay'])
        assert.deepEqual(refusal(await take(way, offer)), [409, 'changed_meanwhile'], way)
      assert.deepEqual([read(), (await told()).versions], [mine, 0])
    })

    it('is as it was where the server does not take it, or saves in the same moment', async () => {
      write(mine)
      await push({ [path]: theirs })
      const offer = await looked()
      world.behaviour.beforeChange = ({ method }) => (method === 'PUT' ? 507 : undefined)
      assert.deepEqual(refusal(await take('merged', offer)), [409, 'notebook_not_replaced'])
      assert.deepEqual([read(), (await told()).offer], [mine, true])
      // Jupyter saves between the comparison and the replacement.
      let isSaved = false
      world.behaviour.beforeChange = ({ method }) => {
        if (method !== 'PUT' || isSaved) return undefined
        isSaved = true
        write(`${mine}\n`)
        return undefined
      }
      assert.deepEqual(refusal(await take('merged', offer)), [409, 'changed_meanwhile'])
      world.behaviour.beforeChange = () => undefined
      assert.deepEqual([read(), (await told()).offer], [`${mine}\n`, true])
    })

    it('merges texts of Jupytext as it merges notebooks', async () => {
      desk = await openDesk(hub, hub.browser(), `/launch/demo/${text}`)
      write(myst('a = 1', 'b = 2  # mine'), text)
      await push({ [text]: myst('a = 3  # theirs', 'b = 1') })
      const offer = await looked(text)
      assert.deepEqual([offer.changed, offer.conflicts, offer.changes.length], [true, 0, 2])
      await take('merged', offer, text)
      assert.equal(read(text), myst('a = 3  # theirs', 'b = 2  # mine'))
    })

    it('says in words why it cannot be merged, and then the course’s can be taken', async () => {
      write('{ "cells": [')
      await push({ [path]: theirs })
      const offer = await looked()
      assert.deepEqual([offer.changed, offer.changes], [true, []])
      assert.match(offer.problem, /^They cannot be merged, because your notebook cannot be read: it is no JSON/)
      assert.deepEqual(refusal(await take('merged', offer)), [409, 'not_merged'])
      assert.equal(read(), '{ "cells": [')
      assert.deepEqual((await take('theirs', offer)).json(), { reload: true })
      assert.deepEqual([read(), (await told()).versions], [theirs, 1])
    })

    it('is only about copies, and files that are there', async () => {
      write('own', 'own.ipynb')
      for (const [file, expected] of [
        ['own.ipynb', [404, 'not_of_course']],
        ['week1/text.md', [404, 'no_copy']],
      ] as const)
        assert.deepEqual(refusal(await look(file)), expected)
      await push({ [path]: theirs })
      Object.assign(world.behaviour, { files: { week1: 'directory' } })
      assert.deepEqual(refusal(await look()), [404, 'no_file'])
    })

    it('is the same for large notebooks, which are compared in a thread, and none of that is without end', async () => {
      const large = (word: string) => cells(Array.from({ length: 3000 }, (_, at) => `${word} ${at} ${'x'.repeat(60)}`))
      write(large('mine'))
      await push({ [path]: large('theirs') })
      const answer = await look()
      const offer = answer.json()
      assert.deepEqual([offer.changed, offer.problem, offer.changes.length, offer.left > 5000], [true, null, 500, true])
      assert.ok(answer.text.length < 2 * 2 ** 20)
      write('x'.repeat(21 * 2 ** 20))
      assert.deepEqual(refusal(await look()), [409, 'notebook_too_large'])
    })
  })
