import { lms } from '../../../../authenticators/lms.ts'
import { temporary } from '../../../../authenticators/temporary.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser, lmsUrl, secrets } from '../../../helpers/test-hub.ts'
import { openSchool, type School } from '../../../hub/access/guests/school.ts'
import { openDesk } from '../../../hub/desk/desk-world.ts'
import { addSnapshotFor } from '../../../hub/desk/shared-copy.ts'
import { people } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

const secret = { 'mine.ipynb': 'notebook', '.bashrc': 'file', 'far/b.png': 'file' } as const

describe('attack: copies of notebooks that others share', () => {
  let database: TestDatabase
  let school: School
  let eve: HttpBrowser
  /** The id of a copy that ann shares. */
  let hers: string
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await openSchool(database.url, {
      authenticators: [temporary(), people, lms({ issuer: 'edx', courses: ['demo'], pages: [lmsUrl], signed: false })],
      admins: ['root'],
      courses: {
        demo: { image: 'demo', strip: true, staff: ['grace'], share: true, embed: { ancestors: [lmsUrl] } },
        other: { image: 'other', staff: ['otto'] },
      },
    } as never)
    Object.assign(school.hub.world.behaviour, { files: { ...secret }, bytes: {}, changes: [] })
    eve = await school.as('eve')
    await eve.enter('/launch/demo')
    hers = await addSnapshotFor(school.hub.db, await school.userId('ann'))
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const left = async () => (await school.hub.db('snapshots').pluck('id')).includes(hers)
  const asProxy = (path: string, headers: Record<string, string> = {}) =>
    createHttpBrowser(school.hub.address).fetch(path, {
      headers: { authorization: `token ${secrets.proxyToken}`, 'x-carrel-proxy-auth': secrets.proxyToken, ...headers },
    })
  async function callAs(browser: HttpBrowser) {
    const { text } = await browser.submit('/hub/token', { note: 'x', days: '1' })
    const [token] = /carrel-user-[\w-]{43}/.exec(text) ?? []
    return (method: string, rest: string, body?: object) =>
      createHttpBrowser(school.hub.address).fetch(`/hub/api/snapshots${rest}`, {
        method,
        headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
  }
  function write(path: string, source: string): void {
    const cells = [{ cell_type: 'markdown', metadata: {}, source }]
    const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })
    Object.assign(school.hub.world.behaviour.bytes ?? {}, { [path]: Buffer.from(text).toString('base64') })
  }
  async function shareAs(name: string, body: object) {
    const desk = await openDesk(school.hub, await school.as(name), '/launch/demo')
    return desk.ask('POST', 'share', body)
  }

  attacks([
    {
      name: 'lists, shares and deletes as another user, by the API',
      rule: 'snapshots',
      async attempt() {
        const call = await callAs(eve)
        const answers = [
          await call('DELETE', `/${hers}`),
          await call('GET', '?course=demo'),
          await call('GET', '?user=ann'),
          await call('POST', '', { course: 'demo', path: 'mine.ipynb', user: 'ann' }),
          await call('POST', '', { course: 'other', path: 'mine.ipynb' }),
        ]
        const own = (await call('GET', '')).json()
        return [answers.map(({ status }) => status), own, await left()]
      },
      expected: [[404, 404, 400, 400, 404], { copies: [] }, true],
    },
    {
      name: 'looks after another course, and sees or deletes copies of this one',
      rule: 'snapshots',
      async attempt() {
        const call = await callAs(await school.as('otto'))
        const answers = [await call('GET', '?course=demo'), await call('DELETE', `/${hers}`)]
        return [answers.map(({ status }) => status), await left()]
      },
      expected: [[404, 404], true],
    },
    {
      name: 'takes a path out of its folder, or that of a file that is no notebook',
      rule: 'snapshots',
      async attempt() {
        const paths = ['../ann/mine.ipynb', 'a/../../x.ipynb', '/etc/passwd', 'a//b.ipynb', '..\\x.ipynb', '.bashrc']
        const codes = []
        for (const path of paths) codes.push((await shareAs('eve', { path })).json().error)
        return [codes, (await school.hub.db('snapshots')).length]
      },
      expected: [[...Array(5).fill('no_notebook'), 'no_notebook'], 1],
    },
    {
      name: 'shares what holds script, frames, forms and addresses of other sites',
      rule: 'snapshots',
      async attempt() {
        write(
          'mine.ipynb',
          '<script>parent.x()</script><iframe src="/hub/home"></iframe><form action="/hub/logout"><button>Go</button></form>' +
            '<img src="https://evil.example.org/who.png" onerror="alert(1)"><svg onload="alert(1)"></svg>' +
            '<a href="javascript:alert(1)">x</a><meta http-equiv="refresh" content="0;url=/hub/home"><base href="//evil.example.org">' +
            '![up](../../secret.png)',
        )
        const { status, text } = await shareAs('eve', { path: 'mine.ipynb' })
        if (status !== 200) return text
        const page = await asProxy(`/hub/api/snapshots/${JSON.parse(text).url.split('/').at(-1)}/page`)
        const inside = page.text.slice(page.text.indexOf('<article'))
        const policy = String(page.headers['content-security-policy'])
        return [
          /<(script|iframe|form|svg|meta|base)|javascript:|onerror|onload|<img|src=/i.test(inside),
          ["default-src 'none'", "frame-ancestors 'none'", 'sandbox allow-popups'].every((one) => policy.includes(one)),
        ]
      },
      expected: [false, true],
    },
    {
      name: 'asks the hub for pages without the proxy’s token',
      rule: 'snapshots',
      async attempt() {
        const path = `/hub/api/snapshots/${hers}/page`
        const asked = [await eve.fetch(path), await createHttpBrowser(school.hub.address).fetch(path)]
        const call = await callAs(eve)
        return [...asked, await call('GET', `/${hers}/page`)].map(({ status }) => status)
      },
      expected: [403, 403, 403],
    },
    {
      name: 'is a temporary visitor, who publishes under the site’s name',
      rule: 'snapshots',
      async attempt() {
        write('mine.ipynb', 'Win a prize')
        const visitor = school.hub.browser()
        const desk = await openDesk(school.hub, visitor, '/tmplogin?course=demo')
        const { status, text } = await desk.ask('POST', 'share', { path: 'mine.ipynb' })
        const page = await visitor.submit('/hub/snapshots/new', { course: 'demo', notebook: 'mine.ipynb', days: '1' })
        return [status, JSON.parse(text).error, page.status, (await school.hub.db('snapshots')).length]
      },
      expected: [403, 'no_snapshots', 404, 1],
    },
    {
      name: 'is as many learners as a program names in forged links of an LMS',
      rule: 'snapshots',
      async attempt() {
        write('mine.ipynb', 'Win a prize')
        const learner = school.hub.browser()
        const forged = { referer: `${lmsUrl}/` }
        const desk = await openDesk(school.hub, learner, '/ipythonExercice/demo/mine.ipynb/a1', forged)
        const { copies } = (await desk.ask('POST', 'state', { notebook: 'mine.ipynb', active: false })).json()
        const { status, text } = await desk.ask('POST', 'share', { path: 'mine.ipynb' })
        const page = await learner.submit('/hub/snapshots/new', { course: 'demo', notebook: 'mine.ipynb', days: '1' })
        return [copies, status, JSON.parse(text).error, page.status, (await school.hub.db('snapshots')).length]
      },
      expected: [null, 403, 'no_snapshots', 404, 1],
    },
    {
      name: 'guesses addresses, one after the other',
      rule: 'snapshots',
      async attempt() {
        const guess = () => asProxy(`/hub/api/snapshots/${'a'.repeat(20)}/page`, { 'x-forwarded-for': '203.0.113.9' })
        const answers = []
        for (let tries = 0; tries < 70; tries += 1) answers.push((await guess()).status)
        const other = await asProxy(`/hub/api/snapshots/${hers}/page`, { 'x-forwarded-for': '203.0.113.7' })
        return [[...new Set(answers)], other.status]
      },
      expected: [[404, 429], 200],
    },
    {
      name: 'shares again and again, and has the hub read a notebook without end',
      rule: 'snapshots',
      async attempt() {
        write('mine.ipynb', 'x'.repeat(11 * 2 ** 20))
        const desk = await openDesk(school.hub, eve, '/launch/demo')
        const first = (await desk.ask('POST', 'share', { path: 'mine.ipynb' })).json().error
        const answers = []
        for (let tries = 0; tries < 12; tries += 1)
          answers.push((await desk.ask('POST', 'share', { path: 'none.ipynb' })).status)
        return [first, [...new Set(answers)], (await school.hub.db('snapshots')).length]
      },
      expected: ['too_large', [404, 429], 1],
    },
    {
      name: 'is blocked, or removed, and stays on the site by what was shared',
      rule: 'snapshots',
      async attempt() {
        const read = async () => (await asProxy(`/hub/api/snapshots/${hers}/page`)).status
        const statuses = [await read()]
        await school.hub.db('users').where({ name: 'ann' }).update({ state: 'blocked' })
        statuses.push(await read())
        await school.hub
          .db('servers')
          .where({ user: await school.userId('ann') })
          .delete()
        await school.hub.db('users').where({ name: 'ann' }).delete()
        return [statuses, await left()]
      },
      expected: [[200, 404], false],
    },
  ])
})
