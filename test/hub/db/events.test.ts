import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import { addEvent, type EventFilter, listEvents, type NewEvent } from '../../../hub/db/events.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

onEachDatabase('the history', (makeDatabase) => {
  let opened: Awaited<ReturnType<typeof openDatabase>>
  const written: NewEvent[] = [
    { kind: 'signed-in', user: 'ann', detail: { authenticator: 'local' } },
    { kind: 'launched', user: 'ann', course: 'demo', server: 's1' },
    { kind: 'user-blocked', user: 'bob', detail: { by: 'ann' } },
    { kind: 'stopped', user: 'ann', course: 'demo', server: 's1', run: 1, detail: { by: 'root' } },
    { kind: 'stopped', user: 'bob', course: 'a_b', server: 's2', run: 2, detail: { by: 'a%n' } },
    { kind: 'image-changed', detail: { image: 'demo', from: '1', to: '2' } },
  ]

  beforeEach(async () => {
    opened = await openDatabase(await makeDatabase())
    for (const event of written) await addEvent(opened.db, event)
  })
  afterEach(() => opened?.close())

  const found = async (filter: EventFilter, page: { before?: number; limit?: number } = {}) => {
    const { events, next } = await listEvents(opened.db, filter, { limit: 10, ...page })
    return { events, next, numbers: events.map(({ id }) => id) }
  }

  it('tells the latest first, by kind, by user, by course and by who did it', async () => {
    const table: [EventFilter, number[]][] = [
      [{}, [6, 5, 4, 3, 2, 1]],
      [{ kinds: ['stopped', 'launched'] }, [5, 4, 2]],
      [{ user: 'ann' }, [4, 2, 1]],
      [{ course: 'demo' }, [4, 2]],
      [{ user: 'ann', kinds: ['stopped'] }, [4]],
      // What a user did to another one, and what no other one did to her.
      [{ by: 'ann' }, [3, 2, 1]],
      [{ by: 'root' }, [4]],
      [{ by: 'a%n' }, [5]],
      [{ by: 'a_n' }, []],
      [{ kinds: [] }, []],
    ]
    for (const [filter, numbers] of table)
      assert.deepEqual((await found(filter)).numbers, numbers, JSON.stringify(filter))
    const [last, stopped] = (await found({})).events
    assert.deepEqual(last?.detail, { image: 'demo', from: '1', to: '2' })
    assert.deepEqual([stopped?.user, stopped?.course, stopped?.server, stopped?.run], ['bob', 'a_b', 's2', 2])
  })

  it('goes on where a page ends, to the first event', async () => {
    const pages: number[][] = []
    let before: number | undefined
    do {
      const { numbers, next } = await found({}, { limit: 4, ...(before !== undefined && { before }) })
      pages.push(numbers)
      before = next
    } while (before !== undefined)
    assert.deepEqual(pages, [
      [6, 5, 4, 3],
      [2, 1],
    ])
  })

  it('looks at a part of it at a time for what no index finds, and all of it for one user', async () => {
    const { db } = opened
    // A gap in the numbers counts as so many events.
    await db('events').insert({ id: 250_000, at: (await found({})).events[0]?.at, kind: 'failed', user: 'ann' })
    const rare = await found({ kinds: ['signed-in'] })
    assert.deepEqual([rare.numbers, typeof rare.next], [[], 'number'])
    const steps: number[] = []
    for (let next = rare.next; next !== undefined; ) {
      const page = await found({ kinds: ['signed-in'] }, { before: next })
      steps.push(...page.numbers)
      next = page.next
    }
    assert.deepEqual(steps, [1])
    assert.deepEqual((await found({ user: 'ann', kinds: ['signed-in'] })).numbers, [1])
    await db('events').where({ id: 250_000 }).delete()
  })

  it('tells what was from one moment to before another', async () => {
    const { db } = opened
    const day = 86_400_000
    for (let id = 1; id <= written.length; id += 1)
      await db('events')
        .where({ id })
        .update({ at: id * day })
    assert.deepEqual((await found({ from: 2 * day, to: 4 * day })).numbers, [3, 2])
    assert.deepEqual((await found({ from: 5 * day })).numbers, [6, 5])
    assert.deepEqual(await found({ to: day }), { events: [], next: undefined, numbers: [] })
    assert.deepEqual(await found({ from: 9 * day }), { events: [], next: undefined, numbers: [] })
  })
})
