import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
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
import { type HttpBrowser, lmsUrl, redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
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

const exercise = '/ipythonExercice/Python/a.ipynb/ann'

onEachDatabase('a sign-out during which something is created', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => hub?.stop())

  /** Returns the hidden fields of the form that opens a tab. */
  const tabForm = async (frame: HttpBrowser) => {
    const { text } = await frame.navigate(exercise, { 'sec-fetch-dest': 'iframe' })
    const form = /<form[^>]*target="_blank".*?<\/form>/s.exec(text)?.[0] ?? ''
    const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)]
    return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
  }
  const atHome = async (browser: HttpBrowser) => (await browser.navigate('/hub/home')).status === 200

  it('everywhere leaves no session that a tab opens meanwhile', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const frame = hub.browser()
      await frame.enter(exercise, { framed: true, referer: `${lmsUrl}/` })
      const forms = await Promise.all(Array.from({ length: 30 }, () => tabForm(frame)))
      // The submissions are spread over the time of the sign-out, so that some are at each of their steps then.
      const tabs = forms.map(async (fields, place) => {
        const tab = hub.browser()
        await sleep(place * 2)
        await tab.submit('/hub/launches', fields)
        return tab
      })
      await sleep(25)
      assert.equal((await frame.submit('/hub/logout', { everywhere: 'true' })).status, 200)
      const left = await Promise.all((await Promise.all(tabs)).map(atHome))
      assert.equal(left.filter(Boolean).length, 0)
      assert.deepEqual(await hub.db('sessions').select('hash').whereNotNull('user'), [])
    }
  })

  it('of a temporary user leaves no API token that is made meanwhile', async () => {
    const browser = hub.browser()
    await browser.enter('/tmplogin?course=demo')
    const copy = () => {
      const one = hub.browser()
      one.jar.set('carrel', browser.jar.get('carrel') ?? '')
      return one
    }
    const made = Array.from({ length: 30 }, async (_, place) => {
      await sleep(place * 2)
      const page = await copy().submit('/hub/token', { note: 'x', days: '1' })
      return /carrel-user-[\w-]{43}/.exec(page.text)?.[0] ?? ''
    })
    await sleep(25)
    await copy().submit('/hub/logout')
    const answers = (await Promise.all(made)).map((token) =>
      hub.browser().fetch('/hub/api/user', { headers: { authorization: `token ${token}` } }),
    )
    assert.deepEqual(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set([403]))
    assert.deepEqual(await hub.db('tokens').select('id'), [])
  })
})

onEachDatabase('a ticket that was made while its session signed out', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => hub?.stop())

  it('opens nothing', async () => {
    const browser = hub.browser()
    const { ticket } = await browser.enter('/tmplogin?course=demo')
    const tickets = await hub.db('tickets').select()
    assert.equal(tickets.length, 1)
    await browser.submit('/hub/logout')
    // A request that has read the session before the sign-out writes its ticket after it.
    await hub.db('tickets').insert(tickets)
    assert.equal((await redeem(hub, ticket)).status, 404)
    assert.equal((await hub.db('seats').select()).length, 0)
  })
})

onEachDatabase('a first-visit nonce of a session that has signed out', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => hub?.stop())

  it('restores no session in any browser', async () => {
    const browser = hub.browser()
    const link = '/tmplogin?course=demo'
    await browser.enter(link)
    const nonce = browser.jar.get('carrel-first') ?? ''
    const session = browser.jar.get('carrel') ?? ''
    await browser.submit('/hub/logout')
    const other = hub.browser()
    other.jar.set('carrel-first', nonce)
    const answer = await other.post('/hub/launches', { link })
    assert.deepEqual([answer.status, answer.json().error], [409, 'nonce_used'])
    other.jar.set('carrel', session)
    assert.equal((await other.navigate('/hub/home')).headers.location, '/')
  })
})
