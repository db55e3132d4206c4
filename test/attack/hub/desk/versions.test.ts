import { createHash } from 'node:crypto'
import { putBlobs } from '../../../../hub/db/content/blobs.ts'
import { addVersion } from '../../../../hub/db/content/versions.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { enterAsGuest, openSchool, type School } from '../../../hub/access/guests/school.ts'
import { people } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

describe('attack: earlier versions of another user’s notebooks, and what is to be done with them', () => {
  let database: TestDatabase
  let school: School
  let eve: HttpBrowser
  /** The number of a version of ann's. */
  let hers: number
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await openSchool(database.url, {
      authenticators: [people],
      admins: ['root'],
      courses: {
        demo: { image: 'demo', staff: ['grace'], share: true, content: { git: 'https://git.example.org/demo.git' } },
        ended: { image: 'demo', closes: '2020-01-01T00:00Z' },
      },
    } as never)
    eve = await school.as('eve')
    await eve.enter('/launch/demo')
    hers = await keptFor('ann', 'demo')
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  /** Keeps a version for a person, in a course. Returns its number. */
  async function keptFor(
    name: string,
    course: string,
    { path = 'a.ipynb', bytes = Buffer.from('secret') } = {},
  ): Promise<number> {
    const { db } = school.hub
    const digest = createHash('sha256').update(bytes).digest('hex')
    await db.transaction(async (trx) => {
      await putBlobs(trx, [{ digest, bytes }])
      await addVersion(trx, { account: `local:${name}`, course, path, digest, size: bytes.length })
    })
    return Number((await db('versions').max({ number: 'number' }))[0]?.number)
  }
  /** Removes ann's versions by the API, with a token that this person makes. */
  async function removeByApi(browser: HttpBrowser) {
    const { text } = await browser.submit('/hub/token', { note: 'x', days: '1' })
    const [token] = /carrel-user-[\w-]{43}/.exec(text) ?? []
    return createHttpBrowser(school.hub.address).fetch('/hub/api/users/ann/versions', {
      method: 'DELETE',
      headers: { authorization: `token ${token}` },
    })
  }
  const wishes = () => school.hub.db('wishes').pluck('account')
  async function stopServers(): Promise<void> {
    for (const browser of [school.ann, eve])
      for (const id of await school.hub.db('servers').pluck('id')) await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await school.hub.db('servers').whereNot({ state: 'stopped' })).length === 0)
  }

  attacks([
    {
      name: 'reads, looks at, deletes or puts back a version by the number or the path of another user’s',
      rule: 'versions',
      async attempt() {
        await stopServers()
        const at = `/hub/versions/demo/${hers}`
        const answers = [
          await eve.fetch(at),
          await eve.fetch(`${at}/look`),
          await eve.fetch(`${at}/delete`),
          await eve.fetch('/hub/versions/demo/delete?path=a.ipynb'),
          await eve.submit(`${at}/delete`),
          await eve.submit(`${at}/restore`),
        ]
        await eve.submit('/hub/versions/demo/delete', { path: 'a.ipynb' })
        return [answers.map(({ status }) => status), (await school.hub.db('versions')).length, await wishes()]
      },
      expected: [[404, 404, 404, 404, 404, 404], 1, []],
    },
    {
      name: 'puts back a version of another course of its own, or what the course does not have',
      rule: 'versions',
      async attempt() {
        await stopServers()
        const own = await keptFor('eve', 'ended')
        const answers = [
          await eve.submit(`/hub/versions/demo/${own}/restore`),
          await eve.submit('/hub/versions/demo/reset', { path: 'a.ipynb' }),
          await eve.submit('/hub/versions/demo/reset', { path: '../../etc/passwd' }),
          await eve.submit('/hub/versions/third/reset', { path: 'a.ipynb' }),
        ]
        return [answers.map(({ status }) => status), await wishes()]
      },
      expected: [[404, 404, 404, 404], []],
    },
    {
      name: 'has another site’s page ask for it, or take back what was asked',
      rule: 'versions',
      async attempt() {
        await stopServers()
        const foreign = { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' }
        const send = (rest: string) => school.ann.submit(`/hub/versions/demo/${rest}`, { path: 'a.ipynb' }, foreign)
        const before = [await send(`${hers}/restore`), await send('reset')].map(({ status }) => status)
        const asked = await wishes()
        await school.ann.submit(`/hub/versions/demo/${hers}/restore`)
        return [before, asked, (await send('keep')).status, await wishes()]
      },
      expected: [[403, 403], [], 403, ['local:ann']],
    },
    {
      name: 'asks for it in a course that does not open for the user any more',
      rule: 'versions',
      async attempt() {
        const own = await keptFor('eve', 'ended')
        const { status, text } = await eve.submit(`/hub/versions/ended/${own}/restore`)
        return [(await eve.fetch(`/hub/versions/ended/${own}`)).text, status, /closed/.test(text), await wishes()]
      },
      expected: ['secret', 403, true, []],
    },
    {
      name: 'writes script into a notebook, of which a version is looked at',
      rule: 'versions',
      async attempt() {
        const source = '</pre><script>alert(1)</script><img src=x onerror=alert(1)>'
        const bytes = Buffer.from(
          JSON.stringify({
            nbformat: 4,
            nbformat_minor: 5,
            metadata: {},
            cells: [{ cell_type: 'markdown', metadata: {}, source }],
          }),
        )
        const own = await keptFor('eve', 'demo', { bytes, path: '<b>.ipynb' })
        const { status, text } = await eve.fetch(`/hub/versions/demo/${own}/look`)
        return [
          status,
          /<img(?! src="\/hub\/static\/)|<b>|<script>alert/.test(text),
          text.includes('&#60;/pre&#62;&#60;script&#62;alert(1)'),
        ]
      },
      expected: [200, false, true],
    },
    {
      name: 'removes the versions of another user as an admin does',
      rule: 'versions',
      async attempt() {
        const { id } = await school.hub.db('users').where({ name: 'ann' }).first('id')
        const asked = await eve.navigate(`/hub/admin/users/${id}/versions`)
        const pressed = await eve.submit(`/hub/admin/users/${id}/versions`)
        const called = await removeByApi(eve)
        const answers = [asked, pressed, called].map(({ status }) => status)
        // The same call removes them where an admin makes it, so it was refused for who has made it.
        const left = [(await school.hub.db('versions')).length]
        const { status } = await removeByApi(await school.as('root'))
        return [answers, left.concat((await school.hub.db('versions')).length), status]
      },
      expected: [[403, 403, 403], [1, 0], 200],
    },
    {
      name: 'has what the owner has asked for carried out by coming as a guest',
      rule: 'versions',
      async attempt() {
        const grace = await school.as('grace')
        const wish = { account: 'local:ann', course: 'demo', path: 'a.ipynb', slug: 'demo', asked: 1 }
        await school.hub.db('wishes').insert(wish)
        const { status } = await enterAsGuest(school.hub, grace, school.server.path)
        return [status, await school.hub.db('wishes').select('claim', 'problem')]
      },
      expected: [200, [{ claim: null, problem: null }]],
    },
  ])
})
