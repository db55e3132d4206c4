import { putBlobs } from '../../../../hub/db/content/blobs.ts'
import { addVersion } from '../../../../hub/db/content/versions.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { makeIdle, openDesk, type TestDesk } from '../../../hub/desk/desk-world.ts'
import { attacks } from '../../table.ts'

describe('attack: script that asks what a strip asks', () => {
  let database: TestDatabase
  let hub: TestHub
  let eve: TestDesk
  let ann: TestDesk
  beforeEach(async () => {
    database = await sqliteDatabase()
    hub = await startTestHub({ database: database.url })
    ann = await openDesk(hub, hub.browser())
    eve = await openDesk(hub, hub.browser())
  })
  afterEach(async () => {
    await hub.stop()
    await database.remove()
  })

  const question = { notebook: null, active: false }
  const [keep, ask] = [[{}], [question]] as const
  const codes = async (answers: Promise<{ status: number; text: string }>[]) =>
    [...new Set((await Promise.all(answers)).map(({ status, text }) => `${status} ${JSON.parse(text).error}`))].sort()

  /** Keeps a version for a user, in a course. Returns its number. */
  async function keptFor(user: string, course: string): Promise<number> {
    const { authenticator, subject } = await hub.db('users').where({ id: user }).first()
    const digest = 'b'.repeat(64)
    await hub.db.transaction(async (trx) => {
      await putBlobs(trx, [{ digest, bytes: Buffer.from('secret') }])
      const owner = { account: `${authenticator}:${subject}`, course }
      await addVersion(trx, { ...owner, path: 'a.ipynb', digest, size: 6 })
    })
    return Number((await hub.db('versions').max({ number: 'number' }))[0]?.number)
  }

  attacks([
    {
      name: 'does at another learner’s desk what its own seat lets it do',
      rule: 'desk',
      async attempt() {
        const at = await makeIdle(hub, ann.server, 600)
        const theirs = [{ server: ann.server.id }, { user: ann.user }, { server: ann.server.id, user: ann.user }]
        const tries = theirs.flatMap((changes) => [
          eve.ask('POST', 'keep', keep[0], changes),
          eve.ask('POST', 'state', { notebook: null, active: true }, changes),
          eve.ask('POST', 'reset', { path: 'a.ipynb' }, changes),
          eve.ask('POST', 'support-code', {}, changes),
        ])
        const refused = await codes(tries)
        const { last_activity } = await hub.db('activity').where({ server: ann.server.id }).first()
        return [refused, Number(last_activity) === at, await hub.db('desks').pluck('server')]
      },
      expected: [['403 seat_ended'], true, []],
    },
    {
      name: 'reads, shows and restores versions of another learner, and its own of another course',
      rule: 'desk',
      async attempt() {
        const numbers = [await keptFor(ann.user, 'demo'), await keptFor(eve.user, 'Python')]
        const listed = (await eve.ask('GET', 'versions')).json().versions
        const tries = numbers.flatMap((number) => [
          eve.ask('GET', `versions/${number}`),
          eve.ask('GET', `versions/${number}/cells`),
          eve.ask('POST', `versions/${number}/restore`, {}),
        ])
        return [listed, await codes(tries)]
      },
      expected: [[], ['404 no_version']],
    },
    {
      name: 'names files that are none, and sends what is no question',
      rule: 'desk',
      async attempt() {
        const paths = ['', 'a\0b', '\ud800', 'x'.repeat(1001), 7, ['a'], {}]
        const odd = [
          ...paths.map((notebook) => ({ notebook, active: false })),
          {},
          { ...question, more: 1 },
          [],
          'null',
          '[',
        ]
        const answers = odd.map((body) =>
          eve.ask('POST', 'state', typeof body === 'object' ? JSON.stringify(body) : body),
        )
        return [
          (await Promise.all(answers)).map(({ status }) => status).filter((status) => status !== 400),
          await hub.db('desks'),
        ]
      },
      expected: [[], []],
    },
    {
      name: 'sends a body that has no end',
      rule: 'desk',
      attempt: async () => codes([eve.ask('POST', 'state', `{"notebook":"${'x'.repeat(2 ** 21)}","active":false}`)]),
      expected: ['413 too_large'],
    },
    {
      name: 'has its server told open with a thousand names, so that rows fill the database',
      rule: 'desk',
      async attempt() {
        await Promise.all(
          Array.from({ length: 25 }, (_, i) => eve.ask('POST', 'state', { notebook: `${i}.ipynb`, active: false })),
        )
        return (await hub.db('desks')).length
      },
      expected: 1,
    },
    {
      name: 'asks without end',
      rule: 'desk',
      async attempt() {
        const many = (rest: string, body: object) => Array.from({ length: 60 }, () => eve.ask('POST', rest, body))
        const asked = await Promise.all(many('state', ask[0]))
        const kept = await Promise.all(many('keep', keep[0]))
        const passed = (all: typeof asked) => all.filter(({ status }) => status === 200).length
        const waits = [...asked, ...kept]
          .filter(({ status }) => status === 429)
          .map(({ headers }) => Number(headers['retry-after']))
        return [
          passed(asked) < 60,
          passed(kept) < 30,
          waits.every((seconds) => seconds > 0),
          (await ann.ask('POST', 'keep', {})).status,
        ]
      },
      expected: [true, true, true, 200],
    },
    {
      name: 'keeps its server for ever by saying so again and again',
      rule: 'desk',
      async attempt() {
        await hub.db('servers').update({ started: Date.now() - 20_000_000 })
        await hub
          .db('cullers')
          .insert({ idle_seconds: 900, max_age_seconds: 14_400, every_seconds: 300, told: Date.now() })
        const { ends } = (await eve.ask('POST', 'keep', {})).json()
        return [ends.why, ends.seconds, ends.keep]
      },
      expected: ['age', 0, false],
    },
  ])
})
