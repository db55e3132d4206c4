import assert from 'node:assert/strict'
import { removeDueHomes } from '../../../hub/homes/removal.ts'
import { retentionOf, retireHomes, warnOfOrphans } from '../../../hub/homes/retention.ts'
import { measureHomes } from '../../../hub/homes/sizes.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

const dayMilliseconds = 24 * 3600_000

onEachDatabase('homes that nobody uses', (makeDatabase) => {
  let parts: HomeParts

  afterEach(async () => {
    assert.deepEqual(parts.world.clashes, [])
    await parts.stop()
  })

  const start = async (home = {}) => {
    parts = await openHomeParts(await makeDatabase(), home)
  }
  const used = async (name: string) => {
    const server = await parts.open(await parts.makePerson(name))
    await parts.close(server)
    return server.home ?? ''
  }
  /** Makes a home look as if its last use was so many days ago. */
  const age = (id: string, days: number) =>
    parts.hub
      .db('homes')
      .where({ id })
      .update({ last_used: parts.hub.db.raw('last_used - ?', [days * dayMilliseconds]) })
  const leaving = async () => (await parts.homes()).filter(({ removeAt }) => removeAt !== undefined).map(({ id }) => id)

  it('are removed a week after the days that their course says, with a line of history, and are kept by an opening', async () => {
    await start({ keepDays: 30 })
    const [old, young] = [await used('ann'), await used('bob')]
    await age(old, 31)
    await age(young, 29)
    await retireHomes(parts.hub)
    assert.deepEqual(await leaving(), [old])
    await retireHomes(parts.hub)
    const events = await parts.hub.db('events').where({ kind: 'home-removal' }).pluck('detail')
    assert.deepEqual(
      events.map((detail) => JSON.parse(detail)).map(({ home, by, reason }) => ({ home, by, reason })),
      [{ home: old, by: 'retention', reason: 'not used for 30 days' }],
    )
    await removeDueHomes(parts.hub)
    assert.equal(parts.world.homes.size, 2, 'nothing goes before its week is over')
    await used('ann')
    assert.deepEqual(await leaving(), [])
  })

  it('stay where their course says nothing, in use, in another course, and where only their labels are known', async () => {
    await start()
    const old = await used('ann')
    await age(old, 10_000)
    await retireHomes(parts.hub)
    assert.deepEqual(await leaving(), [])
    parts.demo.home = { path: '/home/jovyan/work', per: 'course', keepDays: 1 }
    const open = await parts.open(await parts.makePerson('bob'))
    await age(open.home ?? '', 10_000)
    const found = await used('carl')
    await age(found, 10_000)
    await parts.hub.db('homes').where({ id: found }).update({ state: 'found' })
    await parts.hub.db('homes').where({ id: old }).update({ course: 'other' })
    await retireHomes(parts.hub)
    assert.deepEqual(await leaving(), [])
  })

  it('of a course that is gone, or has no home any more, stay, and each start says so', async () => {
    await start()
    await used('ann')
    await parts.hub.db('homes').update({ course: 'gone' })
    const said: unknown[] = []
    const log = { ...parts.hub.log, warn: (...args: unknown[]) => said.push(args) } as never
    await warnOfOrphans({ ...parts.hub, log })
    assert.match(JSON.stringify(said), /"course":"gone","homes":1.*say id: 'gone'.*carrel homes list --course gone/)
    await parts.hub.db('homes').update({ course: '' })
    await warnOfOrphans({ ...parts.hub, log })
    assert.match(
      JSON.stringify(said[1]),
      /"course":"","homes":1.*opened by no course: no course gives each user one home/,
    )
    const { all: courses } = parts.hub.courses
    const without = Object.fromEntries(
      Object.entries(courses).map(([slug, one]) => [slug, { ...one, home: undefined }]),
    )
    await parts.hub.db('homes').update({ course: 'demo' })
    await warnOfOrphans({ ...parts.hub, log })
    assert.equal(said.length, 2)
    await warnOfOrphans({ ...parts.hub, courses: { ...parts.hub.courses, all: without }, log })
    assert.match(
      JSON.stringify(said[2]),
      /"course":"demo".*the course says no home of that kind.*Put the setting `home` back/,
    )
  })

  it('are measured once after each use, and one that cannot be measured keeps no other waiting', async () => {
    await start()
    const [first, second] = [await used('ann'), await used('bob')]
    const sizes = async () => Object.fromEntries((await parts.homes()).map(({ id, bytes }) => [id, bytes]))
    const home = parts.world.homes.get(first)
    assert.ok(home !== undefined)
    home.files = { 'a.ipynb': '12345' }
    parts.world.homes.delete(second)
    const { signal } = new AbortController()
    await measureHomes(parts.hub, signal)
    assert.deepEqual(await sizes(), { [first]: 5, [second]: undefined })
    home.files = {}
    await measureHomes(parts.hub, signal)
    assert.equal((await sizes())[first], 5, 'nothing has used it since')
    await used('ann')
    await measureHomes(parts.hub, signal)
    assert.equal((await sizes())[first], 0)
  })
})

describe('the retention of homes', () => {
  it('is said by the id of the course, and once where a learner has one home for several', () => {
    const home = { path: '/work', per: 'course' as const }
    const courses = {
      a: { id: 'old', home: { ...home, keepDays: 10 } },
      b: { id: 'b', home },
      c: { id: 'c', home: { ...home, per: 'user' as const, keepDays: 20 } },
      d: { id: 'd', home: { ...home, per: 'user' as const, keepDays: 20 } },
      e: { id: 'e', home: undefined },
    }
    assert.deepEqual(
      [...retentionOf(courses)],
      [
        ['old', 10],
        ['', 20],
      ],
    )
  })
})
