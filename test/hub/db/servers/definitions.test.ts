import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import { breaksReference, type Database } from '../../../../hub/db/dialect.ts'
import { renewHub } from '../../../../hub/db/hubs.ts'
import { installationId } from '../../../../hub/db/installation.ts'
import { writeCourses } from '../../../../hub/db/servers/courses.ts'
import { createDefinitions, definitionOf, expireDefinitions } from '../../../../hub/db/servers/definitions.ts'
import { beginStop, endStop, ensureServer, queueServer } from '../../../../hub/db/servers/server-moves.ts'
import { findServerOf } from '../../../../hub/db/servers/servers.ts'
import { ensureUser } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'

describe('the definition of a value', () => {
  it('has the same digest whatever the order of the fields, and another for another value', () => {
    const one = definitionOf({ image: 'x', env: { B: '2', A: '1' }, command: ['b', 'a'] })
    assert.deepEqual(definitionOf({ command: ['b', 'a'], env: { A: '1', B: '2' }, gpu: undefined, image: 'x' }), one)
    const digests = [{ image: 'x' }, { image: 'y' }, { image: 'x', command: ['a', 'b'] }, { image: 'x', env: {} }].map(
      (value) => definitionOf(value).digest,
    )
    assert.equal(new Set([...digests, one.digest]).size, 5)
  })
})

onEachDatabase('definitions', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
    await installationId(db)
    await renewHub(db, 'me')
  })
  afterEach(async () => close())

  const statementsOf = async (act: () => Promise<unknown>) => {
    const statements: string[] = []
    const note = ({ sql }: { sql: string }) => void statements.push(sql)
    db.on('query', note)
    await act().finally(() => db.off('query', note))
    return statements
  }
  const letTimePass = () => db('definitions').update({ used: 1 })
  const kept = async (value: unknown) => {
    const definition = definitionOf(value)
    await createDefinitions(db).keep([definition])
    return definition.digest
  }
  const left = async (): Promise<string[]> => (await db('definitions').pluck('digest')).sort()
  const makeServer = async (name: string) => {
    const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
    const wanted = { user: user?.id ?? '', course: 'demo', path: `/user/${name}/demo/` }
    return db.transaction((trx) => ensureServer(trx, wanted))
  }
  const queue = async (name: string, madeOf: string) => {
    const server = await makeServer(name)
    await db.transaction((trx) => queueServer(trx, 'me', server, { kid: 'k1', madeOf }))
  }
  const stop = async (name: string, madeOf?: string) => {
    const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
    const server = await findServerOf(db, user?.id ?? '', 'demo')
    assert.ok(server)
    const ending = { restart: madeOf !== undefined }
    const begun = await db.transaction((trx) => beginStop(trx, 'me', server, ending, 60_000))
    assert.ok(begun)
    await db.transaction((trx) => endStop(trx, begun.hold, { kid: 'k1', madeOf }))
  }

  it('are written once by a hub and shared by all rows, and read without a statement where they are known', async () => {
    const definition = definitionOf({ image: 'x' })
    const [first, second] = [createDefinitions(db), createDefinitions(db)]
    assert.equal((await statementsOf(() => first.keep([definition]))).length, 1)
    assert.equal((await statementsOf(() => first.keep([definition]))).length, 0)
    await second.keep([definition])
    assert.deepEqual(await left(), [definition.digest])
    const read = (from: typeof first) => from.read([definition.digest, undefined, definition.digest])
    assert.deepEqual([...(await read(first))], [[definition.digest, { image: 'x' }]])
    assert.equal((await statementsOf(() => read(first))).length, 0)
    const third = createDefinitions(db)
    assert.equal((await statementsOf(() => read(third))).length, 1)
    assert.equal((await statementsOf(() => read(third))).length, 0)
    assert.deepEqual(await read(third), await read(first))
  })

  it('are removed when nothing has named them for a while, and not before', async () => {
    const [run, origins, unused] = [await kept({ run: 1 }), await kept({ origins: 1 }), await kept({ unused: 1 })]
    await queue('ann', run)
    await writeCourses(db, [{ slug: 'demo', definition: '{}', origins }])
    await expireDefinitions(db)
    assert.deepEqual(await left(), [run, origins, unused].sort())
    await letTimePass()
    await expireDefinitions(db)
    assert.deepEqual(await left(), [run, origins].sort(), 'a row names them')
    await queue('ben', run)
    await stop('ann')
    await letTimePass()
    await expireDefinitions(db)
    assert.deepEqual(await left(), [run, origins].sort(), 'another row names them')
    const next = await kept({ run: 2 })
    await stop('ben', next)
    await letTimePass()
    await expireDefinitions(db)
    assert.deepEqual(await left(), [next, origins].sort(), 'a new start is made of another')
    await writeCourses(db, [{ slug: 'demo', definition: '{}', origins: next }])
    await letTimePass()
    await expireDefinitions(db)
    assert.deepEqual(await left(), [next, origins].sort(), 'the server has the origins that it was queued with')
    await stop('ben')
    await expireDefinitions(db)
    assert.deepEqual(await left(), [next], 'the course has them')
  })

  it('cannot be named when they are gone', async () => {
    const server = await makeServer('ann')
    const next = { kid: 'k1', madeOf: definitionOf({ image: 'x' }).digest }
    await assert.rejects(
      db.transaction((trx) => queueServer(trx, 'me', server, next)),
      breaksReference,
    )
    assert.equal((await findServerOf(db, server.user, 'demo'))?.state, 'stopped')
    assert.ok(!breaksReference(new Error('something else')))
  })

  it('are never removed from a row that comes to name them at that moment', async () => {
    const definition = definitionOf({ image: 'x' })
    let named = 0
    const launches = async (who: string) => {
      for (let round = 0; round < 20; round += 1) {
        let isNamed = false
        for (let tries = 0; !isNamed; tries += 1) {
          await createDefinitions(db).keep([definition])
          // As in a hub that has been away for long: it takes for kept what is being removed.
          if (tries === 0) await letTimePass()
          isNamed = await queue(`${who}-${round}`, definition.digest).then(
            () => true,
            (error) => (breaksReference(error) ? false : Promise.reject(error)),
          )
        }
        named += 1
        await stop(`${who}-${round}`)
      }
    }
    let isOver = false
    const removals = async () => {
      while (!isOver) {
        await expireDefinitions(db).catch((error) => assert.ok(breaksReference(error), String(error)))
        const [lost] = await db('servers')
          .whereNotNull('made_of')
          .whereNotIn('made_of', db('definitions').select('digest'))
        assert.equal(lost, undefined)
      }
    }
    const removing = [removals(), removals()]
    await Promise.all(['a', 'b', 'c'].map(launches)).finally(() => {
      isOver = true
    })
    await Promise.all(removing)
    assert.equal(named, 60)
  })
})
