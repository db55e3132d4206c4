import assert from 'node:assert/strict'

import { hubPageOf, isLink, parseLink } from '../../../hub/launch/jupyterhub.ts'
import { madeOfCourse } from '../../../hub/made-of/made-of.ts'
import { serverSpec } from '../../../hub/servers/server-spec.ts'
import { hubPrefixOf } from '../../../seats/links.ts'
import {
  countRows,
  type HttpBrowser,
  hubUrl,
  launchPageData,
  lmsUrl,
  redeem,
  secrets,
  startTestHub,
  type TestHub,
  testConfig,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people, visitorsAndPeople } from '../people.ts'

const pull = 'git-pull?repo=https%3A%2F%2Fgit.example%2Fa&urlpath=lab%2Ftree%2Fa%2Fx.ipynb&branch=main'
const everything = ['users', 'servers', 'sessions', 'launches', 'tickets', 'events'] as const

describe('the addresses of JupyterHub that start or open a server', () => {
  const server = { course: 'demo', serverPath: '/user/ann/demo/', inside: undefined }
  const read: [string, object][] = [
    ['/hub/at/demo/spawn', { course: 'demo', serverPath: undefined, inside: undefined }],
    ['/hub/at/user/ann/demo/spawn', server],
    ['/hub/spawn/ann/demo', server],
    ['/hub/spawn/ann/Demo/', server],
    ['/hub/spawn-pending/ann/demo', server],
    ['/hub/at/demo/spawn/ann', server],
    ['/hub/spawn/lms%3Aedx%3Aann/python', { course: 'python', serverPath: '/user/lms~3aedx~3aann/python/' }],
    ['/hub/spawn?next=%2Fhub%2Fhome&_xsrf=x', { error: 'which_course' }],
    [`/hub/spawn?next=${encodeURIComponent(`/user/ann/demo/${pull}`)}`, { ...server, inside: pull }],
    [`/hub/spawn/ann?next=${encodeURIComponent(`/hub/user/ann/demo/lab`)}`, { ...server, inside: 'lab' }],
    ['/hub/spawn', { error: 'which_course' }],
    ['/hub/spawn/ann', { error: 'which_course' }],
    [
      '/hub/at/demo/spawn?profile=large&opt-size=s&next=&_xsrf=x',
      { course: 'demo', asked: new Map(Object.entries({ profile: ['large'], size: ['s'] })), isStrict: true },
    ],
    ['/hub/at/demo/spawn/%', { error: 'bad_encoding' }],
    ['/hub/spawn/ann/de%2Fmo', { error: 'bad_path' }],
    [`/hub/at/demo/user-redirect/${pull}`, { course: 'demo', serverPath: undefined, inside: pull }],
    [`/hub/at/user/ann/demo/user-redirect/lab/tree/a%20b.ipynb`, { course: 'demo', inside: 'lab/tree/a%20b.ipynb' }],
    ['/hub/at/demo/user-redirect', { course: 'demo', inside: undefined }],
    ['/hub/at/demo/user-redirect/', { course: 'demo', inside: undefined }],
    [`/hub/user-redirect/${pull}`, { error: 'which_course' }],
    ['/hub/at/demo/user-redirect/../../x', { error: 'bad_path' }],
    ['/hub/at/demo/user-redirect/%2e%2e/x', { error: 'bad_path' }],
    ['/hub/at/demo/user-redirect/a\\b', { error: 'bad_path' }],
    [`/hub/at/demo/user-redirect/${'x'.repeat(4000)}`, { error: 'too_long' }],
    ['/hub/user/ann/demo/lab?x=1', { ...server, inside: 'lab?x=1' }],
    ['/hub/user/ann/demo', { ...server, inside: '' }],
    ['/containerKill/demo/week%201/a/ann', { course: 'demo', learner: 'ann', restart: true }],
    ['/containerKill/demo/ann', { course: 'demo', learner: 'ann', notebook: undefined, restart: true }],
    ['/containerKill/demo', { error: 'incomplete_link' }],
    ['/notebookGitRepo/demo/w1/a/ann?forcecopy=1', { notebook: 'w1/a.ipynb', learner: 'ann', forceCopy: false }],
    ['/ipythonForward/demo/ann/tree', { course: 'demo', learner: 'ann', inside: 'tree' }],
    ['/ipythonForward/demo//ann/lab/tree/w%201?reset', { learner: 'ann', inside: 'lab/tree/w%201?reset' }],
    ['/ipythonForward/demo/ann/lab/%2e%2e/x', { error: 'bad_path' }],
    ['/ipythonForward/demo/ann/git-pull?repo=x', { error: 'incomplete_link' }],
    ['/ipythonForward/demo/ann', { error: 'incomplete_link' }],
    ['/ipythonShare/demo/w1/a/ann', { error: 'not_offered' }],
    ['/hub/restart?to=/user/ann/demo/lab', { ...server, inside: 'lab', restart: true }],
    ['/hub/restart', { error: 'missing_parameter' }],
  ]
  for (const [link, expected] of read) {
    it(`${link.slice(0, 90)} means ${JSON.stringify(expected).slice(0, 90)}`, () => {
      assert.equal(isLink(link), true)
      assert.deepEqual(pick(meaningOf(link), Object.keys(expected)), expected)
    })
  }

  it('are those below /hub only', () => {
    for (const path of ['/spawn', '/user-redirect/lab', '/hub/spawn/a/b/c', '/hub/at/demo', '/hub/at', '/hub/spawner'])
      assert.equal(isLink(path), false, path)
  })

  it('begin with what servers take for the address of the hub', () => {
    const { demo } = testConfig({}).courses
    assert.ok(demo)
    const path = '/user/ann/demo/'
    const run = {
      server: 's1',
      run: 1,
      madeOf: madeOfCourse({ hubUrl, internalUrl: undefined }, demo),
      user: 'ann',
      path,
      listen: { port: 8888 },
      key: secrets.keys.all[0],
    }
    const { command } = serverSpec(run)
    assert.ok(command.some((word) => word.includes(`'hub_prefix': "/hub/at/user/ann/demo/", 'hub_host': "${hubUrl}"`)))
    assert.deepEqual(parseLink(`${hubPrefixOf(path)}spawn`).serverPath, path)
  })

  it('lead from below a server or a course to the hub’s own pages', () => {
    assert.equal(hubPageOf('/hub/at/user/ann/demo/home'), '/hub/home')
    assert.equal(hubPageOf('/hub/at/demo/token?x=1'), '/hub/token')
    assert.equal(hubPageOf('/hub/at/user/ann/demo/'), '/hub/home')
    for (const path of ['/hub/home', '/hub/at/demo/spawn', '/hub/at/demo', '/at/demo/home'])
      assert.equal(hubPageOf(path), undefined, path)
  })
})

