import assert from 'node:assert/strict'
import type { Authenticator } from '../../../authenticators/authenticator.ts'
import { header } from '../../../authenticators/header.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

const school = header({
  name: 'school',
  label: 'Sign in with School',
  from: ['10.0.0.7'],
  headers: { user: 'Remote-User' },
  signOutUrl: '/oauth2/sign_out',
})

/** Returns the headers with which a proxy of ours tells the hub what the gateway has said. */
const told = (person: string | undefined, address = '10.0.0.7') => {
  const words = { address, headers: person === undefined ? {} : { 'remote-user': [person] } }
  return {
    'x-carrel-proxy-auth': secrets.proxyToken,
    'x-carrel-gateway': Buffer.from(JSON.stringify(words)).toString('base64url'),
  }
}
const [ann, bob] = [told('ann'), told('bob')]

onEachDatabase('a person whom a gateway in front names', (makeDatabase) => {
  let hub: TestHub
  afterEach(() => hub.stop())
  const start = async (authenticators: Authenticator[] = [school]) => {
    hub = await startTestHub({ database: await makeDatabase(), config: { authenticators } })
    return hub.browser()
  }
  const signIn = (browser: HttpBrowser, headers: Record<string, string>) =>
    browser.submit('/hub/login/school', { next: '/hub/token' }, headers)
  const home = (browser: HttpBrowser, headers = {}) => browser.navigate('/hub/home', headers)

  it('signs in by the button, or by the page itself', async () => {
    const browser = await start()
    const page = await browser.navigate('/hub/login', ann)
    assert.match(page.text, /id="only-way".*<button>Sign in with School<\/button>/)
    const answer = await signIn(browser, ann)
    assert.deepEqual([answer.status, answer.headers.location], [303, '/hub/token'])
    assert.equal((await home(browser, ann)).status, 200)
    const users = await hub.db('users').select('name', 'kind', 'authenticator', 'subject')
    assert.deepEqual(users, [{ name: 'ann', kind: 'person', authenticator: 'school', subject: 'ann' }])
  })

  it('is told how to go on where the gateway names no person', async () => {
    const browser = await start()
    for (const headers of [{}, told(undefined), told('ann', '10.0.0.8')]) {
      const answer = await signIn(browser, headers)
      assert.equal(answer.status, 403)
      assert.match(answer.text, /has not said who you are/)
      assert.match(answer.text, /Try again/)
    }
    assert.deepEqual(await hub.db('users').select(), [])
  })

  it('loses the session as soon as the gateway names another person, with all that is open', async () => {
    const browser = await start()
    await signIn(browser, ann)
    const cookie = browser.jar.get('carrel')
    browser.setNonce()
    const begun = await browser.post('/hub/launches', { link: '/launch/demo' }, ann)
    assert.notEqual(begun.json().launch, undefined)
    const asBob = await home(browser, bob)
    assert.deepEqual([asBob.status, asBob.headers.location], [302, '/'])
    assert.deepEqual(await hub.db('sessions').whereNotNull('user').select(), [])
    await signIn(browser, bob)
    assert.match((await home(browser, bob)).text, /bob/)
    if (cookie !== undefined) browser.jar.set('carrel', cookie)
    assert.equal((await home(browser, ann)).status, 302, 'the old cookie opens nothing, for her neither')
  })

  it('has no session in a request that names no person, or another gateway’s, and has it again afterwards', async () => {
    const browser = await start()
    await signIn(browser, ann)
    const cookie = browser.jar.get('carrel')
    for (const headers of [{}, told(undefined), told('ann', '10.0.0.8'), told('ann, bob')]) {
      assert.equal((await home(browser, headers)).status, 302)
      assert.equal(browser.jar.get('carrel'), cookie)
      assert.equal((await home(browser, ann)).status, 200)
    }
  })

  it('gets no new temporary user from an old gate', async () => {
    const browser = await start([temporary({ behind: school })])
    await signIn(browser, ann)
    browser.setNonce()
    const refused = await browser.post('/hub/launches', { link: '/tmplogin?course=demo&fresh=1', confirmed: true })
    assert.deepEqual([refused.status, refused.json().error], [401, 'sign_in'])
    assert.equal((await hub.db('users').select()).length, 1)
  })

  it('keeps the session while the gateway names the same person', async () => {
    const browser = await start()
    await signIn(browser, ann)
    const cookie = browser.jar.get('carrel')
    for (let count = 0; count < 3; count += 1) assert.equal((await home(browser, ann)).status, 200)
    assert.equal(browser.jar.get('carrel'), cookie)
  })

  it('is the same rule for the temporary user behind such a gate', async () => {
    const browser = await start([temporary({ behind: school })])
    await signIn(browser, ann)
    const [user] = await hub.db('users').select('kind', 'name')
    assert.equal(user?.kind, 'temporary')
    assert.equal((await home(browser, ann)).status, 200)
    assert.equal((await home(browser, bob)).status, 302)
    const [event] = await hub.db('events').where({ kind: 'signed-in' }).select('detail')
    assert.deepEqual(JSON.parse(event?.detail ?? ''), { authenticator: 'school', person: 'ann' })
  })

  it('does not touch sessions of other ways in', async () => {
    const browser = await start([school, people])
    await browser.submit('/hub/login/local', { username: 'eve', password: 'right' })
    assert.equal((await home(browser, bob)).status, 200)
    assert.equal((await home(browser)).status, 200)
  })

  it('signs out here, and then at the gateway', async () => {
    const browser = await start()
    await signIn(browser, ann)
    const answer = await browser.submit('/hub/logout', {}, ann)
    assert.match(answer.text, /content="0;url=\/oauth2\/sign_out"/)
    assert.match(answer.text, /Sign out at School too/)
    const again = await browser.navigate('/hub/login', ann)
    assert.doesNotMatch(again.text, /only-way/, 'the page does not bring her back by itself')
  })

  it('is told at the sign-out that a gateway which cannot be told goes on knowing her', async () => {
    const browser = await start([header({ from: ['10.0.0.7'], headers: { user: 'Remote-User' }, name: 'school' })])
    await signIn(browser, ann)
    const { text } = await browser.submit('/hub/logout', {}, ann)
    assert.match(text, /You are still signed in at your organisation, so the next person at this computer can come in/)
    assert.doesNotMatch(text, /http-equiv="refresh"/)
  })

  it('is refused with a reason in the log where the words could mean two persons', async () => {
    const browser = await start()
    const answer = await signIn(browser, told('ann, root'))
    assert.equal(answer.status, 403)
    assert.match(answer.text, /names more than one person/)
    await until(() => hub.log.some((line) => line.includes('remote-user is a list')))
  })
})
