import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Authenticator } from '../../../authenticators/authenticator.ts'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { countRows, type HttpBrowser, lmsUrl, redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

const edx = lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })
const link = '/launch/Python/a.ipynb'
const newVerifier = () => randomBytes(32).toString('base64url')
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const coop = 'cross-origin-opener-policy'

describe('signing in from inside a frame', () => {
  let hub: TestHub
  const start = async (authenticators: Authenticator[] = [people, edx]) => {
    hub = await startTestHub({ config: { authenticators } })
  }
  afterEach(() => hub?.stop())

  const windowFor = (verifier: string) =>
    `/hub/window?challenge=${challengeOf(verifier)}&next=${encodeURIComponent(link)}`
  const signIn = (browser: HttpBrowser, name: string, next = '/hub/home') =>
    browser.submit('/hub/login/local', { username: name, password: 'right', next })
  const codeFrom = async (window: HttpBrowser, verifier: string): Promise<string> =>
    (await window.post('/hub/window/code', { challenge: challengeOf(verifier) })).json().code
  const bringIn = (frame: HttpBrowser, code: string, verifier: string) =>
    frame.post('/hub/window/session', { code, verifier })

  it('gives the frame a partitioned session of its own for the person who signed in in the window', async () => {
    await start()
    const [frame, window, verifier] = [hub.browser(), hub.browser(), newVerifier()]
    const before = await frame.post('/hub/launches', { link, framed: true })
    assert.equal(before.json().error, 'sign_in')

    const page = await window.navigate(windowFor(verifier))
    const next = /name="next" value="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&#38;', '&')
    const done = await signIn(window, 'ann', next)
    assert.equal(done.headers.location, next)
    const finishing = await window.navigate(next ?? '')
    assert.match(finishing.text, /You are signed in/)
    for (const answer of [page, done, finishing]) assert.equal(answer.headers[coop], 'unsafe-none')
    assert.match(String(finishing.headers['content-security-policy']), /frame-ancestors 'none'/)

    const brought = await bringIn(frame, await codeFrom(window, verifier), verifier)
    assert.equal(brought.status, 200)
    assert.match(brought.cookies.join(), /SameSite=None; Secure; Partitioned$/)
    assert.notEqual(frame.jar.get('carrel'), window.jar.get('carrel'))
    assert.equal((await frame.post('/hub/launches', { link, framed: true })).status, 201)
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions'), { users: 1, sessions: 2 })
  })

  it('gives the frame the temporary user of a gate, without a second sign-in', async () => {
    await start([temporary({ behind: people })])
    const [frame, window, verifier] = [hub.browser(), hub.browser(), newVerifier()]
    await signIn(window, 'ann')
    assert.match((await window.navigate(windowFor(verifier))).text, /You are signed in/)
    assert.equal((await bringIn(frame, await codeFrom(window, verifier), verifier)).status, 200)
    assert.equal((await frame.post('/hub/launches', { link, framed: true })).status, 201)
    const users = await hub.db('users').select('kind')
    assert.deepEqual(
      users.map(({ kind }) => kind),
      ['temporary'],
    )
  })

  it('takes a code once, within its minute, and only with the verifier of the frame that asked', async () => {
    await start()
    const [window, verifier] = [hub.browser(), newVerifier()]
    await signIn(window, 'ann')
    const code = await codeFrom(window, verifier)
    const planted = await bringIn(hub.browser(), code, newVerifier())
    assert.deepEqual([planted.status, planted.json().error], [403, 'code_refused'])
    assert.deepEqual(planted.cookies, [])
    assert.equal(
      (await bringIn(hub.browser(), code, verifier)).status,
      200,
      'a wrong verifier does not use the code up',
    )
    assert.equal((await bringIn(hub.browser(), code, verifier)).status, 403, 'twice')

    await window.submit('/hub/logout')
    await signIn(window, 'ann')
    const revoked = await codeFrom(window, verifier)
    await window.submit('/hub/logout')
    assert.equal((await bringIn(hub.browser(), revoked, verifier)).status, 403, 'after signing out')
  })

  it('ends the seats that the frame had as another user', async () => {
    await start()
    const [frame, verifier] = [hub.browser(), newVerifier()]
    const { ticket } = await frame.enter('/ipythonExercice/Python/a/7', { framed: true, referer: `${lmsUrl}/` })
    const { seat, route } = (await redeem(hub, ticket)).json()
    const old = frame.jar.get('carrel')
    const window = hub.browser()
    await signIn(window, 'ann')
    await bringIn(frame, await codeFrom(window, verifier), verifier)
    assert.notEqual(frame.jar.get('carrel'), old)
    assert.deepEqual(hub.proxy.routes.get(route.path)?.access?.ended, [seat.id])
  })

  it("hands over only users who have signed in, and asks an LMS's learner to do so", async () => {
    await start()
    const window = hub.browser()
    await window.enter('/ipythonExercice/Python/a/7', { referer: `${lmsUrl}/` })
    const page = await window.navigate(windowFor(newVerifier()))
    assert.match(page.text, /<h1>Sign in<\/h1>/)
    assert.equal((await window.post('/hub/window/code', { challenge: challengeOf(newVerifier()) })).status, 401)
  })

  it('does nothing for pages of other sites, nor for a window without a valid query', async () => {
    await start()
    const window = hub.browser()
    await signIn(window, 'ann')
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    assert.equal((await window.post('/hub/window/code', { challenge: challengeOf('x') }, foreign)).status, 403)
    assert.equal(
      (await window.post('/hub/window/session', { code: 'x', verifier: newVerifier() }, foreign)).status,
      403,
    )
    for (const query of [
      '',
      '?challenge=x&next=/',
      `?challenge=${challengeOf('x')}&next=//evil.example`,
      `?challenge=${challengeOf('x')}`,
    ]) {
      assert.equal((await window.navigate(`/hub/window${query}`)).status, 400, query)
    }
  })

  it('changes the opener policy of no other page', async () => {
    await start()
    const browser = hub.browser()
    const wrong = { username: 'ann', password: 'wrong' }
    const answers = [
      await browser.navigate('/hub/login'),
      await browser.navigate(`/hub/login?next=${encodeURIComponent(link)}`),
      await browser.navigate('/hub/login?next=/hub/windows'),
      await browser.submit('/hub/login/local', { ...wrong, next: link }),
      await browser.navigate(link),
      await browser.navigate('/hub/oauth_callback'),
    ]
    for (const answer of answers) assert.equal(answer.headers[coop], 'same-origin')
    const retry = await browser.submit('/hub/login/local', { ...wrong, next: windowFor(newVerifier()) })
    assert.deepEqual([retry.status, retry.headers[coop]], [403, 'unsafe-none'])
  })

  it('tells a frame without script to sign in in a tab of its own', async () => {
    await start()
    const answer = await hub.browser().submit('/hub/launches', { link, framed: 'true' }, { 'sec-fetch-dest': 'iframe' })
    assert.equal(answer.status, 401)
    assert.match(answer.text, / href="\/hub\/login\?next=%2Flaunch[^"]+" target="_blank">/)
    assert.match(String(answer.headers['content-security-policy']), /frame-ancestors https:\/\/lms/)
  })
})
