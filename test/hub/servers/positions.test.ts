import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { installationId } from '../../../hub/db/installation.ts'
import { ensureServer, queueServer } from '../../../hub/db/servers/server-moves.ts'
import { ensureUser } from '../../../hub/db/users.ts'
import { createPositions } from '../../../hub/servers/positions.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

onEachDatabase('places in the queue', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
    await installationId(db)
  })
  afterEach(async () => close())

  async function queue(name: string): Promise<string> {
    const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
    const wanted = { user: user?.id ?? '', course: 'demo', path: `/user/${name}/demo/` }
    const server = await db.transaction((trx) => ensureServer(trx, wanted))
    await db.transaction((trx) => queueServer(trx, server, 'k1'))
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
