/** Attacks with the id of another user's launch, and with very many pages that wait. */
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { PasswordAuthenticator } from '../../../authenticators/authenticator.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { createFakeServers, neverSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, hubUrl, launchPageData, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../../hub/people.ts'
import { type Attack, attacks } from '../table.ts'

/** A careless authenticator, which accepts every name that the attacker types. */
const careless: PasswordAuthenticator = {
  kind: 'password',
  name: 'careless',
  label: 'Sign in',
  authenticate: async (username) => ({ subject: `subject ${username}`, name: username }),
}

describe('attack: launches and pages that wait', () => {
  const world = createFakeServers()
  let hub: TestHub
  let open: ClientRequest[]
  before(async () => {
    const authenticators = [temporary(), people, careless]
    hub = await startTestHub({ world, config: { spawner: neverSpawner(world), authenticators } })
  })
  beforeEach(() => {
    open = []
  })
  afterEach(() => {
    for (const one of open) one.destroy()
  })
  after(async () => {
    await hub.stop()
    await world.close()
  })

  const stream = async (launch: string, method = 'GET'): Promise<{ status: number; retryAfter: number }> => {
    const { hostname, port } = new URL(hub.address)
    const path = `/hub/launches/${launch}/events`
    const sent = request({ host: hostname, port, path, method, headers: { host: new URL(hubUrl).host }, agent: false })
    sent.on('error', () => undefined)
    open.push(sent)
    sent.end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.on('error', () => undefined).resume()
    return { status: answer.statusCode ?? 0, retryAfter: Number(answer.headers['retry-after'] ?? 0) }
  }
  const statuses = async (launches: string[]) => {
    const found = await Promise.all(launches.map((launch) => stream(launch)))
    return { taken: found.filter(({ status }) => status === 200).length, found }
  }
  const signIn = async (name: string): Promise<HttpBrowser> => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }

  const table: Attack[] = [
    {
      name: 'waits for one launch a hundred times at once: sixteen are let in, and others wait undisturbed',
      rule: 'limits',
      attempt: async () => {
        const [launch, other] = [await hub.browser().open('/launch/demo'), await hub.browser().open('/launch/demo')]
        const { taken, found } = await statuses(Array(100).fill(launch))
        const refused = found.filter(({ status, retryAfter }) => status === 429 && retryAfter > 0).length
        return [taken, refused, (await stream(launch, 'HEAD')).status, (await stream(other)).status]
      },
      expected: [16, 84, 429, 200],
    },
    {
      name: 'begins many launches and waits for each many times: one user has so many in all',
      rule: 'limits',
      attempt: async () => {
        const browser = hub.browser()
        const launches = []
        for (let count = 0; count < 10; count += 1) launches.push(await browser.open('/launch/demo'))
        const { taken } = await statuses(launches.flatMap((launch) => Array(10).fill(launch)))
        return [taken, (await stream(await hub.browser().open('/launch/demo'))).status]
      },
      expected: [64, 200],
    },
    {
      name: 'only asks whether there is a place, without end: that takes no place',
      rule: 'limits',
      attempt: async () => {
        const launch = await hub.browser().open('/launch/demo')
        const asked = await Promise.all(Array.from({ length: 50 }, () => stream(launch, 'HEAD')))
        return [new Set(asked.map(({ status }) => status)), (await statuses(Array(16).fill(launch))).taken]
      },
      expected: [new Set([200]), 16],
    },
    {
      name: 'waits and leaves: the place is free again',
      rule: 'limits',
      attempt: async () => {
        const launch = await hub.browser().open('/launch/demo')
        await statuses(Array(16).fill(launch))
        for (const one of open) one.destroy()
        await until(async () => (await stream(launch, 'HEAD')).status === 200)
        return (await statuses(Array(20).fill(launch))).taken
      },
      expected: 16,
    },
    {
      name: "has a launch's id, and asks for its page: it names neither the user nor the file",
      rule: 'landing',
      attempt: async () => {
        const ann = await signIn('ann-of-the-exam')
        const launch = await ann.open('/launch/demo/secret-exam/question.ipynb')
        const told = (text: string) => ['ann-of-the-exam', 'secret-exam'].filter((word) => text.includes(word))
        const asked = [hub.browser(), await signIn('eve')]
        const strangers = await Promise.all(asked.map((browser) => browser.navigate(`/hub/launches/${launch}`)))
        const own = await ann.navigate(`/hub/launches/${launch}`)
        return [strangers.map(({ status, text }) => [status, told(text)]), told(own.text)]
      },
      expected: [
        [
          [200, []],
          [200, []],
        ],
        ['ann-of-the-exam', 'secret-exam'],
      ],
    },
    {
      name: 'links to a page of a server behind a slash too many: the person is asked first',
      rule: 'by hand',
      attempt: async () => {
        const ann = await signIn('ann')
        await ann.open('/launch/demo')
        const acts = async (inside: string) => {
          const to = encodeURIComponent(`/user/ann/demo/${inside}`)
          return (
            launchPageData((await ann.navigate(`/hub/open?to=${to}`, { 'sec-fetch-site': 'cross-site' })).text)
              .launch !== ''
          )
        }
        const strange = [
          '/git-pull?repo=x',
          '//git-pull',
          '/',
          '/lab',
          '/?x',
          '/?/git-pull',
          '%2fgit-pull',
          ';/git-pull',
        ]
        const plain = ['', '?x=1', '?/git-pull', 'lab', 'lab?x', 'tree/a//b']
        return [await Promise.all(strange.map(acts)), await Promise.all(plain.map(acts))].map((all) => new Set(all))
      },
      expected: [new Set([false]), new Set([true])],
    },
    {
      name: 'has an authenticator vouch for an account without a name',
      rule: 'session',
      attempt: async () => {
        const answers = []
        for (const username of ['', ' ', '\u00a0\u2003']) {
          const { status, text } = await hub.browser().submit('/hub/login/careless', { username, password: 'x' })
          answers.push([status, text.includes('has no name')])
        }
        return [
          new Set(answers.map(String)),
          Number((await hub.db('users').where({ authenticator: 'careless' })).length),
        ]
      },
      expected: [new Set(['403,true']), 0],
    },
  ]
  attacks(table)
})
