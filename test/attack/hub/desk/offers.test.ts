/** Attacks by what a strip asks about newer notebooks of a course. */
import { blobDigest } from '../../../../hub/copies/bytes-at.ts'
import { putBlobs } from '../../../../hub/db/content/blobs.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../../helpers/fake-spawners.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { notebook } from '../../../hub/content/content-world.ts'
import { openDesk, type TestDesk } from '../../../hub/desk/desk-world.ts'
import { attacks } from '../../table.ts'

const path = 'a.ipynb'
const [base, newer] = [notebook('A', 'base'), notebook('A', 'newer')]

describe('attack: script that asks for newer notebooks', () => {
  let database: TestDatabase
  let hub: TestHub
  let world: FakeServers
  let eve: TestDesk
  let ann: TestDesk
  beforeEach(async () => {
    database = await sqliteDatabase()
    world = createFakeServers({ files: { [path]: 'notebook' }, bytes: {}, changes: [] })
    // No repository is there: the rows say what a pull would have brought.
    const content = { git: 'https://git.invalid/course', pullMinutes: false }
    const config = { courses: { demo: { image: 'stats', content } } } as never
    hub = await startTestHub({ database: database.url, world, config })
    ann = await openDesk(hub, hub.browser())
    eve = await openDesk(hub, hub.browser())
    const [first, second] = [Buffer.from(base), Buffer.from(newer)]
    await putBlobs(
      hub.db,
      [first, second].map((bytes) => ({ digest: blobDigest(bytes), bytes })),
    )
    const facts = { blob: 'b', bytes: second.length, title: 'A', version: '0.1', format: 'ipynb' }
    await hub.db('notebooks').insert({ course: 'demo', path, digest: blobDigest(second), ...facts })
    for (const { server } of [ann, eve])
      await hub.db('copies').insert({ holder: server.id, path, digest: blobDigest(first), commit: 'c', made: 0 })
    write(base)
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
    await database.remove()
  })

  const write = (text: string) => {
    world.behaviour.bytes = { [path]: Buffer.from(text).toString('base64') }
  }
  const look = (desk: TestDesk, changes: object = {}) => desk.ask('GET', `offer?path=${path}`, undefined, changes)
  const seen = () => ({ mine: blobDigest(Buffer.from(base)), theirs: blobDigest(Buffer.from(newer)) })
  const codes = async (answers: Promise<{ status: number; text: string }>[]) =>
    [...new Set((await Promise.all(answers)).map(({ status, text }) => `${status} ${JSON.parse(text).error}`))].sort()
  const writes = () => (world.behaviour.changes ?? []).length
  const declined = () => hub.db('copies').whereNotNull('declined').pluck('holder')

  attacks([
    {
      name: 'reads and takes the newer notebook at another learner’s desk',
      rule: 'desk',
      async attempt() {
        const theirs = [{ server: ann.server.id }, { user: ann.user }, { server: ann.server.id, user: ann.user }]
        const tries = theirs.flatMap((changes) => [
          look(eve, changes),
          eve.ask('POST', 'offer', { path, take: 'stay', ...seen() }, changes),
          eve.ask('POST', 'offer', { path, take: 'theirs', ...seen() }, changes),
        ])
        return [await codes(tries), writes(), await declined()]
      },
      expected: [['403 seat_ended'], 0, []],
    },
    {
      name: 'takes blindly, with digests that no one was told, and files that are no copies',
      rule: 'desk',
      async attempt() {
        const other = { mine: 'a'.repeat(64), theirs: 'b'.repeat(64) }
        const take = (more: object) => eve.ask('POST', 'offer', { path, take: 'theirs', ...seen(), ...more })
        return [
          await codes([take({ mine: other.mine }), take({ theirs: other.theirs }), take({ ...other, take: 'merged' })]),
          await codes(['../a.ipynb', '/a.ipynb', './a.ipynb', 'b.ipynb'].map((path) => take({ path }))),
          writes(),
        ]
      },
      expected: [['409 changed_meanwhile'], ['404 not_of_course'], 0],
    },
    {
      name: 'sends what is no question about a newer notebook',
      rule: 'desk',
      async attempt() {
        const odd = [{ mine: '' }, { mine: 'A'.repeat(64) }, { take: 'all' }, { path: 7 }, { more: 1 }]
        return [
          await codes(odd.map((more) => eve.ask('POST', 'offer', { path, take: 'theirs', ...seen(), ...more }))),
          await codes(
            ['offer', `offer?path=${path}&path=b`, `offer?path=${path}&all=1`].map((rest) => eve.ask('GET', rest)),
          ),
          writes(),
        ]
      },
      expected: [['400 bad_question'], ['400 bad_question'], 0],
    },
    {
      name: 'has notebooks compared without end',
      rule: 'desk',
      async attempt() {
        const all = await Promise.all(Array.from({ length: 30 }, () => look(eve)))
        return [all.filter(({ status }) => status === 200).length <= 11, (await look(ann)).status]
      },
      expected: [true, 200],
    },
    {
      name: 'a notebook that takes minutes or gigabytes to compare holds the hub',
      rule: 'cost',
      async attempt() {
        write(`{"nbformat":4,"cells":[${'{"cell_type":"raw","source":"a"},'.repeat(400_000)}{}]}`)
        const before = process.threadCpuUsage()
        const { problem } = (await look(eve)).json()
        const { user } = process.threadCpuUsage(before)
        write(`${'['.repeat(2 ** 20)}`)
        return [/cannot be read/.test(problem), user < 3_000_000, (await look(ann)).json().changes]
      },
      expected: [true, true, []],
    },
  ])
})
