import assert from 'node:assert/strict'
import { requestServer } from '../../../hub/servers/request.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

const many = 2000

onEachDatabase('a hub with thousands of courses', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase(), { courseMaking: { images: ['stats:*'] } })
  })
  afterEach(() => parts.stop())

  async function addCourses(): Promise<void> {
    const { db } = parts.hub
    const who = { made_by: 'operator', maker: '', made: 1, changer: '', changed: 1 }
    for (let from = 0; from < many; from += 100) {
      const rows = Array.from({ length: 100 }, (_, at) => {
        const id = `course-${from + at}`
        const definition = JSON.stringify({ image: `stats:${at}`, title: `Course ${from + at}` })
        return { id, name: id, slug: id, state: 'active', definition, granted: '[]', version: 1, revision: 1, ...who }
      })
      await db('catalogue').insert(rows)
    }
    await db('installation').update({ catalogue_revision: 1 })
    await parts.hub.courses.refresh()
  }

  /** Returns the statements that reach the database during the act. */
  async function statements(act: () => Promise<unknown>): Promise<number> {
    let count = 0
    const note = () => void count++
    parts.hub.db.on('query', note)
    await act().finally(() => parts.hub.db.off('query', note))
    return count
  }

  it('starts a server with as many statements as one with a few, and looks with one statement for what is new', async () => {
    const { hub, makeUser } = parts
    // Nothing goes on behind a start while its statements are counted.
    hub.admission.admit = async () => undefined
    const start = async (slug: string) => {
      const user = await makeUser()
      const course = hub.courses.all[slug]
      assert.ok(course)
      return statements(() => requestServer(hub, user, course))
    }
    await start('demo')
    const few = await start('demo')
    await addCourses()
    assert.equal(Object.keys(hub.courses.all).length, many + 4)
    assert.equal(await start('demo'), few)
    await start('course-1999')
    assert.equal(await start('course-1999'), few)
    assert.equal(await statements(() => hub.courses.refresh()), 1)
  })

  it('takes over a change of one course without reading the others', async () => {
    const { hub } = parts
    await addCourses()
    const before = hub.courses.all['course-7']
    await hub.db('catalogue').where({ id: 'course-8' }).update({ state: 'archived', version: 2, revision: 2 })
    await hub.db('installation').update({ catalogue_revision: 2 })
    await hub.courses.refresh()
    assert.equal(hub.courses.all['course-7'], before)
    assert.equal(hub.courses.all['course-8']?.halted, 'archived')
  })
})