describe('JupyterHub’s ways to a server', () => {
  let hub: TestHub
  afterEach(() => hub.stop())

  async function signedIn(name = 'ann'): Promise<HttpBrowser> {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }

  async function stopped(browser: HttpBrowser, course = 'demo'): Promise<void> {
    const { id } = await hub.db('servers').where({ course }).first('id')
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await hub.db('servers').where({ id }).first('state')).state === 'stopped')
  }

  async function landingOf(browser: HttpBrowser, page: string): Promise<string> {
    const { launch } = launchPageData(page)
    assert.notEqual(launch, '', 'the launch has begun')
    assert.equal((await browser.follow(launch)).state, 'ready')
    const { ticket } = (await browser.post(`/hub/launches/${launch}/ticket`)).json()
    return (await redeem(hub, ticket)).json().to
  }

  describe('where there are several courses', () => {
    beforeEach(async () => {
      hub = await startTestHub({ config: { authenticators: visitorsAndPeople() } })
    })

    it('start the very server that JupyterLab names, for a person', async () => {
      const ann = await signedIn()
      await ann.enter('/launch/third')
      await ann.enter('/launch/demo')
      await stopped(ann)
      const page = await ann.navigate('/hub/at/user/ann/demo/spawn', { 'sec-fetch-site': 'cross-site' })
      assert.match(
        await landingOf(ann, page.text),
        /^\/user\/ann\/demo\/lab\/workspaces\/[\w-]+\/tree\/welcome\.ipynb$/,
      )
      const rows = await hub.db('servers').orderBy('course').select('course', 'run')
      assert.deepEqual(
        rows.map(({ course, run }) => `${course} ${run}`),
        ['demo 2', 'third 1'],
      )
    })

    it('start it for a temporary user, under the same path', async () => {
      const browser = hub.browser()
      await browser.enter('/launch/demo')
      await stopped(browser)
      const { path } = await hub.db('servers').first('path')
      const page = await browser.navigate(`/hub/at${path}spawn`)
      assert.ok((await landingOf(browser, page.text)).startsWith(path))
      assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 1, servers: 1 })
    })

    it('ask for the course, and keep what follows', async () => {
      const ann = await signedIn()
      const before = await countRows(hub.db, ...everything)
      for (const [address, to] of [
        ['spawn', 'spawn'],
        ['spawn/ann', 'spawn/ann'],
        [`user-redirect/${pull}`, `user-redirect/${pull}`],
      ]) {
        const page = await ann.navigate(`/hub/${address}`)
        assert.equal(page.status, 200)
        assert.match(page.text, /<h1>Which course\?<\/h1>/)
        assert.ok(unescaped(page.text).includes(`href="/hub/at/third/${to}"`), address)
      }
      assert.deepEqual(await countRows(hub.db, ...everything), before)
      const refused = await ann.post('/hub/launches', { link: '/hub/spawn' })
      assert.deepEqual([refused.status, refused.json().error], [400, 'which_course'])
    })

    it('ask before a link opens what it names, and open it with its whole query', async () => {
      const ann = await signedIn()
      const page = await ann.navigate(`/hub/at/demo/user-redirect/${pull}`, { 'sec-fetch-site': 'cross-site' })
      assert.equal(launchPageData(page.text).ask, 'true')
      assert.match(page.text, /Go on only if you trust whoever gave it to you/)
      assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 0 })
      const { ticket } = await ann.enter(`/hub/at/demo/user-redirect/${pull}`)
      assert.equal((await redeem(hub, ticket)).json().to, `/user/ann/demo/${pull}`)
    })

    it('open at once what a course lets links open', async () => {
      const ann = await signedIn()
      const page = await ann.navigate('/hub/at/user/bob/demo/user-redirect/tree/a%20b.ipynb')
      assert.equal(await landingOf(ann, page.text), '/user/ann/demo/tree/a%20b.ipynb')
    })

    it('lead back to the page that JupyterHub names as next', async () => {
      const ann = await signedIn()
      const next = encodeURIComponent('/user/ann/demo/lab/tree/x.ipynb?y=1')
      const page = await ann.navigate(`/hub/spawn/ann?next=${next}`)
      assert.equal(await landingOf(ann, page.text), '/user/ann/demo/lab/tree/x.ipynb?y=1')
    })

    it('lead from JupyterHub’s posted form to the page that starts the server, and start nothing themselves', async () => {
      const ann = await signedIn()
      const before = await countRows(hub.db, ...everything)
      const next = '/user/ann/demo/lab/tree/x.ipynb?y=1'
      const asked = `/hub/spawn/ann?next=${encodeURIComponent(next)}`
      for (const [address, fields, to] of [
        ['/hub/spawn', {}, '/hub/spawn'],
        ['/hub/spawn/ann/demo', { _xsrf: 'x' }, '/hub/spawn/ann/demo'],
        ['/hub/at/demo/spawn?_xsrf=x', {}, '/hub/at/demo/spawn'],
        ['/hub/spawn/ann', { next, _xsrf: 'x' }, asked],
        [asked, { next: '/user/bob/demo/' }, asked],
      ] as const) {
        const answer = await ann.submit(address, fields)
        assert.deepEqual([answer.status, answer.headers.location], [303, to], address)
      }
      assert.deepEqual(await countRows(hub.db, ...everything), before)
      const page = await ann.navigate(asked)
      assert.equal(await landingOf(ann, page.text), next)
    })

    it('refuse options that the course does not have, also in a form in parts', async () => {
      const ann = await signedIn()
      const multipart = { 'content-type': 'multipart/form-data; boundary=x', origin: hubUrl }
      const body = '--x\r\nContent-Disposition: form-data; name="profile"\r\n\r\nlarge\r\n--x--\r\n'
      const posted = [
        await ann.submit('/hub/spawn/ann/demo', { profile: 'large' }),
        await ann.submit('/hub/spawn/ann/demo?profile=large'),
      ]
      assert.deepEqual(
        posted.map(({ status, headers }) => `${status} ${headers.location}`),
        Array(2).fill('303 /hub/spawn/ann/demo?profile=large'),
      )
      for (const answer of [
        await ann.navigate('/hub/spawn/ann/demo?profile=large'),
        await ann.navigate('/hub/at/demo/spawn?opt-profile=large'),
        await ann.navigate('/hub/spawn/ann/demo?tag=next'),
        await ann.post('/hub/launches', { link: '/hub/spawn/ann/demo?profile=' }),
        await ann.fetch('/hub/spawn/ann/demo', { method: 'POST', headers: multipart, body }),
      ]) {
        assert.equal(answer.status, 400)
        assert.match(answer.text, /no_options|takes no such options/)
      }
      const other = await ann.submit('/hub/user-redirect/lab')
      assert.deepEqual([other.status, other.headers.allow], [405, 'GET, HEAD'])
    })

    it('lead from JupyterLab’s menu to the home page', async () => {
      const ann = await signedIn()
      const answer = await ann.navigate('/hub/at/user/ann/demo/home')
      assert.deepEqual([answer.status, answer.headers.location], [302, '/hub/home'])
    })
  })

  describe('where there is one course', () => {
    const one = { courses: { demo: { image: 'demo' } } }

    it('mean that course', async () => {
      hub = await startTestHub({ config: { authenticators: visitorsAndPeople(), ...one } })
      for (const [address, landing] of [
        ['spawn', /^\/user\/ann\/demo\/lab\/workspaces\/[\w-]+$/],
        ['spawn/ann', /^\/user\/ann\/demo\/lab\/workspaces\/[\w-]+$/],
        ['user-redirect/lab/tree/x.ipynb', /^\/user\/ann\/demo\/lab\/tree\/x\.ipynb$/],
      ] as const) {
        const ann = await signedIn()
        const page = await ann.navigate(`/hub/${address}`)
        assert.match(await landingOf(ann, page.text), landing)
      }
    })

    it('keep the whole link through a sign-in', async () => {
      hub = await startTestHub({ config: { authenticators: [people], ...one } })
      const link = `/hub/at/demo/user-redirect/${pull}`
      const refused = await hub.browser().submit('/hub/launches', { link, confirmed: 'true' })
      assert.deepEqual([refused.status, refused.headers.location], [302, `/hub/login?next=${encodeURIComponent(link)}`])
    })

    it('show no list of courses before a sign-in that is needed', async () => {
      hub = await startTestHub({ config: { authenticators: [people] } })
      const answer = await hub.browser().navigate('/hub/spawn')
      assert.deepEqual([answer.status, answer.headers.location], [302, '/hub/login?next=%2Fhub%2Fspawn'])
    })
  })

  describe('from a tab that has none of a frame’s cookies', () => {
    const exercise = '/ipythonExercice/Python/a/ann'
    const framed = { framed: true, referer: `${lmsUrl}/` }

    beforeEach(async () => {
      hub = await startTestHub()
      await hub.browser().enter(exercise, framed)
    })

    it('say how to go on in the page of the course, and change nothing', async () => {
      const before = await countRows(hub.db, ...everything)
      const answer = await hub.browser().navigate('/hub/at/user/lms~3aedx~3aann/python/spawn')
      assert.equal(answer.status, 401)
      assert.match(answer.text, /Open the same page of your course once more, in another tab/)
      assert.doesNotMatch(answer.text, /in a tab of its own\?/)
      assert.deepEqual(answer.cookies, [])
      assert.deepEqual(await countRows(hub.db, ...everything), before)
    })

    it('say so to a browser that is another user’s at top level', async () => {
      const other = hub.browser()
      await other.enter('/launch/demo')
      const answer = await other.navigate('/hub/at/user/lms~3aedx~3aann/python/spawn')
      assert.equal(answer.status, 403)
      assert.match(answer.text, /Open the same page of your course once more/)
      assert.match(answer.text, /signed in as Temporary visitor/)
    })

    it('also say to a temporary visitor how to begin anew', async () => {
      const name = crypto.randomUUID()
      const answer = await hub.browser().navigate(`/hub/at/user/${name}/python/spawn`)
      assert.match(answer.text, /in a tab of its own\?/)
      assert.match(answer.text, /href="\/launch\/Python">Start Python for all anew</)
    })

    it('start the server in the frame itself', async () => {
      const frame = hub.browser()
      await frame.enter(exercise, framed)
      const page = await frame.navigate('/hub/at/user/lms~3aedx~3aann/python/spawn', {
        'sec-fetch-dest': 'iframe',
        'sec-fetch-site': 'cross-site',
        referer: `${lmsUrl}/`,
      })
      assert.equal(page.status, 200)
      assert.notEqual(launchPageData(page.text).launch, '')
    })
  })
})

function meaningOf(link: string): object {
  try {
    return parseLink(link)
  } catch (error) {
    return { error: (error as { code: string }).code }
  }
}

function pick(from: object, names: string[]): object {
  return Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown>)[name]]))
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
}
