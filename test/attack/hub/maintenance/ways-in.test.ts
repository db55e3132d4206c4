/** Learners' ways to a notebook during maintenance: none starts, ends or makes anything. */
import { onSqlite } from '../../../helpers/engines/postgresql.ts'
import {
  type Answer,
  createHttpBrowser,
  type HttpBrowser,
  launchPageData,
  lmsUrl,
  type TestHub,
} from '../../../helpers/test-hub.ts'
import { openSchool, type School } from '../../../hub/access/guests/school.ts'
import { type Attack, attacks } from '../../table.ts'

onSqlite('attack: notebooks during maintenance', (make) => {
  let school: School
  let hub: TestHub
  let ann: HttpBrowser
  beforeEach(async () => {
    // One server at a time, so that a second one needs a choice.
    school = await openSchool(await make(), { limits: { serversPerUser: 1 } })
    hub = school.hub
    ann = school.ann
  })
  afterEach(() => hub.stop())

  const begin = async () => {
    const root = await school.as('root')
    await root.submit('/hub/admin/maintenance/begin', { message: '' })
  }
  const all = async () => ({
    users: (await hub.db('users')).length,
    launches: (await hub.db('launches')).length,
    servers: await hub.db('servers').orderBy('id').select('id', 'course', 'state', 'run'),
  })
  const tokenOf = async (browser: HttpBrowser) => {
    const { text } = await browser.submit('/hub/token', { note: 'tests', days: '7' })
    return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
  }

  /** Prepares, begins maintenance, attacks, and returns the answer's status and what has changed by it. */
  const during = async (act: () => Promise<Answer | (() => Promise<Answer>)>) => {
    const prepared = await act()
    await begin()
    const before = await all()
    const answer = typeof prepared === 'function' ? await prepared() : prepared
    const after = await all()
    const isSame = JSON.stringify(before) === JSON.stringify(after)
    return [answer.status, isSame ? 'nothing changed' : JSON.stringify(after)]
  }
  /** A learner of the LMS with the page of a link that was opened before. */
  const lmsLink = '/ipythonExercice/demo/welcome/stud-1'
  const lmsPage = async (browser: HttpBrowser, dest = 'iframe') =>
    browser.navigate(lmsLink, { 'sec-fetch-dest': dest, referer: `${lmsUrl}/`, 'sec-fetch-site': 'cross-site' })

  const link = (path: string): Attack => ({
    name: `opens ${path} as the owner of a server that runs`,
    rule: 'maintenance',
    attempt: () => during(async () => () => ann.navigate(path)),
    expected: [503, 'nothing changed'],
  })
  const table: Attack[] = [
    ...[
      '/launch/demo',
      '/launch/other',
      '/tmplogin?course=demo',
      '/hub/spawn/ann/demo',
      '/hub/at/demo/user-redirect/lab',
    ].map(link),
    {
      name: 'opens the address of the own server once more',
      rule: 'maintenance',
      attempt: () => during(async () => () => ann.navigate(`/hub/open?to=${school.server.path}lab`)),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'posts what the script of a launch page posts',
      rule: 'maintenance',
      attempt: () => during(async () => () => ann.post('/hub/launches', { link: '/launch/demo' })),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'presses the button of a restart that was asked for before: the server runs on',
      rule: 'maintenance',
      attempt: () =>
        during(
          async () => () =>
            ann.post('/hub/launches', { link: `/hub/restart?to=${school.server.path}lab`, confirmed: true }),
        ),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'presses the button that stops a server for another one: it runs on',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          const visitor = hub.browser()
          await visitor.enter('/launch/demo')
          return () => visitor.submit('/hub/choice', { link: '/launch/other', stop: 'demo' })
        }),
      expected: [303, 'nothing changed'],
    },
    {
      name: 'looks at the page of such a choice',
      rule: 'maintenance',
      attempt: () => during(async () => () => ann.navigate('/hub/choice?link=/launch/other')),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'comes without a session, by script: no user is made',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          const visitor = hub.browser()
          visitor.setNonce()
          return () => visitor.post('/hub/launches', { link: '/launch/demo' })
        }),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'starts over by a button: no user is made, and the present one stays',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          const visitor = hub.browser()
          await visitor.enter('/launch/demo')
          return () => visitor.post('/hub/launches', { link: '/launch/demo?fresh=1', confirmed: true, storage: true })
        }),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'comes by the proof of an LMS from before, as a known learner',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          const learner = hub.browser()
          await learner.enter(lmsLink, { framed: true, referer: `${lmsUrl}/` })
          learner.jar.clear()
          learner.setNonce()
          const { proof } = launchPageData((await lmsPage(learner)).text)
          return () => learner.post('/hub/launches', { link: lmsLink, framed: true, proof })
        }),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'opens a tab by the code of a frame',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          const frame = hub.browser()
          await frame.enter(lmsLink, { framed: true, referer: `${lmsUrl}/` })
          const page = await frame.navigate(lmsLink, { 'sec-fetch-dest': 'iframe' })
          const code = /name="code" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
          return () => hub.browser().submit('/hub/launches', { link: lmsLink, code })
        }),
      // The tab waits at the link.
      expected: [303, 'nothing changed'],
    },
    {
      name: 'claims a link of the LMS as staff of the course: it stays the learner’s',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          await hub.browser().enter(lmsLink, { framed: true, referer: `${lmsUrl}/` })
          const grace = await school.as('grace')
          grace.setNonce()
          const { proof } = launchPageData((await lmsPage(grace)).text)
          return () => grace.post('/hub/launches', { link: lmsLink, framed: true, proof, confirmed: true })
        }),
      expected: [503, 'nothing changed'],
    },
    {
      name: 'enters a notebook that its owner shares',
      rule: 'maintenance',
      attempt: () =>
        during(async () => {
          const shared = await ann.submit('/hub/share/demo/add', { kind: 'user', name: 'bob' })
          if (shared.status !== 303) throw new Error(shared.text)
          const bob = await school.as('bob')
          return () => bob.submit('/hub/guests', { to: `${school.server.path}lab` })
        }),
      expected: [303, 'nothing changed'],
    },
    ...['servers/other', 'servers/demo'].map(
      (address): Attack => ({
        name: `starts ${address} by API with an own token`,
        rule: 'maintenance',
        attempt: () =>
          during(async () => {
            const token = await tokenOf(ann)
            return () =>
              createHttpBrowser(hub.address).fetch(`/hub/api/users/ann/${address}`, {
                method: 'POST',
                headers: { authorization: `token ${token}` },
              })
          }),
        // The one that runs is answered as JupyterHub does.
        expected: [address === 'servers/demo' ? 400 : 503, 'nothing changed'],
      }),
    ),
    ...['PUT', 'DELETE', 'GET'].map(
      (method): Attack => ({
        name: `switches it by API with a learner’s token: ${method}`,
        rule: 'maintenance',
        attempt: () =>
          during(async () => {
            const token = await tokenOf(ann)
            return () =>
              createHttpBrowser(hub.address).fetch('/hub/api/maintenance', {
                method,
                headers: { authorization: `token ${token}` },
              })
          }),
        expected: [403, 'nothing changed'],
      }),
    ),
    ...['begin', 'end'].map(
      (act): Attack => ({
        name: `switches it as another site’s page does, in an admin’s browser: ${act}`,
        rule: 'maintenance',
        attempt: async () => {
          if (act === 'end') await begin()
          const root = await school.as('root')
          const before = await hub.db('installation').first('maintenance')
          const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
          const { status } = await root.submit(`/hub/admin/maintenance/${act}`, {}, foreign)
          const after = await hub.db('installation').first('maintenance')
          return [status, before.maintenance === after.maintenance]
        },
        expected: [403, true],
      }),
    ),
  ]
  attacks(table)
})
