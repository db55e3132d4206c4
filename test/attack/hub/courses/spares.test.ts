/** Servers that run before their users are known: who could get at one that is not theirs. */
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { cull, type HttpBrowser, lmsUrl, redeem, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { enterAsGuest, schoolConfig } from '../../../hub/access/guests/school.ts'
import { type Attack, attacks } from '../../table.ts'

onEachDatabase('attack: spares', (make) => {
  let hub: TestHub

  beforeEach(async () => {
    const config = schoolConfig({
      courses: {
        demo: {
          image: 'demo',
          spares: 2,
          embed: { ancestors: [lmsUrl] },
          staff: ['grace'],
          choices: { size: [{ name: 'small' }, { name: 'large', open: ['grace'], limits: { memory: '8G' } }] },
        },
        closed: { image: 'closed', spares: 1, open: ['grace'] },
      },
    })
    hub = await startTestHub({ database: await make(), config })
    await until(async () => (await spares()).length === 3)
  })
  afterEach(() => hub.stop())

  const spares = (): Promise<{ id: string; path: string; told_user: string; user: string }[]> =>
    hub.db('servers').whereRaw('spare').where({ state: 'ready' }).orderBy('started')
  const oneOf = async (course = 'demo') => {
    const found = (await spares()).find(({ path }) => path.endsWith(`/${course}/`))
    if (found === undefined) throw new Error('there is no spare')
    return found
  }
  const as = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  const tokenOf = async (browser: HttpBrowser) => {
    const { text } = await browser.submit('/hub/token', { note: 'tests', days: '7' })
    return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
  }
  const taken = async () => (await hub.db('servers').whereRaw('not spare')).length

  const table: Attack[] = [
    {
      name: 'opens the address of a spare, whose name it has got hold of',
      rule: 'spares',
      attempt: async () => {
        const { path } = await oneOf()
        const [visitor, ann] = [hub.browser(), await as('ann')]
        const answers = [
          await visitor.navigate(`/hub/open?to=${path}lab`),
          await ann.navigate(`${path}lab`),
          await ann.navigate(`/hub/spawn/${path.slice('/user/'.length, -1)}`),
          await ann.post('/hub/launches', { link: `/hub/open?to=${path}lab` }),
        ]
        return [answers.map(({ status }) => status), hub.proxy.routes.size, await taken()]
      },
      expected: [[200, 403, 403, 403], 0, 0],
    },
    {
      name: 'asks the API for a spare, starts it, stops it and removes its user, as an admin',
      rule: 'spares',
      attempt: async () => {
        const { told_user: name } = await oneOf()
        const headers = {
          authorization: `token ${await tokenOf(await as('root'))}`,
          'content-type': 'application/json',
        }
        const call = async (method: string, path: string) =>
          (await hub.browser().fetch(`/hub/api/users${path}`, { method, headers, body: '{}' })).status
        const list = await hub.browser().fetch('/hub/api/users', { headers })
        return [
          await call('GET', `/${name}`),
          await call('POST', `/${name}/servers/demo`),
          await call('DELETE', `/${name}/servers/demo`),
          await call('DELETE', `/${name}`),
          (await cull(hub, 'DELETE', `/${name}`, {})).status,
          list.json().map((user: { name: string }) => user.name),
          (await spares()).length,
        ]
      },
      expected: [404, 404, 404, 404, 404, ['root'], 3],
    },
    {
      name: 'is staff of the course, and enters a spare as a guest',
      rule: 'spares',
      attempt: async () => {
        const { path, id } = await oneOf()
        const grace = await as('grace')
        const page = await grace.navigate('/hub/course/demo?state=all')
        const stop = await grace.submit(`/hub/course/demo/servers/${id}/stop`)
        return [
          (await enterAsGuest(hub, grace, path)).status,
          page.text.includes(id),
          stop.status,
          (await spares()).length,
        ]
      },
      expected: [403, false, 404, 3],
    },
    {
      name: 'has the spares of a course replaced that it does not look after, or by a page of another site',
      rule: 'spares',
      attempt: async () => {
        const before = await spares()
        const replace = async (browser: HttpBrowser, headers = {}) =>
          (await browser.submit('/hub/course/demo/spares/replace', {}, headers)).status
        return [
          await replace(await as('ann')),
          await replace(await as('grace'), { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }),
          before.length,
          (await spares()).length,
        ]
      },
      expected: [403, 403, 3, 3],
    },
    {
      name: 'signs in, or makes an account, under the name of a spare',
      rule: 'spares',
      attempt: async () => {
        const { told_user: name } = await oneOf()
        const browser = hub.browser()
        const answer = await browser.submit('/hub/login/local', { username: name, password: 'right' })
        const headers = {
          authorization: `token ${await tokenOf(await as('root'))}`,
          'content-type': 'application/json',
        }
        const made = await hub.browser().fetch(`/hub/api/users/${name}`, { method: 'POST', headers, body: '{}' })
        return [answer.status !== 303, made.status, await taken()]
      },
      expected: [true, 400, 0],
    },
    {
      name: 'clicks again and again, to have all spares',
      rule: 'spares',
      attempt: async () => {
        const browser = hub.browser()
        const first = await browser.enter('/launch/demo')
        await Promise.all(Array.from({ length: 8 }, () => browser.open('/launch/demo')))
        return [first.ticket !== '', await taken()]
      },
      expected: [true, 1],
    },
    {
      name: 'gets a ticket, then another user gets the next spare',
      rule: 'spares',
      attempt: async () => {
        const [one, other] = [hub.browser(), hub.browser()]
        const { ticket } = await one.enter('/launch/demo')
        const { ticket: second } = await other.enter('/launch/demo')
        const seats = [await redeem(hub, ticket), await redeem(hub, second), await redeem(hub, ticket)]
        const servers = seats.map((answer) => (answer.status === 200 ? answer.json().route?.path : answer.status))
        const users = [...hub.proxy.routes.values()].map((route) => route.access?.user)
        return [servers[0] !== servers[1], servers[2], new Set(users).size]
      },
      expected: [true, 404, 2],
    },
    {
      name: 'chooses what it is not offered, to have a spare that is made otherwise',
      rule: 'spares',
      attempt: async () => {
        const browser = hub.browser()
        browser.setNonce()
        const answer = await browser.post('/hub/launches', { link: '/launch/demo?size=large' })
        return [answer.status, await taken()]
      },
      expected: [400, 0],
    },
    {
      name: 'opens a course that is for others, which has spares',
      rule: 'spares',
      attempt: async () => {
        const browser = await as('ann')
        const answer = await browser.post('/hub/launches', { link: '/launch/closed' })
        return [answer.status, await taken()]
      },
      expected: [403, 0],
    },
  ]
  attacks(table)
})
