import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeFiles } from '../../helpers/fake-contents.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, launchPageData, redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../people.ts'

const files: FakeFiles = { 'report.ipynb': 'notebook', 'week 1': 'directory', 'week 1/a.ipynb': 'notebook' }
const web = { command: ['serve', '--port={port}'], prefix: 'stripped' as const }

onEachDatabase('a course with other programs', (makeDatabase) => {
  let world: FakeServers
  let hub: TestHub
  let ann: HttpBrowser
  beforeEach(async () => {
    world = createFakeServers({ files })
    hub = await startTestHub({
      world,
      database: await makeDatabase(),
      config: {
        servers: { url: 'http://*.nb.test' },
        authenticators: visitorsAndPeople(),
        admins: ['root'],
        courses: {
          ML: {
            image: 'ml',
            title: 'Learning',
            start: 'report.ipynb',
            staff: ['grace'],
            apps: {
              code: { title: 'Editor', program: web, image: 'code' },
              notes: { program: web, start: '/app/?x=1', fileAt: '/?file={file}', linkable: ['app'] },
              voila: { title: 'Slides', fileAt: '/voila/render/{file}', start: '/voila/tree' },
              grading: { program: web, open: ['grace'] },
              classic: { program: 'notebook-6' },
            },
          },
          only: { image: 'only', program: web },
          stripped: { image: 'lab', strip: true, hidden: true, staff: ['grace'] },
        },
      },
    })
    ann = await as('ann')
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const as = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  /** Returns the server to which a link leads, and the place in it. */
  const landingOf = async (link: string, browser = ann): Promise<string> => {
    const { ticket } = await browser.enter(link)
    const { to } = (await redeem(hub, ticket)).json()
    return to
      .split('/')
      .slice(3)
      .join('/')
      .replace(/lab\/workspaces\/[\w-]+/, 'lab')
  }

  it('opens them by the word of a link, each in a server of its own, where it starts or has the file', async () => {
    for (const [link, expected] of [
      ['/launch/ml', 'ml/lab/tree/report.ipynb'],
      ['/launch/ml?app=code', 'ml--code/'],
      ['/launch/ml/week%201/a.ipynb?app=Code', 'ml--code/'],
      ['/tmplogin?course=ML&app=notes', 'ml--notes/app/?x=1'],
      ['/tmplogin?course=ML&app=notes&notebook=week%201/a.ipynb', 'ml--notes/?file=week%201%2Fa.ipynb'],
      ['/launch/ml?app=voila', 'ml--voila/voila/tree'],
      ['/launch/ml/week%201/a.ipynb?app=voila', 'ml--voila/voila/render/week%201/a.ipynb'],
      ['/launch/ml/report?app=voila', 'ml--voila/voila/render/report.ipynb'],
      ['/launch/ml?app=classic', 'ml--classic/tree'],
      ['/launch/ml/report.ipynb?app=classic', 'ml--classic/notebooks/report.ipynb'],
      ['/launch/only', 'only/'],
      ['/launch/only/any.ipynb', 'only/'],
      ['/launch/ml--code', 'ml--code/'],
      ['/launch/ml?app=', 'ml/lab/tree/report.ipynb'],
    ] as const)
      assert.equal(await landingOf(link), expected, link)
    const { spec } = [...world.objects.values()].find((object) => object.spec.course === 'ml--code') ?? {}
    assert.deepEqual([spec?.image, spec?.command], ['code', ['serve', '--port=8888']])
    assert.deepEqual(Object.keys(spec?.env ?? {}), [])
  })

  it('asks no program but Jupyter for its files', async () => {
    await landingOf('/launch/ml/week%201/a.ipynb?app=notes')
    await landingOf('/hub/open?to=/user/ann/ml--notes/')
    const asked = [...world.objects.values()].flatMap((object) => object.asked)
    assert.deepEqual([...new Set(asked.map(({ address }) => address))], ['/'])
    assert.deepEqual([...new Set(asked.map(({ authorization }) => authorization))], [undefined])
  })

  it('says so where a file that another page shows is not there', async () => {
    await landingOf('/launch/ml?app=voila')
    const answer = await ann.navigate('/launch/ml/reprot.ipynb?app=voila')
    assert.equal(answer.status, 404)
    assert.match(answer.text, /voila%2Frender%2Freport.ipynb/, 'a link to the file with a name like it')
  })

  it('refuses what it does not offer to the user in the same words as what does not exist', async () => {
    const answers = new Set<string>()
    for (const app of ['grading', 'rstudio', 'gpu', '__proto__']) {
      const { status, text } = await ann.navigate(`/launch/ml?app=${app}`)
      answers.add(`${status} ${text.replaceAll(app, 'APP')}`)
      const posted = await ann.post('/hub/launches', { link: `/launch/ml?app=${app}` })
      assert.deepEqual([posted.status, posted.json().error], [400, 'not_offered'], app)
    }
    assert.equal(answers.size, 1)
    const page = await ann.navigate('/launch/ml/a.ipynb?app=grading&fresh=0')
    assert.match(page.text, /does not offer you another program \(app=grading\)/)
    assert.match(page.text, /href="\/launch\/ml\/a\.ipynb\?fresh=0"[^>]*>Open the course as it is</)
    assert.equal((await ann.navigate('/launch/ml--grading')).status, 404)
    assert.equal(await landingOf('/launch/ml?app=grading', await as('grace')), 'ml--grading/')
  })

  it('asks before a link opens what its program may take for a command', async () => {
    const asks = async (to: string) =>
      launchPageData((await ann.navigate(`/hub/open?to=${encodeURIComponent(to)}`)).text).ask
    for (const [inside, ask] of [
      ['ml--code/', 'false'],
      ['ml--code/?folder=/srv', 'true'],
      ['ml--code/lab', 'true'],
      ['ml--notes/app/?x=1', 'false'],
      ['ml--notes/app/?x=2', 'false'],
      ['ml--notes/?file=a.py', 'false'],
      ['ml--notes/?file=a.py&access_token=x', 'true'],
      ['ml--notes/other', 'true'],
      ['ml--voila/voila/render/report.ipynb', 'false'],
      ['ml--voila/voila/render/report.ipynb?kernel_name=x', 'true'],
      ['ml--voila/lab/tree/report.ipynb', 'false'],
      ['ml/voila/render/report.ipynb', 'true'],
      ['ml/?x', 'false'],
    ] as const)
      assert.equal(await asks(`/user/ann/${inside}`), ask, inside)
  })

  it('restarts one of them where it was, once a button was pressed', async () => {
    await landingOf('/launch/ml?app=code')
    const restart = '/hub/restart?to=%2Fuser%2Fann%2Fml--code%2F'
    assert.equal(launchPageData((await ann.navigate(restart)).text).ask, 'true')
    assert.equal(await landingOf(restart), 'ml--code/')
    assert.deepEqual(await hub.db('servers').select('course', 'run'), [{ course: 'ml--code', run: 2 }])
  })

  it('shows them to staff, who come in as guests', async () => {
    await landingOf('/launch/ml?app=code')
    const grace = await as('grace')
    assert.match((await grace.navigate('/hub/course/ml--code')).text, /Open as staff/)
    const opened = await grace.submit('/hub/guests', { to: '/user/ann/ml--code/' })
    const launch = String(opened.headers.location).split('/').at(-1)
    const { ticket } = (await grace.post(`/hub/launches/${launch}/ticket`)).json()
    const { to, route } = (await redeem(hub, ticket)).json()
    assert.equal(to, '/user/ann/ml--code/')
    assert.equal(route.access.program.prefix, 'stripped')
  })

  it('opens below the strip for its owner, where the course has it, and for no one else', async () => {
    const to = (inside: string) => `/hub/open?to=${encodeURIComponent(`/user/ann/stripped/${inside}`)}`
    for (const [link, expected] of [
      ['/launch/stripped/report.ipynb', '_carrel/desk/lab/tree/report.ipynb'],
      [to('notebooks/report.ipynb?x=1'), '_carrel/desk/notebooks/report.ipynb?x=1'],
      [to('_carrel/desk/notebooks/report.ipynb?x=1'), '_carrel/desk/notebooks/report.ipynb?x=1'],
      ['/hub/at/stripped/user-redirect/_carrel/desk/lab/tree/report.ipynb', '_carrel/desk/lab/tree/report.ipynb'],
    ] as const)
      assert.equal(await landingOf(link), `stripped/${expected}`, link)
    const asks = async (inside: string) => {
      const page = await ann.navigate(to(inside))
      return page.status === 303 ? 'leads on' : launchPageData(page.text).ask
    }
    assert.deepEqual([await asks('_carrel/desk/lab'), await asks('_carrel/desk/terminals/1')], ['leads on', 'true'])
    const grace = await as('grace')
    const opened = await grace.submit('/hub/guests', { to: '/user/ann/stripped/_carrel/desk/lab/tree/report.ipynb' })
    const launch = String(opened.headers.location).split('/').at(-1)
    const { ticket } = (await grace.post(`/hub/launches/${launch}/ticket`)).json()
    const redeemed = (await redeem(hub, ticket)).json()
    assert.equal(redeemed.to, '/user/ann/stripped/_carrel/desk/lab/tree/report.ipynb')
    assert.equal(redeemed.route.access.strip, true)
  })

  it('is listed with those that open for the user', async () => {
    const links = async (browser: HttpBrowser, page = '/hub/home') =>
      [...(await browser.navigate(page)).text.matchAll(/href="(\/launch\/[^"]*)"/g)].map(([, href]) => href)
    const all = ['code', 'notes', 'voila', 'classic'].map((app) => `/launch/ML?app=${app}`)
    assert.deepEqual(await links(ann), ['/launch/ML', ...all, '/launch/only'])
    assert.deepEqual(await links(hub.browser(), '/hub/courses'), ['/launch/ML', ...all, '/launch/only'])
    assert.ok((await links(await as('grace'))).includes('/launch/ML?app=grading'))
    await landingOf('/launch/ml?app=code')
    await landingOf('/launch/ml')
    assert.deepEqual(
      (await links(ann)).sort(),
      ['/launch/ml', ...all.slice(1), '/launch/ml--code', '/launch/only'].sort(),
      'one that the user has stands on a card of its own',
    )
    const { text } = await ann.navigate('/hub/home')
    assert.match(text, /<h2>Learning \(Editor\)<\/h2>/)
    assert.match(text, />Slides<span class="unseen"> of Learning<\/span>/)
  })

  it('starts them over the API', async () => {
    const made = await ann.submit('/hub/token', { note: 'x', days: '1' })
    const token = /carrel-user-[\w-]{43}/.exec(made.text)?.[0]
    const call = (body: object) =>
      hub.browser().fetch('/hub/api/users/ann/servers/ml', {
        method: 'POST',
        headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    assert.equal((await call({ app: 'Code' })).status, 201)
    assert.deepEqual(await hub.db('servers').select('course'), [{ course: 'ml--code' }])
    assert.match((await call({ apq: 'code' })).text, /no options here but tag, app, needs_gpu/)
    for (const body of [{ app: 'grading' }, { app: 'code', tag: 'x' }]) assert.equal((await call(body)).status, 400)
  })
})
