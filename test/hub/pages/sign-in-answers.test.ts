import assert from 'node:assert/strict'
import { AuthenticationError, type RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { countRows, type HttpBrowser, hubUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

describe('an answer of a provider', () => {
  let hub: TestHub
  /** How often a sign-in was begun, and how often one was finished. */
  let begun: number
  let finished: number
  /** The addresses to which the provider was asked to send browsers back. */
  let callbacks: string[]
  /** Whether each sign-in asked the provider for another account. */
  let others: boolean[]
  const school: RedirectAuthenticator = {
    kind: 'redirect',
    name: 'school',
    label: 'Sign in with School',
    async begin(callback, { otherAccount = false } = {}) {
      begun += 1
      others.push(otherAccount)
      callbacks.push(callback)
      return { redirectTo: `https://idp.example/?state=s${begun}`, pending: { state: `s${begun}` } }
    },
    async finish({ searchParams }, { state }) {
      finished += 1
      if (searchParams.get('state') !== state) throw new AuthenticationError('The sign-in does not fit.')
      if (searchParams.has('expired')) throw new AuthenticationError('Sign in there once more.', { beginAgain: true })
      const subject = searchParams.get('code') ?? ''
      if (subject === 'stranger') throw new AuthenticationError('You may not come in.', { refused: subject })
      const name = searchParams.get('name') ?? subject
      return { subject, name }
    },
  }
  beforeEach(async () => {
    begun = finished = 0
    callbacks = []
    others = []
    hub = await startTestHub({ config: { authenticators: [school] } })
  })
  afterEach(() => hub.stop())

  const begin = async (browser: HttpBrowser, next: string) => {
    await browser.submit('/hub/login/school', { next })
    return `s${begun}`
  }
  const answer = (browser: HttpBrowser, state: string, rest = 'code=ann') =>
    browser.navigate(`/hub/oauth_callback?state=${state}&${rest}`)

  it('that a signed-in browser opens again leads to where it was going, and signs nobody in', async () => {
    const browser = hub.browser()
    const state = await begin(browser, '/hub/token')
    for (const time of ['first', 'second', 'third']) {
      assert.equal((await answer(browser, state)).headers.location, '/hub/token', time)
    }
    assert.equal((await answer(browser, 'unknown')).headers.location, '/hub/home')
    assert.equal((await answer(browser, state, 'code=eve')).headers.location, '/hub/token')
    assert.equal(finished, 1)
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions'), { users: 1, sessions: 1 })
  })

  it('that is opened again without a session signs nobody in', async () => {
    const browser = hub.browser()
    const state = await begin(browser, '/hub/token')
    await answer(browser, state)
    await browser.submit('/hub/logout')
    assert.equal((await answer(browser, state)).status, 400)
    assert.equal((await answer(hub.browser(), state)).status, 400)
    assert.equal(finished, 1)
  })

  it('belongs to the tab that has asked for it, whichever comes back first', async () => {
    const browser = hub.browser()
    const first = await begin(browser, '/hub/token')
    const second = await begin(browser, '/launch/demo')
    assert.equal((await answer(browser, first)).headers.location, '/hub/token')
    assert.equal((await answer(browser, second)).headers.location, '/launch/demo')
    assert.equal(finished, 1, 'the second tab uses the session of the first')
  })

  it('that this browser never asked for changes nothing about the sign-in under way', async () => {
    const browser = hub.browser()
    const state = await begin(browser, '/hub/token')
    for (const forged of ['state=s9', `state=${state}&state=s9`, 'error=login_required', '']) {
      const page = await browser.navigate(`/hub/oauth_callback?${forged}`)
      assert.equal(page.status, 400, forged)
      assert.match(page.text, /was not begun in this browser, or was finished already/)
    }
    assert.equal(finished, 0)
    assert.equal((await answer(browser, state)).headers.location, '/hub/token')
  })

  it('that asks for another sign-in begins it once, and goes on where the first was going', async () => {
    const browser = hub.browser()
    const state = await begin(browser, '/hub/token')
    const again = await answer(browser, state, 'expired')
    assert.equal(again.headers.location, 'https://idp.example/?state=s2')
    assert.equal((await answer(browser, 's2')).headers.location, '/hub/token')
  })

  it('that asks for another sign-in for ever gets a page at the second time', async () => {
    const browser = hub.browser()
    await answer(browser, await begin(browser, '/hub/token'), 'expired')
    const refused = await answer(browser, 's2', 'expired')
    assert.equal(refused.status, 403)
    assert.match(refused.text, /Sign in there once more\./)
    assert.match(refused.text, / href="\/hub\/login\?next=%2Fhub%2Ftoken">Try again<\/a>/)
    assert.equal(begun, 2)
  })

  it('about a person who may not come in gets a page that says so, and a line of history', async () => {
    const browser = hub.browser()
    const refused = await answer(browser, await begin(browser, '/hub/token'), 'code=stranger')
    assert.equal(refused.status, 403)
    assert.match(refused.text, /You may not come in\./)
    assert.match(refused.text, / href="\/hub\/login\?next=%2Fhub%2Ftoken&#38;other=true">Use another account<\/a>/)
    const page = await browser.navigate('/hub/login?next=%2Fhub%2Ftoken&other=true')
    assert.match(page.text, /<input type="hidden" name="other" value="true"><button>Sign in with School<\/button>/)
    assert.doesNotMatch(page.text, /id="only-way"/)
    await browser.submit('/hub/login/school', { next: '/hub/token', other: 'true' })
    assert.deepEqual(others, [false, true])
    assert.equal((await answer(browser, 's2')).headers.location, '/hub/token')
    const [{ user, detail }] = await hub.db('events').where({ kind: 'sign-in-refused' }).select('user', 'detail')
    assert.deepEqual([user, JSON.parse(detail)], [null, { authenticator: 'school', person: 'stranger' }])
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
  })

  it('with the name of another person of the same provider is refused, and never that person’s account', async () => {
    const ann = hub.browser()
    await answer(ann, await begin(ann, '/hub/token'), 'code=1&name=ann')
    const other = hub.browser()
    const refused = await answer(other, await begin(other, '/hub/token'), 'code=2&name=ann')
    assert.equal(refused.status, 409)
    assert.match(refused.text, /The name ann belongs to another account here/)
    assert.match(refused.text, /&#38;other=true">Use another account<\/a>/)
    assert.equal((await other.navigate('/hub/token')).status, 302)
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
  })

  it('is asked for at one address, whichever host, port and scheme the browser or a gateway names', async () => {
    const headers = [
      {},
      { host: 'hub.example:443' },
      { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
      { 'x-forwarded-port': '443', forwarded: 'host=evil.example;proto=http' },
    ]
    for (const header of headers) await hub.browser().submit('/hub/login/school', {}, header)
    assert.deepEqual(callbacks, Array(headers.length).fill(`${hubUrl}/hub/oauth_callback`))
    const typed = hubUrl.replace('http:', 'https:')
    const refused = await hub.browser().submit('/hub/login/school', {}, { 'sec-fetch-site': '', origin: typed })
    assert.equal(refused.status, 403)
    assert.match(refused.text, new RegExp(`this site is at ${hubUrl}.*Open it there`))
    assert.match(refused.text, new RegExp(` href="${hubUrl}/hub/home">Open this site</a>`))
  })

  it('belongs to one of the last five sign-ins, so that a session stays small', async () => {
    const browser = hub.browser()
    const first = await begin(browser, '/hub/token')
    for (let count = 0; count < 5; count += 1) await begin(browser, '/hub/home')
    assert.equal((await answer(browser, first)).status, 400)
    const [{ content }] = await hub.db('sessions').select('content')
    assert.equal(JSON.parse(content).signIns.length, 5)
  })
})
