import assert from 'node:assert/strict'
import type { RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import {
  type Answer,
  type HttpBrowser,
  hubUrl,
  lmsUrl,
  redeem,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people, visitorsAndPeople } from '../people.ts'

const exercise = '/ipythonExercice/Python/a.ipynb/ann'
const question = '/hub/logout'

onSqlite('the page that asks before a sign-out', (makeDatabase) => {
  let hub: TestHub
  afterEach(async () => hub?.stop())
  const start = async (config: Partial<ConfigInput> = { authenticators: visitorsAndPeople() }) => {
    hub = await startTestHub({ database: await makeDatabase(), config })
    return hub.browser()
  }
  const asAnn = async (config?: Partial<ConfigInput>) => {
    const browser = await start(config)
    await browser.submit('/hub/login/local', { username: 'ann', password: 'right' })
    return browser
  }
  const states = async () => (await hub.db('servers').orderBy('course').select('state')).map(({ state }) => state)
  const stopped = () => until(async () => (await states()).every((state) => state === 'stopped'))

  it('is where each page’s button leads a temporary visitor, and says that all work goes', async () => {
    const browser = await start()
    await browser.enter('/tmplogin?course=demo')
    for (const path of ['/hub/home', '/hub/token']) {
      const { text } = await browser.navigate(path)
      assert.match(text, /<form method="get" action="\/hub\/logout">/, path)
      assert.doesNotMatch(text, /<form method="post" action="\/hub\/logout">/, path)
    }
    const { text } = await browser.navigate(question)
    assert.match(text, /all your work here goes with the sign-out: your notebooks stop/)
    assert.match(text, /<button class="danger">Sign out and lose my work<\/button>/)
    assert.match(text, /<a class="button plain" href="\/hub\/home">Stay and show my notebooks<\/a>/)
    assert.deepEqual(await states(), ['ready'], 'looking at the page stops nothing')
  })

  it('is followed by the end of all servers of a temporary visitor', async () => {
    const browser = await start()
    for (const course of ['demo', 'third']) await browser.enter(`/tmplogin?course=${course}`)
    await browser.submit(question)
    await stopped()
    assert.equal(hub.proxy.routes.size, 0)
    const events = await hub.db('events').where({ kind: 'stopped' }).select('detail')
    assert.deepEqual(
      events.map(({ detail }) => JSON.parse(detail)),
      Array(2).fill({ reason: 'the user has signed out' }),
    )
  })

  it('starts no server again that was to start anew after its stop', async () => {
    const browser = await start()
    await browser.enter('/tmplogin?course=demo')
    await hub.db('servers').update({ state: 'stopping', restart: true })
    await browser.submit(question)
    assert.equal(Boolean((await hub.db('servers').first('restart')).restart), false)
  })

  it('leaves servers of people and of LMS learners alone', async () => {
    const browser = await asAnn({
      authenticators: [people, lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })],
    })
    await browser.enter('/launch/demo')
    assert.match(
      (await browser.navigate('/hub/home')).text,
      /<span>ann<\/span>.*<form method="post" action="\/hub\/logout">/s,
    )
    assert.doesNotMatch((await browser.navigate(question)).text, /stop/)
    await browser.submit(question)
    const learner = hub.browser()
    await learner.enter(exercise, { referer: `${lmsUrl}/` })
    await learner.submit(question, { everywhere: 'true' })
    assert.deepEqual(await states(), ['ready', 'ready'])
  })

  it('names the servers of a person that stop, where the config says that they do', async () => {
    const config = { authenticators: visitorsAndPeople(), sessions: { stopServersAtSignOut: true } }
    const browser = await asAnn(config)
    assert.doesNotMatch((await browser.navigate(question)).text, /Your notebooks? stops? with it/)
    await browser.enter('/launch/Python')
    assert.match(
      (await browser.navigate('/hub/home')).text,
      /<span>ann<\/span>.*<form method="get" action="\/hub\/logout">/s,
    )
    const one = (await browser.navigate(question)).text
    assert.match(one, /Your notebook stops with it: Python for all\. What is running there, and what is not saved/)
    assert.match(one, /what is open closes, your notebooks stop\./)
    const home = (await browser.navigate('/hub/home')).text
    assert.match(home, /<a href="\/hub\/logout">Sign out everywhere<\/a>/, 'asks first')
    await browser.enter('/launch/demo')
    assert.match((await browser.navigate(question)).text, /Your notebooks stop with it: demo, Python for all\./)
    const other = hub.browser()
    await other.submit('/hub/login/local', { username: 'bob', password: 'right' })
    await other.enter('/launch/demo')
    await browser.submit(question)
    const mine = (await hub.db('users').where({ name: 'ann' }).first('id')).id
    await until(async () => (await hub.db('servers').where({ user: mine, state: 'stopped' })).length === 2)
    assert.equal((await hub.db('servers').whereNot({ user: mine }).first('state')).state, 'ready')
  })

  it('leads back to the notebook that it came from, and after the sign-out to the sign-in before it', async () => {
    const browser = await asAnn()
    await browser.enter('/launch/demo')
    const { path } = await hub.db('servers').first('path')
    const open = `/hub/open?to=${encodeURIComponent(path)}`
    for (const link of [`${path}logout`, `${path}logout/`, `${path}logout?x=1`, `${open}logout`]) {
      const { status, headers } = await browser.navigate(link)
      assert.deepEqual([status, headers.location], [302, `${question}?next=${encodeURIComponent(open)}`], link)
    }
    const { text } = await browser.navigate(`${question}?next=${encodeURIComponent(open)}`)
    assert.ok(text.includes(`<a class="button plain" href="${open}">Stay and go back to my notebook</a>`))
    const after = await browser.submit(question, { next: open })
    assert.ok(after.text.includes(` href="/hub/login?next=${encodeURIComponent(open)}">Sign in again</a>`))
    assert.equal((await browser.navigate(`${question}?next=${encodeURIComponent(open)}`)).status, 302)
  })

  it('takes no address of another site to go on to', async () => {
    const browser = await asAnn()
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '/hub/open?to=x\r\n']) {
      assert.doesNotMatch((await browser.navigate(`${question}?next=${encodeURIComponent(next)}`)).text, /evil|to=x/)
    }
    assert.doesNotMatch((await browser.submit(question, { next: '//evil.example' })).text, /evil/)
    assert.match((await browser.navigate(`${question}?next=//evil.example`)).headers.location as string, /^\/$/)
  })

  describe('in a frame', () => {
    const frame = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }
    const framersOf = ({ headers }: Answer) =>
      /frame-ancestors ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]

    it('may be framed where the frame has a session of its own, before and after', async () => {
      const browser = await start({})
      await browser.enter(exercise, { framed: true, referer: `${lmsUrl}/` })
      assert.equal(framersOf(await browser.navigate(question, frame)), lmsUrl)
      assert.equal(framersOf(await browser.navigate(question)), "'none'", 'at top level')
      const after = await browser.submit(question, {}, { 'sec-fetch-dest': 'iframe' })
      assert.equal(framersOf(after), lmsUrl)
      assert.match(after.text, /open the page of your course again/)
      const nobody = await browser.navigate(question, frame)
      assert.deepEqual([framersOf(nobody), nobody.status], [lmsUrl, 200])
      assert.match(nobody.text, /You are not signed in here/)
    })

    it('may not be framed where the session is that of the whole browser', async () => {
      const browser = await start({})
      await browser.enter(exercise, { referer: `${lmsUrl}/` })
      assert.equal(framersOf(await browser.navigate(question, frame)), "'none'")
    })
  })
})

