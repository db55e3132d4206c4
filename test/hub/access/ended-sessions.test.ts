import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import { hashSecret } from '../../../hub/db/ids.ts'
import { endSeats } from '../../../hub/db/seats/seats.ts'
import { addSession, readSession, updateSession } from '../../../hub/db/sessions.ts'
import {
  missingPostgresql,
  onEachDatabase,
  postgresqlDatabase,
  type TestDatabase,
} from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../people.ts'

onEachDatabase('a session that has ended', (makeDatabase) => {
  it('is not restored by a request that was under way', async () => {
    const { db, close } = await openDatabase(await makeDatabase())
    await addSession(db, 'id', { framed: false }, { milliseconds: 60_000 })
    await db.transaction((trx) => endSeats(trx, { session: hashSecret('id') }))
    await updateSession(db, 'id', { framed: true }, 60_000)
    assert.equal(await readSession(db, 'id'), undefined)
    await close()
  })
})

describe('a session at two hubs', () => {
  let database: TestDatabase
  const hubs: TestHub[] = []

  before(function () {
    requirePart(this, 'postgresql', missingPostgresql())
  })
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await hub.stop()
    await database?.remove()
  })

  it('ends at both at the same time', async () => {
    database = await postgresqlDatabase()
    const config = { authenticators: visitorsAndPeople() }
    for (let i = 0; i < 2; i += 1) hubs.push(await startTestHub({ database: database.url, config }))
    const [one, other] = hubs.map((hub) => hub.browser())
    assert(one !== undefined && other !== undefined)
    for (const everywhere of ['true', 'false']) {
      await one.submit('/hub/login/local', { username: 'ann', password: 'right' })
      for (const [name, value] of one.jar) other.jar.set(name, value)
      assert.equal((await other.navigate('/hub/home')).status, 200)
      assert.equal((await one.submit('/hub/logout', { everywhere })).status, 200)
      assert.equal((await other.navigate('/hub/home')).status, 302)
    }
  })
})
