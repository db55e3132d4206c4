import assert from 'node:assert/strict'
import type { RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import { type Database, nowPlus } from '../../../hub/db/dialect.ts'
import { installationId } from '../../../hub/db/installation.ts'
import { ensureServer, queueServer } from '../../../hub/db/servers/server-moves.ts'
import { findServer, type MovingServer, type Server } from '../../../hub/db/servers/servers.ts'
import { ensureUser } from '../../../hub/db/users.ts'
import { createPositions } from '../../../hub/servers/positions.ts'
import { mayTake, mostTemporary, nextToStart, queueOrder, waitingForPlace } from '../../../hub/servers/queue.ts'
import { sparesToStop } from '../../../hub/servers/spares/give-way.ts'
import { startQueued } from '../../../hub/servers/work.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { keepMadeOf } from '../keep-made-of.ts'
import { openParts, type Parts } from '../parts.ts'
import { people, visitorsAndPeople } from '../people.ts'

const server = (id: string, more: Partial<MovingServer> = {}): MovingServer => ({
  id,
  course: 'demo',
  state: 'queued',
  run: 1,
  home: undefined,
  madeOf: undefined,
  owner: undefined,
  epoch: 1,
  spare: false,
  queued: undefined,
  phase: undefined,
  waited: 0,
  ...more,
})

const ids = (servers: MovingServer[]) => servers.map((one) => one.id).join('')

describe('the queue', () => {
  const a = (id: string, queued: number) => server(id, { course: 'a', queued })
  const b = (id: string, queued: number) => server(id, { course: 'b', queued })
  const never = new Map<string, number>()
  const orders: [string, MovingServer[], ReadonlyMap<string, number>, string][] = [
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

  const home = (id: string, queued: number, home: string) => server(id, { course: 'a', queued, home })
  const homes: [string, MovingServer[], string[], string][] = [
    ['passes over a home that another has', [home('1', 1, 'h'), home('2', 2, 'i'), a('3', 3)], ['h'], '23'],
    ['gives one home to the first who wants it', [home('1', 1, 'h'), home('2', 2, 'h'), a('3', 3)], [], '13'],
  ]
  for (const [what, rows, held, expected] of homes) {
    it(what, () => {
      const next = nextToStart(rows, never, 0, { startsAtOnce: 9, servers: undefined }, { held: new Set(held) })
      assert.equal(ids(next), expected)
      assert.equal(ids(queueOrder(rows, never)), '123', 'and all keep their places')
    })
  }

  const s = (id: string) => server(id, { state: 'starting' })
  const t = (id: string) => server(id, { state: 'stopping' })
  const limits: [string, MovingServer[], number, { startsAtOnce: number; servers: number | undefined }, string][] = [
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
  const shares: [string, MovingServer[], { queued: number; ready: number; moving: Set<string> }, number, string][] = [
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
      assert.equal(ids(nextToStart(rows, never, theirs.ready, many, { temporary: { share: theirs, most } })), expected))
  }

  it('makes so many spares go as people lack places, and none for those whom no place helps', () => {
    const spares = [s('x'), s('y'), s('z')]
    const cases: [what: string, MovingServer[], Partial<Parameters<typeof waitingForPlace>[0]>, number][] = [
      ['people', [a('1', 1), a('2', 2)], {}, 2],
      ['a person for whom a place is free', [a('1', 1)], {}, 0],
      ['a home that something has', [home('1', 1, 'h')], { held: new Set(['h']) }, 0],
      [
        'visitors beyond their share',
        [a('1', 1), a('2', 2)],
        { temporary: { share: share('12', 2, 15), most: 16 } },
        1,
      ],
    ]
    for (const [what, queued, more, expected] of cases) {
      const moving = [...spares, ...queued]
      const waiting = waitingForPlace({ moving, turns: never, temporary: undefined, held: new Set(), ...more }).length
      const most = what.endsWith('free') ? 20 : 18
      assert.equal(sparesToStop(moving, { ready: 15, begun: 0, waiting, most }), expected, what)
    }
  })

  it('leaves a server for one second to the hub that queued it, then to any hub', () => {
    const cases: [Partial<MovingServer>, boolean][] = [
      [{ owner: 'me' }, true],
      [{ owner: 'other' }, false],
      [{ owner: 'other', waited: 1000 }, false],
      [{ owner: 'other', waited: 1001 }, true],
      [{ owner: undefined }, true],
    ]
    for (const [more, expected] of cases) assert.equal(mayTake('me', server('a', more)), expected, JSON.stringify(more))
  })

  it('keeps a quarter for others where there are others and temporary users come without a gate', () => {
    const gated = temporary({ behind: { kind: 'redirect', name: 'school' } as RedirectAuthenticator })
    assert.equal(mostTemporary({ authenticators: visitorsAndPeople() }, 200), 150)
    assert.equal(mostTemporary({ authenticators: visitorsAndPeople() }, 1), 1)
    assert.equal(mostTemporary({ authenticators: visitorsAndPeople() }), Number.POSITIVE_INFINITY)
    assert.equal(mostTemporary({ authenticators: [temporary()] }, 200), undefined)
    assert.equal(mostTemporary({ authenticators: [gated, people] }, 200), undefined)
  })
})

onEachDatabase('places in the queue', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
    await installationId(db)
  })
  afterEach(async () => close())

  let queued = 0
  async function queue(name: string): Promise<string> {
    const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
    const wanted = { user: user?.id ?? '', course: 'demo', path: `/user/${name}/demo/` }
    const server = await db.transaction((trx) => ensureServer(trx, wanted))
    const next = { kid: 'k1', madeOf: await keepMadeOf(db) }
    await db.transaction((trx) => queueServer(trx, 'me', server, next))
    // Two may come in one millisecond, and their ids would then decide.
    queued += 1
    await db('servers').where({ id: server.id }).update({ queued })
    return server.id
  }

  it('are read once for all waiting servers, and again for a server that has come since', async () => {
    const servers: string[] = []
    for (const name of ['ann', 'bob', 'cy']) servers.push(await queue(name))
    let reads = 0
    db.on('query', ({ sql }: { sql: string }) => {
      if (/from .servers. where .state. in/.test(sql)) reads += 1
    })
    const positionOf = createPositions(db)
    for (let round = 0; round < 10; round += 1) {
      const places = await Promise.all(servers.map((server) => positionOf(server)))
      assert.deepEqual(new Set(places), new Set([1, 2, 3]))
    }
    assert.ok(reads <= 3, `${reads} reads`)
    const late = await queue('dee')
    assert.equal(await positionOf(late), 4)
    assert.equal(await positionOf('nobody'), undefined)
  })
})

