import assert from 'node:assert/strict'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { isTooMuch, sort } from '../../../hub/servers/sweep.ts'

const server = (id: string, more: Partial<Server> = {}) =>
  ({ id, course: 'demo', state: 'queued', run: 1, ...more }) as Server

describe('the sweep', () => {
  const found = (id: string, run: number) => ({ server: id, run, hash: '', name: `${id}-${run}`, running: true })
  const cases: [string, [string, number], Server[], 'orphan' | 'newer' | 'kept'][] = [
    ['of a ready row', ['a', 1], [server('a', { state: 'ready' })], 'kept'],
    ['of a row that starts', ['a', 1], [server('a', { state: 'starting' })], 'kept'],
    ['of a row that stops', ['a', 1], [server('a', { state: 'stopping' })], 'kept'],
    ['of a queued row', ['a', 1], [server('a')], 'kept'],
    ['of a stopped row', ['a', 1], [server('a', { state: 'stopped' })], 'orphan'],
    ['of a failed row', ['a', 1], [server('a', { state: 'failed' })], 'orphan'],
    ['of an earlier run', ['a', 1], [server('a', { state: 'ready', run: 2 })], 'orphan'],
    ['without a row', ['b', 1], [server('a')], 'orphan'],
    ['newer than its row', ['a', 2], [server('a', { state: 'stopped' })], 'newer'],
    ['newer than its ready row', ['a', 2], [server('a', { state: 'ready' })], 'newer'],
  ]
  for (const [what, [id, run], rows, verdict] of cases) {
    it(`sees an object ${what} as ${verdict}`, () => {
      const { orphans, newer } = sort([found(id, run)], rows)
      assert.deepEqual([orphans.length, newer.length], [Number(verdict === 'orphan'), Number(verdict === 'newer')])
    })
  }
  it('treats more than three and more than a tenth as a mistake', () => {
    const table: [number, number, boolean][] = [
      [0, 0, false],
      [3, 3, false],
      [4, 4, true],
      [4, 40, false],
      [4, 39, true],
      [100, 1001, false],
    ]
    for (const [orphans, all, tooMuch] of table) assert.equal(isTooMuch(orphans, all), tooMuch, `${orphans} of ${all}`)
  })
})
