import assert from 'node:assert/strict'
import {
  AuthenticationError,
  type Authenticator,
  type RedirectAuthenticator,
} from '../../../authenticators/authenticator.ts'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { type Answer, type HttpBrowser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

describe('a sign-in page with one way in', () => {
  let hub: TestHub
  /** What the provider answers. */
  let answer: () => Promise<{ subject: string; name: string }>
  const provider: RedirectAuthenticator = {
    kind: 'redirect',
    name: 'school',
    label: 'Sign in with School',
    begin: async () => ({ redirectTo: 'https://idp.example/', pending: { state: 'x' } }),
    finish: () => answer(),
  }
  const start = async (authenticators: Authenticator[] = [provider]) => {
    answer = async () => ({ subject: 'ann', name: 'ann' })
    hub = await startTestHub({ config: { authenticators } })
    return hub.browser()
  }
  afterEach(() => hub.stop())

  const goesOn = ({ text }: Answer) => /id="only-way"/.test(text) && /sign-in-at-once\.js/.test(text)
  const page = (browser: HttpBrowser, headers = {}) => browser.navigate('/hub/login?next=%2Fhub%2Ftoken', headers)
  /** Does what the page's script does. */
  const automatic = (browser: HttpBrowser) =>
    browser.submit('/hub/login/school', { next: '/hub/token', automatic: 'true' })
  const press = (browser: HttpBrowser) => browser.submit('/hub/login/school', { next: '/hub/token' })
  const back = (browser: HttpBrowser) => browser.navigate('/hub/oauth_callback?code=x')

  /** Ends the pause, as the browser does after a minute. */
  const minuteLater = ({ jar }: HttpBrowser) => {
    if (jar.get('carrel-automatic') === 'paused') jar.delete('carrel-automatic')
  }

  it('goes on to it by a form of its own, and has a button for a browser without script', async () => {
    const browser = await start()
    const asked = await page(browser)
    assert.equal(asked.status, 200)
    assert.ok(goesOn(asked))
    assert.match(asked.text, /<button>Sign in with School<\/button>/)
    assert.equal((await automatic(browser)).headers.location, 'https://idp.example/')
    assert.equal((await back(browser)).headers.location, '/hub/token')
    assert.equal((await browser.navigate('/hub/token')).status, 200)
  })

  it('goes on once in a minute, however often the page is opened', async () => {
    const browser = await start()
    const first = await automatic(browser)
    assert.match(String(first.cookies), /carrel-automatic=paused; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax/)
    assert.ok(!goesOn(await page(browser)))
    const again = await automatic(browser)
    assert.deepEqual([again.status, again.headers.location], [303, '/hub/login?next=%2Fhub%2Ftoken'])
    assert.equal((await press(browser)).headers.location, 'https://idp.example/', 'a person may at any time')
    minuteLater(browser)
    assert.ok(goesOn(await page(browser)))
  })

  it('makes no loop where a session is lost as soon as it was made', async () => {
    const browser = await start()
    await automatic(browser)
    await back(browser)
    await hub.db('sessions').delete()
    assert.ok(!goesOn(await page(browser)))
  })

  it('waits for the button after a sign-out, until a person has come in by it', async () => {
    const browser = await start()
    await automatic(browser)
    await back(browser)
    await browser.submit('/hub/logout')
    minuteLater(browser)
    assert.ok(!goesOn(await page(browser)))
    assert.equal((await automatic(browser)).headers.location, '/hub/login?next=%2Fhub%2Ftoken')
    await press(browser)
    await back(browser)
    minuteLater(browser)
    await hub.db('sessions').delete()
    assert.ok(goesOn(await page(browser)), 'a session that ended by itself brings her back')
  })

  it('waits for the button after a refusal, by the provider or by the hub', async () => {
    for (const refusal of [
      async () => {
        throw new AuthenticationError('School does not let you in here.')
      },
      async () => ({ subject: 'x', name: 'lms:edx:ann' }),
    ]) {
      const browser = await start()
      answer = refusal
      await automatic(browser)
      assert.equal((await back(browser)).status, 403)
      minuteLater(browser)
      assert.ok(!goesOn(await page(browser)))
      await hub.stop()
    }
    await start()
  })

  it('waits for the button where the provider does not answer', async () => {
    const browser = await start([
      {
        ...provider,
        async begin() {
          throw new AuthenticationError('School does not answer.')
        },
      },
    ])
    assert.equal((await automatic(browser)).status, 403)
    minuteLater(browser)
    assert.ok(!goesOn(await page(browser)))
  })

  it('goes on for a gate before temporary users too', async () => {
    const browser = await start([temporary({ behind: provider })])
    assert.ok(goesOn(await page(browser)))
    await automatic(browser)
    assert.equal((await back(browser)).headers.location, '/hub/token')
    assert.equal((await hub.db('users').first('kind')).kind, 'temporary')
  })

  it('does not go on in a frame', async () => {
    const browser = await start()
    assert.ok(!goesOn(await page(browser, { 'sec-fetch-dest': 'iframe' })))
  })

  it('does not go on where there is another way in', async () => {
    const learners = lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })
    for (const others of [[people], [temporary()], [{ ...provider, name: 'college' }], [learners]]) {
      const browser = await start([provider, ...others])
      assert.ok(!goesOn(await page(browser)))
      assert.equal((await automatic(browser)).status, 303)
      assert.equal(browser.jar.has('carrel-automatic'), false)
      await hub.stop()
    }
    await start()
  })

  it('does not go on where the way in is a form', async () => {
    const browser = await start([people])
    assert.ok(!goesOn(await page(browser)))
  })
})
