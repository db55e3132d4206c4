import assert from 'node:assert/strict'
import { temporary } from '../../../authenticators/temporary.ts'
import { countRows, type HttpBrowser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

const past = '2020-01-06T08:00Z'
const future = '2090-01-02T08:00Z'
const courses = {
  all: { image: 'x' },
  account: { image: 'x', open: 'signed-in' as const },
  invited: { image: 'x', open: ['ann', 'group:physics'], staff: ['grace'], contact: 'Prof. Martin' },
  soon: { image: 'x', opens: future, staff: ['grace'] },
  over: { image: 'x', closes: past, staff: ['grace'] },
  secret: { image: 'x', title: 'Exam', open: ['ann'], hidden: true, staff: ['grace'], embed: { ancestors: [lmsUrl] } },
}

describe('who may open a course', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({
      config: {
        authenticators: [temporary(), people],
        admins: ['root'],
        groups: { physics: ['paul'] },
        courses,
      },
    })
  })
  afterEach(() => hub.stop())

  const as = async (name: string) => {
    const browser = hub.browser()
    const answer = await browser.submit('/hub/login/local', { username: name, password: 'right' })
    assert.equal(answer.status, 303)
    return browser
  }
  const visitor = async () => {
    const browser = hub.browser()
    await browser.enter('/launch/all')
    return browser
  }
  /** Returns the status of a link, and the code of the refusal. */
  const status = async (browser: HttpBrowser, course: string) => {
    browser.setNonce()
    const posted = await browser.post('/hub/launches', { link: `/launch/${course}` })
    const page = await browser.navigate(`/launch/${course}`)
    assert.equal(page.status, posted.status === 201 ? 200 : posted.status)
    return posted.status === 201 ? 'opens' : posted.json().error
  }
  const row = async (browser: HttpBrowser) => {
    const found: string[] = []
    for (const course of Object.keys(courses)) found.push(await status(browser, course))
    return found
  }

  it('is the same by page and by script, for each kind of user', async () => {
    const needs = 'course_needs_sign_in'
    const [others, early, late, unknown] = [
      'course_for_others',
      'course_not_open_yet',
      'course_closed',
      'unknown_course',
    ]
    assert.deepEqual(await row(await visitor()), ['opens', needs, needs, early, late, unknown])
    assert.deepEqual(await row(await as('ben')), ['opens', 'opens', others, early, late, unknown])
    assert.deepEqual(await row(await as('ann')), ['opens', 'opens', 'opens', early, late, 'opens'])
    assert.deepEqual(await row(await as('paul')), ['opens', 'opens', 'opens', early, late, unknown])
    assert.deepEqual(await row(await as('grace')), ['opens', 'opens', 'opens', 'opens', 'opens', 'opens'])
    assert.deepEqual(await row(await as('root')), ['opens', 'opens', 'opens', 'opens', 'opens', 'opens'])
  })

  it('is decided before a visitor gets an account', async () => {
    const browser = hub.browser()
    for (const course of Object.keys(courses).slice(1)) assert.notEqual(await status(browser, course), 'opens')
    assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 0, servers: 0 })
  })

  it('is told with the time, whom to ask, and a way to sign in that leads back', async () => {
    const early = await hub.browser().navigate('/launch/soon')
    assert.match(early.text, /It opens on <time datetime="2090-01-02T08:00Z" data-local>2090-01-02 08:00 UTC<\/time>/)
    const invited = await (await as('ben')).navigate('/launch/invited')
    assert.match(invited.text, /Ask Prof\. Martin/)
    const account = await hub.browser().navigate('/launch/account')
    assert.match(account.text, /href="\/hub\/login\?next=%2Flaunch%2Faccount">Sign in</)
  })

  it('gives for a hidden course the page of one that does not exist', async () => {
    for (const browser of [hub.browser(), await visitor(), await as('ben')]) {
      const answers = await Promise.all(
        ['secret', 'sekrat'].map(async (course) => {
          const { status: code, text, headers } = await browser.navigate(`/launch/${course}`)
          return { code, text: text.replaceAll(course, 'NAME'), policy: headers['content-security-policy'] }
        }),
      )
      assert.deepEqual(answers[0], answers[1])
      assert.equal(answers[0]?.code, 404)
      assert.doesNotMatch(answers[0]?.text ?? '', /Exam/)
    }
  })

  it('says when a hidden course opens to those for whom it is, and to no others', async () => {
    await hub.stop()
    const exam = { image: 'x', open: 'signed-in' as const, hidden: true, opens: future }
    hub = await startTestHub({ config: { authenticators: [temporary(), people], courses: { exam } } })
    assert.equal(await status(hub.browser(), 'exam'), 'unknown_course')
    assert.equal(await status(await as('ben'), 'exam'), 'course_not_open_yet')
  })

  it('names the only course to no one from whom it is hidden', async () => {
    await hub.stop()
    const exam = { image: 'x', open: ['ann'], hidden: true, staff: ['grace'] }
    hub = await startTestHub({ config: { authenticators: [temporary(), people], courses: { exam } } })
    const [ben, grace] = [await as('ben'), await as('grace')]
    const addresses = ['/', '/hub/courses', '/hub/login', '/hub/spawn', '/hub/spawn/ben', '/hub/user-redirect/lab']
    for (const browser of [hub.browser(), ben]) {
      for (const address of addresses) assert.doesNotMatch((await browser.navigate(address)).text, /exam/, address)
    }
    assert.match((await grace.navigate('/hub/spawn')).text, /href="\/hub\/at\/exam\/spawn"/)
    const [token] = /carrel-user-[\w-]{43}/.exec((await ben.submit('/hub/token', { note: 'x', days: '1' })).text) ?? []
    const headers = { authorization: `token ${token}` }
    const answer = await hub.browser().fetch('/hub/api/users/ben/server', { method: 'POST', headers })
    assert.deepEqual([answer.status, answer.json().error, /exam/.test(answer.text)], [400, 'which_course', false])
  })

  it('tells staff which courses do not open for others, or are named to staff alone', async () => {
    const page = (await (await as('grace')).navigate('/hub/home')).text
    const notes = [...page.matchAll(/<h2>([^<]*)<\/h2><p class="quiet">(.*?)<\/p>/g)]
    assert.deepEqual(
      notes.map(([, title, note = '']) => [title, note.replace(/<[^>]*>/g, '')]),
      [
        ['soon', 'For others it opens on 2090-01-02 08:00 UTC.'],
        ['over', 'For others it closed on 2020-01-06 08:00 UTC.'],
        ['Exam', 'Only staff see it here.'],
      ],
    )
    const others = (await (await as('ann')).navigate('/hub/home')).text
    assert.doesNotMatch(others, /For others|Only staff/)
  })

  it('keeps a hidden course out of lists and near names, but for its staff and who has a notebook in it', async () => {
    const ann = await as('ann')
    for (const browser of [await visitor(), await as('ben'), ann]) {
      for (const page of ['/hub/home', '/hub/courses', '/hub/user-redirect/lab', '/launch/secrett'])
        assert.doesNotMatch((await browser.navigate(page)).text.replaceAll('secrett', ''), /Exam|secret/, page)
    }
    await ann.enter('/launch/secret')
    assert.match((await ann.navigate('/hub/home')).text, /Exam/)
    assert.match((await (await as('grace')).navigate('/hub/home')).text, /Exam/)
  })

  it('has a way to sign in where that may help: in lists, and where a visitor finds no such course', async () => {
    const temporaryUser = await visitor()
    for (const [browser, href] of [
      [hub.browser(), '/hub/login?next='],
      [temporaryUser, '/hub/logout?next='],
    ] as const) {
      const list = (await browser.navigate('/hub/courses')).text
      const signIns = [...list.matchAll(/href="([^"]*)">Sign in</g)].map(([, link = '']) => link)
      assert.deepEqual(signIns, [`${href}%2Flaunch%2Faccount`, `${href}%2Flaunch%2Finvited`])
      const unknown = (await browser.navigate('/launch/secret')).text
      assert.match(unknown, /Some courses show only once you have signed in\./)
      assert.ok(unknown.includes(`href="${href}%2Flaunch%2Fsecret">Sign in<`))
    }
    assert.doesNotMatch((await (await as('ben')).navigate('/hub/home')).text, />Sign in</)
  })

  it('shows in lists why a course does not open, in the place of its button', async () => {
    const { text } = await (await as('ben')).navigate('/hub/home')
    assert.match(text, /soon is not open yet/)
    assert.doesNotMatch(text, /href="\/launch\/(soon|over|invited|secret)"/)
    assert.match(text, /href="\/launch\/account"/)
  })

  it('holds in the API, for tokens of users and for admins in a user’s name', async () => {
    const [ben, root] = [await as('ben'), await as('root')]
    const token = async (browser: HttpBrowser) =>
      /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text)?.[0]
    const start = async (secret: string | undefined, course: string) => {
      const answer = await hub.browser().fetch(`/hub/api/users/ben/servers/${course}`, {
        method: 'POST',
        headers: { authorization: `token ${secret}` },
      })
      return answer.status < 300 ? 'starts' : answer.json().error
    }
    const [own, admins] = [await token(ben), await token(root)]
    assert.equal(await start(own, 'invited'), 'course_for_others')
    assert.equal(await start(own, 'over'), 'course_closed')
    assert.equal(await start(own, 'secret'), 'unknown_server')
    assert.equal(await start(admins, 'invited'), 'course_for_others')
    assert.equal(await start(admins, 'secret'), 'course_for_others')
    assert.equal(await start(own, 'account'), 'starts')
    assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 1 })
  })

  it('holds for links of every kind', async () => {
    const ben = await as('ben')
    const links = [
      '/tmplogin?course=over',
      '/launch/over/a.ipynb',
      '/hub/open?to=/user/ben/over/lab',
      '/hub/restart?to=/user/ben/over/lab',
      '/user/ben/over/',
      '/hub/spawn/ben/over',
      '/hub/at/over/user-redirect/lab',
    ]
    for (const link of links) {
      assert.equal((await ben.navigate(link)).status, 403, link)
      const posted = await ben.post('/hub/launches', { link, confirmed: true })
      assert.equal(posted.json().error, 'course_closed', link)
    }
    assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 0 })
  })
})