const provider = 'https://id.example.org'

/** Returns a provider that wants to be told of sign-outs, and what it was told. */
function tellable(told: { returnTo: string; hint: string | undefined }[]): RedirectAuthenticator {
  return {
    kind: 'redirect',
    name: 'school',
    label: 'Sign in with School',
    begin: async () => ({ redirectTo: `${provider}/authorize`, pending: {} }),
    finish: async (currentUrl) => {
      const name = currentUrl.searchParams.get('code') ?? ''
      return { subject: name, name, signOutHint: `id-token-of-${name}` }
    },
    signOutUrl: async (returnTo, { state, hint }) => {
      told.push({ returnTo, hint })
      return `${provider}/end?state=${state}`
    },
  }
}

onSqlite('a provider that is told of sign-outs', (makeDatabase) => {
  let hub: TestHub
  let told: { returnTo: string; hint: string | undefined }[]
  afterEach(async () => hub?.stop())

  const start = async (authenticators: (school: RedirectAuthenticator) => ConfigInput['authenticators']) => {
    told = []
    hub = await startTestHub({
      database: await makeDatabase(),
      config: { authenticators: authenticators(tellable(told)) },
    })
  }
  const signIn = async (name: string, browser = hub.browser()): Promise<HttpBrowser> => {
    await browser.submit('/hub/login/school')
    await browser.navigate(`/hub/oauth_callback?code=${name}`)
    return browser
  }
  /** Returns the address to which the page leads by itself. */
  const leadsTo = ({ text }: Answer) => /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text)?.[1]
  const stateOf = (url: string | undefined) => new URL(url ?? '').searchParams.get('state')

  it('gets the browser after the sign-out, with the hint of the sign-in, and sends it back to a page of ours', async () => {
    await start((school) => [school])
    const ann = await signIn('ann')
    assert.match((await ann.navigate(question)).text, /After that you are led to School/)
    const left = await ann.submit(question, { next: '/hub/token' })
    assert.match(left.text, /<h1>You are signed out<\/h1>/)
    assert.deepEqual(told, [{ returnTo: `${hubUrl}/hub/signed-out`, hint: 'id-token-of-ann' }])
    const url = leadsTo(left)
    assert.ok(url?.startsWith(`${provider}/end?`))
    assert.equal((await ann.navigate('/hub/home')).headers.location, '/', 'already before the provider knows')
    const back = await ann.navigate(`/hub/signed-out?state=${stateOf(url)}`)
    assert.match(back.text, /<h1>You are signed out<\/h1>[\s\S]*You went to School to sign out there too\./)
    assert.match(back.text, / href="\/hub\/login\?next=%2Fhub%2Ftoken">Sign in again<\/a>/)
  })

  it('is told that a person behind a gate leaves', async () => {
    await start((school) => [temporary({ behind: school })])
    const visitor = await signIn('ann')
    const left = await visitor.submit(question)
    assert.ok(leadsTo(left)?.startsWith(`${provider}/end?`))
    assert.deepEqual(told, [{ returnTo: `${hubUrl}/hub/signed-out`, hint: 'id-token-of-ann' }])
  })

  it('is not told of those who have come in another way', async () => {
    await start((school) => [school, people, temporary()])
    const visitor = hub.browser()
    await visitor.enter('/tmplogin?course=demo')
    const bob = hub.browser()
    await bob.submit('/hub/login/local', { username: 'bob', password: 'right' })
    for (const browser of [visitor, bob]) assert.equal(leadsTo(await browser.submit(question)), undefined)
    assert.deepEqual(told, [])
  })

  it('gets the hint of the last sign-in, and none after another user has taken over the session', async () => {
    await start((school) => [school, people])
    const browser = await signIn('ann', await signIn('ann'))
    await browser.submit('/hub/login/local', { username: 'bob', password: 'right' })
    assert.doesNotMatch((await hub.db('sessions').first('content')).content, /signOutHint/)
    await signIn('eve', browser)
    await browser.submit(question)
    assert.deepEqual(
      told.map(({ hint }) => hint),
      ['id-token-of-eve'],
    )
  })

  it('finds the way to it not by itself where a proxy has not confirmed, which must be read', async () => {
    await start((school) => [school])
    const ann = await signIn('ann')
    const { ticket } = await ann.enter('/launch/demo')
    assert.equal((await redeem(hub, ticket)).status, 200)
    hub.proxy.broken = true
    const left = await ann.submit(question)
    hub.proxy.broken = false
    assert.equal(leadsTo(left), undefined)
    assert.match(left.text, /did not answer/)
    assert.match(
      left.text,
      /<a class="button" href="https:\/\/id\.example\.org\/end\?[^"]*">Sign out at School too<\/a>/,
    )
  })

  it('keeps no one signed in by its failure', async () => {
    await start((school) => [
      {
        ...school,
        signOutUrl: async () => {
          throw new Error('out of order')
        },
      },
    ])
    const ann = await signIn('ann')
    const left = await ann.submit(question)
    assert.deepEqual([left.status, leadsTo(left)], [200, undefined])
    assert.equal((await ann.navigate('/hub/home')).headers.location, '/')
    assert.ok(hub.log.some((line) => line.includes('out of order')))
  })

  it('cannot be made to say on our page what it did not', async () => {
    await start((school) => [school])
    const ann = await signIn('ann')
    const url = leadsTo(await ann.submit(question))
    for (const state of ['', 'x', `${stateOf(url)}x`]) {
      const { text } = await hub.browser().navigate(`/hub/signed-out?state=${encodeURIComponent(state)}`)
      assert.doesNotMatch(text, /School/)
    }
    const bob = await signIn('bob')
    assert.equal((await bob.navigate(`/hub/signed-out?state=${stateOf(url)}`)).headers.location, '/hub/home')
  })

  it('has its hint nowhere in the database, and only the session itself can read it', async () => {
    await start((school) => [school])
    const ann = await signIn('ann')
    const eve = await signIn('eve')
    const rows = await hub.db('sessions').select()
    assert.doesNotMatch(JSON.stringify(rows), /id-token-of/)
    assert.equal(rows.filter(({ content }) => content.includes('signOutHint')).length, 2)
    // A thief who can write into the database gives one session the hint of another.
    const [one, other] = rows.map(({ content }) => JSON.parse(content))
    for (const [row, stolen] of [
      [rows[0], other],
      [rows[1], one],
    ])
      await hub
        .db('sessions')
        .where({ hash: row.hash })
        .update({ content: JSON.stringify({ ...JSON.parse(row.content), signOutHint: stolen.signOutHint }) })
    for (const browser of [ann, eve]) await browser.submit(question)
    assert.deepEqual(
      told.map(({ hint }) => hint),
      [undefined, undefined],
    )
    assert.deepEqual(await hub.db('sessions').select('hash'), [])
    assert.doesNotMatch(hub.log.join(''), /id-token-of/)
  })
})
