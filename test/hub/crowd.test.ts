import assert from 'node:assert/strict'
import { endOpen } from '../../hub/access/ending.ts'
import { type Database, dialectOf } from '../../hub/db/dialect.ts'
import { moveOrigins } from '../../hub/db/servers/courses.ts'
import { expireDefinitions } from '../../hub/db/servers/definitions.ts'
import { abandonedServers } from '../../hub/db/servers/server-moves.ts'
import {
  countQueued,
  countReady,
  hasQueued,
  movingServers,
  readyServers,
  runningServers,
  serversNotAtRest,
} from '../../hub/db/servers/servers.ts'
import { serversOfInactiveUsers } from '../../hub/db/servers/servers-to-evict.ts'
import { temporaryShare } from '../../hub/db/servers/turns.ts'
import { usersBeingRemoved } from '../../hub/db/users.ts'
import { wantedRoutes } from '../../hub/proxies/route.ts'
import { storeCourses } from '../../hub/rights/stored-courses.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'
import { addCrowd } from './add-crowd.ts'
import { openParts, type Parts } from './parts.ts'

const servers = 500
const seatsEach = 20

onEachDatabase('a hub with a crowd', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(() => parts.stop())

  /** Returns the queries that reach the database during the act. */
  async function asked(act: () => Promise<unknown>): Promise<Asked[]> {
    const queries: Asked[] = []
    const note = (query: Asked) => void queries.push(query)
    parts.hub.db.on('query', note)
    await act().finally(() => parts.hub.db.off('query', note))
    return queries
  }

  it('needs as many queries for the routes of many servers as for the route of one', async () => {
    await parts.makeReady()
    const forOne = await asked(async () => assert.equal((await wantedRoutes(parts.hub)).length, 1))
    await addCrowd(parts.hub, servers, seatsEach)
    const forAll = await asked(async () => {
      const routes = await wantedRoutes(parts.hub)
      assert.equal(routes.length, servers + 1)
      assert.equal(new Set(routes.flatMap(({ access }) => access?.ended ?? [])).size, servers)
      assert.deepEqual([...new Set(routes.map(({ access }) => access?.ended.length))].sort(), [0, 1])
    })
    assert.equal(forAll.length, forOne.length)
  })

  it('ends one session without a write to the servers and seats of others', async () => {
    const [, one] = await addCrowd(parts.hub, servers, seatsEach)
    const { db, proxies } = parts.hub
    const written: (string | undefined)[] = []
    proxies.put = async ({ access }) => {
      written.push(access?.server)
      return []
    }
    await endOpen(parts.hub, { session: one?.sessions[1] ?? '' })
    assert.deepEqual(written, [one?.server])
    assert.equal((await db('seats').where({ ended: true })).length, servers + 1)
    assert.equal((await db('servers').where('revision', '>', 0)).length, 1)
  })

  it('finds seats that end, and the contents of routes, by an index', async () => {
    const { db } = parts.hub
    const server = await parts.makeReady()
    const rest = { user: server.user, server: server.id, run: 1, ended: false, expires: 0 }
    await db('seats').insert({ id: 'a', session: 'b', ...rest })
    const queries = [
      ...(await asked(() => endOpen(parts.hub, { session: 'b' }))),
      ...(await asked(() => endOpen(parts.hub, { user: server.user }))),
      ...(await asked(() => wantedRoutes(parts.hub))),
    ].filter(({ sql }) => /^(select|update|delete)/i.test(sql))
    assert.ok(queries.length > 8)
    assert.deepEqual(await scansOf(db, queries), [])
  })

  it('finds what no server is made of any more, and whose origins have changed, by an index', async () => {
    const { db } = parts.hub
    await storeCourses(parts.hub)
    await addCrowd(parts.hub, servers, 0)
    const queries = await asked(async () => {
      await expireDefinitions(db)
      await moveOrigins(db)
    })
    assert.ok(queries.length > 5)
    const own = queries.filter(({ sql }) => /^(select|update|delete)/i.test(sql))
    assert.deepEqual(await scansOf(db, own), [])
    assert.equal((await db('servers').whereNull('origins')).length, 0)
  })

  it('finds the servers that move or run, and the few users who are not active, by an index', async () => {
    const { db } = parts.hub
    const queries = await asked(async () => {
      await Promise.all([hasQueued(db, 'me'), countQueued(db), countReady(db), movingServers(db)])
      await Promise.all([readyServers(db), runningServers(db), serversNotAtRest(db), temporaryShare(db)])
      await Promise.all([serversOfInactiveUsers(db), usersBeingRemoved(db), abandonedServers(db, 'me', ['x'], 20)])
    })
    assert.equal(queries.length, 12)
    assert.deepEqual(await scansOf(db, queries), [])
  })
})

interface Asked {
  sql: string
  bindings: readonly unknown[]
}

/** What a plan says of a whole table. The tables that are left out have a few rows, and `json_each` is a list of ours. */
const reading =
  /\bSCAN (?!installation|hubs|courses|json_each|users USING INDEX users_inactive)|Seq Scan on (?!installation|hubs|courses)/

/** Returns the queries that read a whole table, with their plans. */
async function scansOf(db: Database, queries: Asked[]): Promise<string[]> {
  const scans: string[] = []
  await db.transaction(async (trx) => {
    const isSqlite = dialectOf(db) === 'sqlite'
    // With few rows PostgreSQL reads all of them unless it is told to use an index if there is one.
    if (!isSqlite) await trx.raw('set local enable_seqscan = off')
    for (const { sql, bindings } of queries) {
      const explain = `explain ${isSqlite ? 'query plan ' : ''}${sql.replace(/\$\d+/g, '?')}`
      const plan = JSON.stringify(await trx.raw(explain, bindings as string[]))
      if (reading.test(plan)) scans.push(`${plan}: ${sql}`)
    }
  })
  return scans
}
