import assert from 'node:assert/strict'
import type { RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { Activity } from '../../../hub/db/servers/activity.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { safeNext } from '../../../hub/http/request.ts'
import { idlenessOf } from '../../../hub/servers/idleness.ts'
import { mostTemporary, nextToStart, queueOrder } from '../../../hub/servers/queue.ts'
import { pathName } from '../../../hub/servers/request.ts'
import { isTooMuch, sort } from '../../../hub/servers/sweep.ts'
import { people, visitorsAndPeople } from '../people.ts'

const server = (id: string, more: Partial<Server> = {}) =>
  ({ id, course: 'demo', state: 'queued', run: 1, ...more }) as Server
const ids = (servers: Server[]) => servers.map((one) => one.id).join('')

describe('the queue', () => {
  const a = (id: string, queued: number) => server(id, { course: 'a', queued })
  const b = (id: string, queued: number) => server(id, { course: 'b', queued })
  const never = new Map<string, number>()
  const orders: [string, Server[], ReadonlyMap<string, number>, string][] = [
    ['the oldest first', [a('2', 2), a('1', 1), a('3', 3)], never, '123'],
    ['by id at the same time', [a('y', 1), a('x', 1)], never, 'xy'],
    ['courses in turns', [a('1', 1), a('2', 2), a('3', 3), b('x', 9), b('y', 9)], never, '1x2y3'],
    ['the course of the last turn last', [a('1', 1), a('2', 2), b('x', 9)], new Map([['a', 5]]), 'x12'],
    [
      'the longest wait first',
      [a('1', 1), b('x', 9)],
      new Map([
        ['a', 5],
        ['b', 4],
      ]),
      'x1',
    ],
    ['no server that is starting', [server('s', { state: 'starting' }), a('1', 1)], never, '1'],
  ]
  for (const [what, rows, turns, order] of orders) {
    it(`has ${what}`, () => assert.equal(ids(queueOrder(rows, turns)), order))
  }

  const s = (id: string) => server(id, { state: 'starting' })
  const t = (id: string) => server(id, { state: 'stopping' })
  const limits: [string, Server[], number, { startsAtOnce: number; servers: number | undefined }, string][] = [
    ['all when there is room', [a('1', 1), a('2', 2)], 0, { startsAtOnce: 9, servers: undefined }, '12'],
    ['no more than may start at once', [s('s'), a('1', 1), a('2', 2)], 0, { startsAtOnce: 2, servers: undefined }, '1'],
    ['nothing when so many start already', [s('s'), a('1', 1)], 0, { startsAtOnce: 1, servers: undefined }, ''],
    [
      'no more than the limit of all servers',
      [s('s'), t('t'), a('1', 1), a('2', 2)],
      2,
      { startsAtOnce: 9, servers: 5 },
      '1',
    ],
    ['nothing beyond that limit', [a('1', 1)], 7, { startsAtOnce: 9, servers: 5 }, ''],
  ]
  for (const [what, rows, readyCount, limit, expected] of limits) {
    it(`starts ${what}`, () => assert.equal(ids(nextToStart(rows, never, readyCount, limit)), expected))
  }

  const many = { startsAtOnce: 9, servers: 9 }
  const share = (moving: string, queued: number, ready = 0) => ({ queued, ready, moving: new Set(moving) })
  const shares: [string, Server[], { queued: number; ready: number; moving: Set<string> }, number, string][] = [
    ['temporary users up to their share', [a('1', 1), a('2', 2), a('3', 3)], share('123', 3), 2, '12'],
    ['people before temporary users beyond their share', [a('1', 1), a('2', 2), a('p', 3)], share('12', 2), 1, '1p'],
    ['people where temporary users have their whole share', [a('1', 1), a('p', 2)], share('1', 1, 3), 3, 'p'],
    [
      'no temporary user where servers that start and stop fill the share',
      [s('s'), t('t'), a('1', 1), a('p', 2)],
      share('st1', 1),
      2,
      'p',
    ],
  ]
  for (const [what, rows, theirs, most, expected] of shares) {
    it(`starts ${what}`, () =>
      assert.equal(ids(nextToStart(rows, never, theirs.ready, many, { share: theirs, most })), expected))
  }

  it('keeps a quarter for others where there are others and temporary users come without a gate', () => {
    const gated = temporary({ behind: { kind: 'redirect', name: 'school' } as RedirectAuthenticator })
    assert.equal(mostTemporary({ authenticators: visitorsAndPeople() }, 200), 150)
    assert.equal(mostTemporary({ authenticators: visitorsAndPeople() }, 1), 1)
    assert.equal(mostTemporary({ authenticators: visitorsAndPeople() }), Number.POSITIVE_INFINITY)
    assert.equal(mostTemporary({ authenticators: [temporary()] }, 200), undefined)
    assert.equal(mostTemporary({ authenticators: [gated, people] }, 200), undefined)
  })
})

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

describe('idleness', () => {
  const now = 1_000_000_000
  const second = 1000
  const clock = {
    known: now - 10 * second,
    now,
    collectMilliseconds: 30 * second,
    quietMilliseconds: 300 * second,
    probeMilliseconds: 60 * second,
  }
  const seen = (more: Partial<Activity>): Activity => ({
    server: 'a',
    run: 1,
    lastActivity: now - 1000 * second,
    probed: now - 30 * second,
    result: 'idle',
    reason: 'no kernel is busy',
    ...more,
  })
  const cases: [
    string,
    Activity | undefined,
    Partial<typeof clock> | { known: undefined },
    string,
    number | undefined,
  ][] = [
    ['probed and quiet', seen({}), {}, 'idle', 990 * second],
    ['busy just now', seen({ result: 'active', lastActivity: now, reason: 'kernel 1 is busy' }), {}, 'active', 0],
    [
      'there was recent traffic',
      seen({ result: 'active', probed: undefined, lastActivity: now - 200 * second }),
      {},
      'active',
      0,
    ],
    ['quiet, but not probed yet', seen({ result: 'active', probed: undefined }), {}, 'unknown', undefined],
    ['probed long ago', seen({ probed: now - 400 * second }), {}, 'unknown', undefined],
    ['never probed', seen({ probed: undefined }), {}, 'unknown', undefined],
    ['its answer is unclear', seen({ result: 'unknown', reason: 'it answered 500' }), {}, 'unknown', undefined],
    ['of an earlier run', seen({ run: 0 }), {}, 'unknown', undefined],
    ['never seen', undefined, {}, 'unknown', undefined],
    ['a proxy has never reported', seen({}), { known: undefined }, 'unknown', undefined],
    ['a proxy has been silent', seen({}), { known: now - 100 * second }, 'unknown', undefined],
    ['active after the last report', seen({ lastActivity: now }), {}, 'idle', 0],
  ]
  for (const [what, activity, more, result, idle] of cases) {
    it(`is ${result} when ${what}`, () => {
      const answer = idlenessOf(activity, 1, { ...clock, ...more })
      assert.deepEqual([answer.activity, answer.idleMilliseconds], [result, idle])
      assert.ok(answer.reason.length > 5)
    })
  }
})

describe('small things', () => {
  it('spell each name as one unique path segment', () => {
    const table = [
      ['ann', 'ann'],
      ['Ann.B-c_9', 'Ann.B-c_9'],
      ['a b', 'a~20b'],
      ['a~20b', 'a~7e20b'],
      ['lms:edx:é', 'lms~3aedx~3a~c3~a9'],
      ['.', '~2e'],
      ['..', '~2e~2e'],
      ['a/b', 'a~2fb'],
    ]
    for (const [name = '', segment] of table) assert.equal(pathName(name), segment)
  })

  it('continue only to paths of the hub', () => {
    for (const next of ['/', '/hub/home', '/launch/demo?x=1']) assert.equal(safeNext(next, 'http://hub.test'), next)
    for (const next of ['', '//a', '/\\a', 'a', 'http://a', '/a\\b', '/\na', undefined, `/${'a'.repeat(4001)}`]) {
      assert.equal(safeNext(next, 'http://hub.test'), undefined, next)
    }
  })
})
