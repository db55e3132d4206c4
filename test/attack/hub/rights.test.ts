import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetWorkspace } from '../../../spawners/process/workspace.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser, lmsUrl, redeem, secrets } from '../../helpers/test-hub.ts'
import {
  enterAsGuest,
  openAsGuest,
  openSchool,
  type School,
  schoolConfig,
  share,
  unshare,
} from '../../hub/access/guests/school.ts'
import { attacks } from '../table.ts'

describe('attack: a user who wants another user’s rights', () => {
  let database: TestDatabase
  let school: School
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await openSchool(database.url, { admins: ['root', 'second'] })
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  /** Makes a token on the page for tokens, and returns it, or the status that refuses it. */
  const makeToken = async (browser: HttpBrowser) => {
    const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
    const [secret] = /carrel-user-[\w-]{43}/.exec(page.text) ?? []
    const [revoke] = /\/hub\/token\/\w+\/revoke/.exec(page.text) ?? []
    return { status: page.status, secret, revoke, wait: page.headers['retry-after'] }
  }
  const api = (secret: string | undefined, method: string, path: string, body?: object) =>
    createHttpBrowser(school.hub.address).fetch(`/hub/api${path}`, {
      method,
      headers: { authorization: `token ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  /** Sends a proxy's question about a token at ann's server. */
  const admission = (secret: string | undefined) =>
    api(secrets.proxyToken, 'POST', '/admissions', { token: secret, server: school.server.id, run: 1 })
  const ended = () => school.hub.proxy.routes.get(school.server.path)?.access?.ended.length
  const state = async () => (await school.hub.db('servers').where({ id: school.server.id }).first('state')).state
  const eventsBy = async (name: string) =>
    (await school.hub.db('events').where({ user: await school.userId(name) })).length

  /** Returns the addresses of all pages for admins. */
  const adminPages = (user: string) =>
    [
      ...['', '/servers', `/servers/stop?chosen=${school.server.id}`, `/servers/${school.server.id}/stop`, '/events'],
      ...[
        '/events.jsonl',
        '/search?q=ann',
        `/chosen?act=remove&chosen=${user}`,
        `/users/${user}`,
        `/users/${user}/remove`,
      ],
    ].map((path) => `/hub/admin${path}`)

  attacks([
    {
      name: 'makes and revokes 2001 tokens at a server that another user shares with it',
      rule: 'guests',
      async attempt() {
        await share(school.ann, 'user', 'eve')
        const eve = await school.as('eve')
        await enterAsGuest(school.hub, eve, school.server.path)
        const seen = new Set<string>()
        for (let count = 0; count < 2001; count += 1) {
          const { status, secret, revoke, wait } = await makeToken(eve)
          seen.add(`${status}${wait === undefined ? '' : ' with the time to wait'}`)
          if (revoke === undefined) continue
          seen.add(`admitted: ${(await admission(secret)).status}`)
          await eve.submit(revoke)
        }
        return [[...seen].sort(), ended(), await state(), (await eventsBy('eve')) < 600]
      },
      expected: [['200', '429 with the time to wait', 'admitted: 200', 'admitted: 404'], 49, 'ready', true],
    },
    {
      name: 'comes again and again by the button, in new sessions that it ends',
      rule: 'guests',
      async attempt() {
        await share(school.ann, 'user', 'eve')
        const statuses: number[] = []
        for (let count = 0; count < 60; count += 1) {
          const eve = await school.as('eve')
          statuses.push((await enterAsGuest(school.hub, eve, school.server.path)).status)
          await eve.submit('/hub/logout')
        }
        return [statuses.filter((status) => status === 200).length, new Set(statuses).size, ended(), await state()]
      },
      expected: [50, 2, 50, 'ready'],
    },
    {
      name: 'shares and ends the share without end, and fills the history',
      rule: 'limits',
      async attempt() {
        const statuses = new Set<number>()
        for (let count = 0; count < 210; count += 1) {
          statuses.add((await share(school.ann, 'user', 'ben')).status)
          statuses.add((await unshare(school.ann, 'user', 'ben')).status)
          await unshare(school.ann, 'user', 'nobody')
        }
        return [[...statuses].sort(), (await eventsBy('ann')) < 450]
      },
      expected: [[303, 429], true],
    },
    {
      name: 'is an admin who makes a token in another user’s name, and enters unseen',
      rule: 'roles',
      async attempt() {
        const root = await school.as('root')
        const { secret } = await makeToken(root)
        const { token } = (await api(secret, 'POST', '/users/ann/tokens', { note: 'night' })).json()
        const { status } = await admission(token)
        await admission(token)
        const { db } = school.hub
        const made = await db('events')
          .where({ kind: 'token-made', user: await school.userId('ann') })
          .first('detail')
        const visits = await db('events').where({ kind: 'opened-as-staff' }).select('user', 'server')
        const page = await school.ann.navigate('/hub/token')
        const home = await school.ann.navigate('/hub/home')
        return [
          status,
          JSON.parse(made.detail).by === (await school.userId('root')),
          visits.map(({ user, server }) => [user === JSON.parse(made.detail).by, server === school.server.id]),
          /Made in your name by root/.test(page.text),
          /Opened as staff by root/.test(home.text),
        ]
      },
      expected: [200, true, [[true, true]], true, true],
    },
    {
      name: 'CVE-2026-40934: keeps what it made in others’ names when it is no admin any more, or blocked',
      rule: 'roles',
      async attempt() {
        const { secret } = await makeToken(await school.as('second'))
        const { token } = (await api(secret, 'POST', '/users/ann/tokens', { note: 'night' })).json()
        const before = (await admission(token)).status
        const root = await makeToken(await school.as('root'))
        await api(root.secret, 'PATCH', '/users/second', { blocked: true })
        return [before, (await admission(token)).status, ended(), (await api(token, 'GET', '/user')).status]
      },
      expected: [200, 404, 1, 403],
    },
    {
      name: 'CVE-2026-40934: keeps a seat as staff when the config names it no more',
      rule: 'roles',
      async attempt() {
        const grace = await school.as('grace')
        const { launch } = await openAsGuest(grace, school.server.path)
        const { ticket } = (await grace.post(`/hub/launches/${launch}/ticket`)).json()
        await school.hub.stop()
        school = await openSchool(database.url, {
          courses: { ...schoolConfig().courses, demo: { image: 'demo', staff: [], embed: { ancestors: [lmsUrl] } } },
        })
        return [(await redeem(school.hub, ticket)).status, (await school.hub.db('guests')).length]
      },
      expected: [404, 0],
    },
    {
      name: 'CVE-2024-41942: is staff and raises rights, its own or another’s, in every way that the API has',
      rule: 'roles',
      async attempt() {
        const { secret } = await makeToken(await school.as('grace'))
        const more = [{ admin: true }, { roles: ['admin'] }, { name: 'root' }, { groups: ['tutors'] }]
        const answers = await Promise.all([
          ...more.flatMap((change) =>
            ['grace', 'ann', 'root'].map((name) => api(secret, 'PATCH', `/users/${name}`, change)),
          ),
          ...['grace', 'new'].map((name) => api(secret, 'POST', `/users/${name}`, { admin: true })),
          api(secret, 'POST', '/users', { usernames: ['new'], admin: true }),
          api(secret, 'POST', '/groups/tutors/users', { users: ['grace'] }),
          api(secret, 'POST', '/users/root/tokens', {}),
          api(secret, 'POST', '/users/ann/tokens', {}),
          api(secret, 'POST', '/users/grace/tokens', { roles: ['admin'], scopes: ['admin:users'] }),
        ])
        const page = await (await school.as('grace')).navigate('/hub/admin')
        return [[...new Set(answers.map(({ status }) => status >= 400))], page.status]
      },
      expected: [[true], 403],
    },
    {
      name: 'is staff, a learner or nobody, or has an admin’s token, and opens the pages of admins',
      rule: 'roles',
      async attempt() {
        const [root, ann] = [await school.as('root'), await school.userId('ann')]
        const { secret } = await makeToken(root)
        const seen = new Set<string>()
        for (const path of adminPages(ann)) {
          const browsers = [await school.as('grace'), school.ann, school.hub.browser()]
          const [staff, learner, none] = await Promise.all(browsers.map((browser) => browser.navigate(path)))
          const token = await createHttpBrowser(school.hub.address).fetch(path, {
            headers: { authorization: `token ${secret}` },
          })
          seen.add([staff, learner, none, token].map((answer) => answer?.status).join(' '))
        }
        const fields = [
          [`/hub/admin/users/${ann}/block`, {}],
          ['/hub/admin/servers/stop', { chosen: school.server.id }],
          ['/hub/admin/chosen', { act: 'stop', chosen: ann }],
        ] as const
        const posts = fields.map(async ([path, form]) =>
          [await school.as('grace'), school.ann].map((browser) => browser.submit(path, form)),
        )
        const done = await Promise.all((await Promise.all(posts)).flat())
        return [[...seen], [...new Set(done.map(({ status }) => status))], await state()]
      },
      expected: [['403 403 302 401'], [403], 'ready'],
    },
    {
      name: 'CVE-2024-41942: is an admin and makes admins: only the config file does',
      rule: 'roles',
      async attempt() {
        const { secret } = await makeToken(await school.as('root'))
        const answers = await Promise.all(
          [{ admin: true }, { blocked: false, admin: true }].map((change) =>
            api(secret, 'PATCH', '/users/ann', change),
          ),
        )
        return [answers.map(({ status }) => status), (await school.ann.navigate('/hub/admin')).status]
      },
      expected: [[400, 400], 403],
    },
    {
      name: 'is no admin, and reads the metrics of the hub',
      rule: 'roles',
      async attempt() {
        const { secret } = await makeToken(await school.as('grace'))
        const browser = await school.as('root')
        const crossSite = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } }
        const answers = [
          ...['', '/'].map((end) => api(secret, 'GET', `/metrics${end}`)),
          ...[secrets.cullerToken, secrets.proxyToken, 'carrel-user-', undefined].map((token) =>
            api(token, 'GET', '/metrics'),
          ),
          browser.fetch('/hub/metrics', crossSite),
          createHttpBrowser(school.hub.address).fetch('/hub/metrics', {
            headers: { authorization: `token ${secret}` },
          }),
        ]
        const got = await Promise.all(answers)
        return [got.map(({ status }) => status), got.some(({ text }) => text.includes('jupyterhub_'))]
      },
      expected: [[403, 403, 403, 403, 403, 403, 403, 403], false],
    },
    {
      name: 'is no admin, and makes accounts or starts and stops others’ servers',
      rule: 'roles',
      async attempt() {
        const grace = await makeToken(await school.as('grace'))
        const callers = [grace.secret, secrets.cullerToken, secrets.proxyToken, 'carrel-user-', undefined]
        const statuses: number[][] = []
        for (const secret of callers) {
          const answers = await Promise.all([
            api(secret, 'POST', '/users', { usernames: ['new'] }),
            api(secret, 'POST', '/users/', { usernames: ['new', 'grace'], admin: true, authenticator: 'local' }),
            api(secret, 'POST', '/users/new', {}),
            api(secret, 'POST', '/users/grace', {}),
            ...['server', 'servers/demo', 'servers/'].map((path) => api(secret, 'POST', `/users/ann/${path}`, {})),
          ])
          statuses.push(answers.map(({ status }) => status))
        }
        const stops = await Promise.all(
          ['server', 'servers/demo'].map((path) => api(grace.secret, 'DELETE', `/users/ann/${path}`, {})),
        )
        const made = await school.hub.db('users').whereIn('name', ['new', 'new ']).select('id')
        return [statuses, stops.map(({ status }) => status), made, await state()]
      },
      expected: [
        // To a user, others' servers do not exist; a call for admins exists, and is refused.
        [[403, 403, 403, 403, 404, 404, 404], ...Array(4).fill(Array(7).fill(403))],
        [404, 404],
        [],
        'ready',
      ],
    },
    {
      name: 'is no admin, and sends two megabytes where admins may',
      rule: 'sizes',
      async attempt() {
        const grace = await makeToken(await school.as('grace'))
        const usernames = Array.from({ length: 10_000 }, (_, number) => `${'x'.repeat(120)}${number}`)
        const list = await api(grace.secret, 'POST', '/users', { usernames })
        const elsewhere = await Promise.all(
          ['/users/', '/users?', '/USERS', '/users/new', '/users/ann/servers/demo'].map((path) =>
            api(grace.secret, 'POST', path, { usernames }),
          ),
        )
        return [list.status, elsewhere.map(({ status }) => status)]
      },
      expected: [403, [413, 413, 413, 413, 413]],
    },
    {
      name: 'comes from another provider under the name of an account that awaits its person',
      rule: 'identity',
      async attempt() {
        const { secret } = await makeToken(await school.as('root'))
        await api(secret, 'POST', '/users', { usernames: ['new', 'other'] })
        const { db } = school.hub
        await db('users').where({ name: 'new' }).update({ authenticator: 'another' })
        const taken = await school.hub.browser().submit('/hub/login/local', { username: 'new', password: 'right' })
        // A subject that looks like the mark of such an account is nobody's.
        const mark = 'carrel:awaited:other'
        const marked = await school.hub.browser().submit('/hub/login/local', { username: mark, password: 'right' })
        const rows = await db('users').whereIn('name', ['new', 'other', mark]).orderBy('name').select('name', 'subject')
        return [taken.status, marked.status, rows]
      },
      expected: [
        409,
        403,
        [
          { name: 'new', subject: 'carrel:awaited:new' },
          { name: 'other', subject: 'carrel:awaited:other' },
        ],
      ],
    },
    {
      name: 'GHSA-69wv-m5fw-2fhp: is staff of one course and acts in another',
      rule: 'roles',
      async attempt() {
        const otto = await school.as('otto')
        const { id, path } = school.server
        const answers = [
          await otto.navigate('/hub/course/demo'),
          await otto.submit(`/hub/course/demo/servers/${id}/stop`),
          // Otto is staff of the course `other`, and the server belongs to `demo`.
          await otto.submit(`/hub/course/other/servers/${id}/stop`),
          await otto.submit('/hub/guests', { to: path }),
          await otto.submit(`/hub/servers/${id}/stop`),
          await otto.submit('/hub/share/demo/add', { kind: 'user', name: 'otto' }),
        ]
        return [answers.map(({ status }) => status), await state()]
      },
      expected: [[403, 403, 404, 403, 404, 404], 'ready'],
    },
  ])
})

describe('attack: a workspace whose name begins like another’s', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-workspaces-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  attacks([
    {
      name: 'CVE-2026-35397: is removed, or read, with its sibling',
      rule: 'roles',
      async attempt() {
        for (const name of ['course', 'course-secret', 'course2'])
          await mkdir(join(dir, 'workspaces', name), { recursive: true })
        await forgetWorkspace(dir, 'course')
        return (await readdir(join(dir, 'workspaces'))).sort()
      },
      expected: ['course-secret', 'course2'],
    },
  ])
})
