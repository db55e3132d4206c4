import assert from 'node:assert/strict'
import type { Spare } from '../../../hub/db/servers/claims.ts'
import type { ServerState } from '../../../hub/db/servers/server-states.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { mayTryAgain, planSpares } from '../../../hub/spares/plan.ts'

const hour = 3_600_000

describe('what is done about the spares of a course', () => {
  const spare = (id: string, state: ServerState, age?: number, madeOf = 'now'): Spare => ({
    server: { id, state, madeOf } as Server,
    age,
  })
  const table: [what: string, spares: Spare[], count: number, missing: number, stop: string[], remove?: string[]][] = [
    ['makes all where there are none', [], 3, 3, []],
    ['counts those that are coming', [spare('a', 'ready', 0), spare('b', 'starting')], 3, 1, []],
    ['does not count those that end', [spare('a', 'stopping'), spare('b', 'failed')], 1, 1, [], ['b']],
    ['keeps one that is too old until another is ready', [spare('a', 'ready', 5 * hour)], 1, 1, []],
    ['keeps it while the other one starts', [spare('a', 'ready', 5 * hour), spare('b', 'starting')], 1, 0, []],
    ['stops it then', [spare('a', 'ready', 5 * hour), spare('b', 'ready', 0)], 1, 0, ['a']],
    ['stops one that is twice as old in any case', [spare('a', 'ready', 9 * hour)], 1, 1, ['a']],
    ['stops at once what is made of something else', [spare('a', 'ready', 0, 'before')], 1, 1, ['a']],
    ['stops the oldest where fewer are wanted', [spare('a', 'ready', 2), spare('b', 'ready', 1)], 1, 0, ['a']],
    [
      'stops those that come last first',
      [spare('a', 'ready', 2), spare('b', 'queued'), spare('c', 'queued')],
      2,
      0,
      ['c'],
    ],
    ['stops all where none is wanted', [spare('a', 'ready', 2), spare('b', 'starting')], 0, 0, ['a', 'b']],
  ]
  for (const [what, spares, count, missing, stop, remove = []] of table) {
    it(what, () => {
      const plan = planSpares(spares, { count, madeOf: 'now', maxAgeMilliseconds: 4 * hour })
      const ids = (servers: Server[]) => servers.map(({ id }) => id)
      assert.deepEqual(
        { missing: plan.missing, stop: ids(plan.stop), remove: ids(plan.remove) },
        { missing, stop, remove },
      )
    })
  }

  it('stops all where nothing can start', () => {
    const plan = planSpares([spare('a', 'ready', 0)], { count: 1, madeOf: undefined, maxAgeMilliseconds: hour })
    assert.equal(plan.stop.length, 1)
  })

  it('is tried again ever later after failures, ten minutes at most', () => {
    const waits: [failures: number, age: number, may: boolean][] = [
      [0, 0, true],
      [1, 4999, false],
      [1, 5000, true],
      [3, 19_999, false],
      [3, 20_000, true],
      [50, 599_999, false],
      [50, 600_000, true],
    ]
    for (const [failures, age, may] of waits) assert.equal(mayTryAgain(failures, age), may)
  })
})