onEachDatabase('a server that another hub has queued', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(async () => parts.stop())

  it('is left to that hub for a moment, and started by any hub after that', async () => {
    const { hub } = parts
    const user = await parts.makeUser()
    const wanted = { user: user.id, course: 'demo', path: `/user/${user.name}/demo/` }
    const { id } = await hub.db.transaction((trx) => ensureServer(trx, wanted))
    const row = async () => (await findServer(hub.db, id)) as Server
    const made = await row()
    const next = { kid: 'k1', madeOf: await keepMadeOf(hub.db) }
    await hub.db.transaction((trx) => queueServer(trx, 'other', made, next))
    // As if it had been queued this very moment, however slow this test is.
    await hub.db('servers').update({ queued: nowPlus(hub.db, 60_000) })
    await startQueued(hub)
    assert.deepEqual([(await row()).state, (await row()).owner], ['queued', 'other'])
    await hub.db('servers').update({ queued: nowPlus(hub.db, -1500) })
    await startQueued(hub)
    assert.notEqual((await row()).state, 'queued')
  })

  it('keeps its place, so that no server behind it goes beyond the limit', async () => {
    const { hub } = parts
    const limits = { ...hub.config.limits, startsAtOnce: 1 }
    const limited = { ...hub, config: { ...hub.config, limits } }
    const ids: string[] = []
    for (const owner of ['other', hub.id]) {
      const user = await parts.makeUser()
      const wanted = { user: user.id, course: 'demo', path: `/user/${user.name}/demo/` }
      const made = await hub.db.transaction((trx) => ensureServer(trx, wanted))
      const next = { kid: 'k1', madeOf: await keepMadeOf(hub.db) }
      await hub.db.transaction((trx) => queueServer(trx, owner, made, next))
      await hub
        .db('servers')
        .where({ id: made.id })
        .update({ queued: nowPlus(hub.db, 60_000 + ids.length) })
      ids.push(made.id)
    }
    await startQueued(limited)
    for (const id of ids) assert.equal((await findServer(hub.db, id))?.state, 'queued')
  })
})
