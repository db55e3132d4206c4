import assert from 'node:assert/strict'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { openSchool, type School, schoolConfig } from '../access/guests/school.ts'
import { people } from '../people.ts'

const pages = ['/hub/admin', '/hub/admin?q=an&page=2', '/hub/course/demo?state=all', '/hub/token', '/hub/share/demo']
const ended = /Your session has ended\. Sign in again/

onSqlite('a page that needs a session', (makeDatabase) => {
  let hub: TestHub
  afterEach(async () => hub?.stop())
  const start = async () => {
    hub = await startTestHub({ database: await makeDatabase(), config: schoolConfig({ authenticators: [people] }) })
  }
  const signInAt = (next: string) => `/hub/login?next=${encodeURIComponent(next)}`

  it('leads a browser without one to the sign-in page, and back to the whole address', async () => {
    await start()
    for (const page of pages) {
      const browser = hub.browser()
      const asked = await browser.navigate(page)
      assert.deepEqual([asked.status, asked.headers.location], [302, signInAt(page)])
      const { text } = await browser.navigate(signInAt(page))
      assert.doesNotMatch(text, ended, 'there was no session')
      const next = /name="next" value="([^"]*)"/.exec(text)?.[1]?.replaceAll('&#38;', '&')
      assert.equal(next, page)
      const signedIn = await browser.submit('/hub/login/local', { username: 'ann', password: 'right', next: page })
      assert.equal(signedIn.headers.location, page)
    }
  })

  it('leads to the first page after the sign-in, where the address is too long for one of ours', async () => {
    await start()
    const { headers } = await hub.browser().navigate(`/hub/admin?q=${'+'.repeat(20_000)}`)
    assert.equal(headers.location, signInAt('/hub/home'))
  })

  it('says that the session has ended only where there was one', async () => {
    await start()
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: 'ann', password: 'right' })
    await hub.db('sessions').delete()
    assert.equal((await browser.navigate('/hub/token')).headers.location, signInAt('/hub/token'))
    const { text } = await browser.navigate(signInAt('/hub/token'))
    assert.match(text, /Your session has ended\. Sign in again, and you go on where you were\./)
    const pressed = await browser.submit('/hub/token', { note: 'x', days: '1' })
    assert.equal(pressed.status, 401)
    assert.match(pressed.text, ended)
    assert.match(pressed.text, / href="\/hub\/login\?next=%2Fhub%2Fhome">Sign in<\/a>/)
    const fresh = await hub.browser().submit('/hub/token', { note: 'x', days: '1' })
    assert.doesNotMatch(fresh.text, ended)
    assert.match(fresh.text, /Sign in to go on\./)
  })

  it('answers programs with an error in place of a page', async () => {
    await start()
    const { status, text } = await hub.browser().fetch('/hub/token', { headers: { accept: 'application/json' } })
    assert.deepEqual([status, JSON.parse(text).error], [401, 'sign_in'])
  })
})

onSqlite('a page for users with a role', (makeDatabase) => {
  let school: School
  let eve: HttpBrowser
  beforeEach(async () => {
    school = await openSchool(await makeDatabase())
    eve = await school.as('eve')
  })
  afterEach(async () => school?.hub.stop())

  it('says to others who they are, and how to come in as another user', async () => {
    for (const [page, whose] of [
      ['/hub/admin', /for the people who run this site\. You are signed in as eve\./],
      ['/hub/admin/users/nobody/remove', /for the people who run this site\./],
      ['/hub/course/demo', /for the people who look after the course\. You are signed in as eve\./],
      ['/hub/course/nowhere', /for the people who look after the course\./],
    ] as const) {
      const { status, text } = await eve.navigate(page)
      assert.equal(status, 403, page)
      assert.match(text, whose)
      assert.ok(text.includes(` href="/hub/logout?next=${encodeURIComponent(page)}">Sign in as another user</a>`))
    }
    const visitor = school.hub.browser()
    await visitor.enter('/tmplogin?course=demo')
    assert.match((await visitor.navigate('/hub/admin')).text, /You are here as a temporary visitor\./)
  })

  it('opens by way of a sign-out and the sign-in of another user', async () => {
    const page = '/hub/course/demo'
    assert.match((await eve.navigate(`/hub/logout?next=${encodeURIComponent(page)}`)).text, /name="next"/)
    const left = await eve.submit('/hub/logout', { next: page })
    const [, link = ''] = /href="(\/hub\/login[^"]*)">Sign in again/.exec(left.text) ?? []
    assert.equal(link, `/hub/login?next=${encodeURIComponent(page)}`)
    const back = await eve.submit('/hub/login/local', { username: 'grace', password: 'right', next: page })
    assert.equal(back.headers.location, page)
    assert.equal((await eve.navigate(page)).status, 200)
  })

  it('has no page for admins that does not exist', async () => {
    const root = await school.as('root')
    assert.equal((await root.navigate('/hub/admin/users/nobody/remove')).status, 404)
  })
})

describe('a link into a notebook without a session, where both visitors and people come', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ config: schoolConfig() })
  })
  afterEach(async () => hub?.stop())

  /** Returns the answer to the launch page's script. */
  const asked = async (name: string) => {
    const browser = hub.browser()
    browser.setNonce()
    return browser.post('/hub/launches', { link: `/hub/open?to=/user/${name}/demo/lab` })
  }

  it('leads a person to the sign-in, a learner to the LMS, and tells a visitor that the work is gone', async () => {
    assert.deepEqual([(await asked('ann')).json().error], ['sign_in'])
    assert.match((await asked('lms~3aedx~3a7')).json().message, /Open the page of your course again/)
    const gone = (await asked(crypto.randomUUID())).json()
    assert.equal(gone.error, 'session_gone')
    assert.match(gone.message, /cannot be reached from this browser any more/)
  })
})
