import type { Authenticator, RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import {
  type Answer,
  countRows,
  cull,
  hubUrl,
  lmsUrl,
  secrets,
  serversUrl,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { people } from '../../hub/people.ts'
import { type Attack, attacks } from '../table.ts'

const school = '192.0.2.1'
const elsewhere = '198.51.100.1'

/** Sends browsers to an address where no provider is. */
const provider: RedirectAuthenticator = {
  kind: 'redirect',
  name: 'provider',
  label: 'Sign in',
  begin: async () => ({ redirectTo: 'https://idp.example/', pending: {} }),
  finish: async () => ({ subject: 'x', name: 'x' }),
}

describe('attack: a client that guesses, or comes too often', () => {
  let hub: TestHub
  let asked = 0
  const counting: Authenticator = {
    ...people,
    authenticate: (username, password) => {
      asked += 1
      return people.authenticate(username, password)
    },
  }
  beforeEach(async () => {
    asked = 0
    hub = await startTestHub({
      config: {
        authenticators: [
          temporary(),
          lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false }),
          counting,
          provider,
        ],
        limits: {
          launchesPerUser: { burst: 20, perSecond: 0.01 },
          newUsersPerAddress: { burst: 5, perSecond: 0.01 },
          signInsPerAddress: { burst: 5, perSecond: 0.01 },
          failuresPerAddress: { burst: 400, perSecond: 0.01 },
        },
      },
    })
  })
  afterEach(() => hub.stop())

  /** Returns the headers with which the proxy hands a client's address on. */
  const from = (address: string) => ({
    'x-carrel-proxy-auth': secrets.proxyToken,
    'x-forwarded-for': address,
  })
  const signIn = (username: string, password: string, headers: Record<string, string> = from(school)) =>
    hub.browser().submit('/hub/login/local', { username, password }, headers)
  const tokens = (secret: string, headers: Record<string, string> = from(school)) =>
    hub.browser().fetch('/hub/api/users', { headers: { authorization: `token ${secret}`, ...headers } })
  const visit = async (address: string, link = '/tmplogin?course=demo') => {
    const browser = hub.browser()
    browser.setNonce()
    return browser.post('/hub/launches', { link }, from(address))
  }
  const learn = async (learner: string, address = school) => {
    const link = `/ipythonExercice/Python/a/${learner}`
    const browser = hub.browser()
    const page = await browser.navigate(link, { referer: lmsUrl, ...from(address) })
    const proof = /data-proof="([^"]*)"/.exec(page.text)?.[1]
    browser.setNonce()
    return (await browser.post('/hub/launches', { link, proof }, from(address))).status
  }
  const begin = (address: string) => hub.browser().submit('/hub/login/provider', {}, from(address))
  const statuses = (answers: Answer[]) => {
    const counts: Record<number, number> = {}
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }
  const repeat = async <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> => {
    const done: T[] = []
    for (let i = 0; i < count; i += 1) done.push(await act(i))
    return done
  }
  const atOnce = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => act(index)))

  const table: Attack[] = [
    {
      name: 'guesses the password of one account, and is told when to come back',
      rule: 'limits',
      attempt: async () => {
        const tried = await repeat(12, () => signIn('ann', 'wrong'))
        const last = tried.at(-1)
        return [statuses(tried), Number(last?.headers['retry-after']) > 0, /wait \d+ seconds/.test(last?.text ?? '')]
      },
      expected: [{ 403: 10, 429: 2 }, true, true],
    },
    {
      name: 'guesses fifty passwords of one account at once',
      rule: 'limits',
      attempt: async () => [statuses(await atOnce(50, () => signIn('ann', 'wrong'))), asked],
      expected: [{ 403: 10, 429: 40 }, 10],
    },
    {
      name: 'guesses on in other letters, and with other things in the form',
      rule: 'limits',
      attempt: async () => {
        await repeat(10, () => signIn('ann', 'wrong'))
        return [
          (await signIn('ANN', 'wrong')).status,
          (await signIn('ann', 'wrong', { ...from(school), a: 'b' })).status,
        ]
      },
      expected: [429, 429],
    },
    {
      name: 'locks an account: its owner gets in from anywhere else',
      rule: 'limits',
      attempt: async () => {
        await repeat(15, () => signIn('ann', 'wrong'))
        return [(await signIn('ann', 'right')).status, (await signIn('ann', 'right', from(elsewhere))).status]
      },
      expected: [429, 303],
    },
    {
      name: "guesses at one account until the neighbours' turns are used up",
      rule: 'limits',
      attempt: async () => {
        await atOnce(500, () => signIn('ann', 'wrong'))
        return (await signIn('bob', 'right')).status
      },
      expected: 303,
    },
    {
      name: 'is a class of 300 behind one address, where every learner mistypes once',
      rule: 'limits',
      attempt: async () => {
        const mistyped = await atOnce(300, (index) => signIn(`learner-${index}`, 'wrnog'))
        const right = await atOnce(30, (index) => signIn(`learner-${index}`, 'right'))
        return [statuses(mistyped), statuses(right)]
      },
      expected: [{ 403: 300 }, { 303: 30 }],
    },
    {
      name: 'tries one password with every account',
      rule: 'limits',
      attempt: async () => {
        const tried = await atOnce(450, (index) => signIn(`person-${index}`, '123456'))
        return [statuses(tried), asked]
      },
      expected: [{ 403: 400, 429: 50 }, 400],
    },
    {
      name: 'makes up where it comes from',
      rule: 'limits',
      attempt: async () =>
        statuses(
          await repeat(12, (index) =>
            signIn('ann', 'wrong', { 'x-forwarded-for': `10.0.0.${index}`, 'x-real-ip': `10.0.0.${index}` }),
          ),
        ),
      expected: { 403: 10, 429: 2 },
    },
    {
      name: 'makes up where it comes from, with a guess at the proxies’ secret',
      rule: 'limits',
      attempt: async () =>
        statuses(
          await repeat(12, (index) =>
            signIn('ann', 'wrong', { 'x-forwarded-for': `10.0.0.${index}`, 'x-carrel-proxy-auth': 'x'.repeat(40) }),
          ),
        ),
      expected: { 403: 10, 429: 2 },
    },
    {
      name: 'has as many IPv6 addresses as it likes',
      rule: 'limits',
      attempt: async () =>
        statuses(await repeat(12, (index) => signIn('ann', 'wrong', from(`2001:db8:1:2::${index.toString(16)}`)))),
      expected: { 403: 10, 429: 2 },
    },
    {
      name: 'guesses API tokens: neither other users nor the parts of the site are kept out',
      rule: 'limits',
      attempt: async () => {
        const guess = (index: number) => tokens(`carrel-user-${String(index).padStart(43, 'A')}`)
        const guessed = await atOnce(402, guess)
        const other = await tokens('nothing', from(elsewhere))
        const culler = await tokens(secrets.cullerToken)
        return [statuses(guessed), other.status, culler.status, (await cull(hub, 'GET', '')).status]
      },
      expected: [{ 403: 400, 429: 2 }, 403, 200, 200],
    },
    {
      name: 'makes temporary users without end',
      rule: 'limits',
      attempt: async () => {
        const made = await atOnce(8, () => visit(school))
        const refused = made.find(({ status }) => status === 429)
        const { users, nonces } = await countRows(hub.db, 'users', 'nonces')
        const other = await visit(elsewhere)
        return [
          statuses(made),
          Number(refused?.headers['retry-after']) > 0,
          refused?.json().error,
          users,
          nonces,
          other.status,
        ]
      },
      expected: [{ 201: 5, 429: 3 }, true, 'too_many', 5, 5, 201],
    },
    {
      name: 'fills all places: a known user still gets in',
      rule: 'limits',
      attempt: async () => {
        const browser = hub.browser()
        await browser.open('/tmplogin?course=demo')
        await atOnce(8, () => visit(school))
        return (await browser.post('/hub/launches', { link: '/tmplogin?course=third' }, from(school))).status
      },
      expected: 201,
    },
    {
      name: 'opens its notebook without end, so that the history grows: other users open theirs',
      rule: 'limits',
      attempt: async () => {
        const browser = hub.browser()
        await browser.open('/tmplogin?course=demo')
        const again = () => browser.post('/hub/launches', { link: '/tmplogin?course=demo' }, from(school))
        const opened = statuses(await atOnce(25, again))
        const { launches } = await countRows(hub.db, 'launches')
        return [opened, launches, (await visit(school)).status]
      },
      expected: [{ 201: 19, 429: 6 }, 20, 201],
    },
    {
      name: 'makes up learners of an LMS without end',
      rule: 'limits',
      attempt: async () => {
        const first = await repeat(7, (index) => learn(`learner-${index}`))
        return [first, await learn('learner-0'), await learn('learner-9', elsewhere)]
      },
      expected: [[201, 201, 201, 201, 201, 429, 429], 201, 201],
    },
    {
      name: 'has the hub ask the identity provider without end',
      rule: 'limits',
      attempt: async () => [statuses(await atOnce(7, () => begin(school))), (await begin(elsewhere)).status],
      expected: [{ 303: 5, 429: 2 }, 303],
    },
    {
      name: 'looks for accounts by signing in: the response is the same for a right and a wrong name',
      rule: 'enumeration',
      attempt: async () => {
        await signIn('ann', 'right')
        const pages = [await signIn('ann', 'wrong'), await signIn('nobody', 'wrong')]
        return new Set(pages.map(({ status, text }) => `${status} ${text}`)).size
      },
      expected: 1,
    },
    {
      name: 'asks for accounts by the addresses of their servers',
      rule: 'enumeration',
      attempt: async () => {
        const owner = hub.browser()
        await owner.submit('/hub/login/local', { username: 'annabel', password: 'right' }, from(elsewhere))
        await owner.enter('/launch/demo')
        const stranger = hub.browser()
        await stranger.open('/tmplogin?course=demo')
        const ask = async (who: string, browser = stranger) => {
          const to = `/user/${who}/demo/lab`
          const answers = [
            await browser.navigate(to),
            await browser.navigate(`/hub/open?to=${to}`),
            await browser.post('/hub/launches', { link: to }),
            await browser.fetch(to),
          ]
          return answers.map(({ status, text }) => `${status} ${sameForAll(text, who)}`).join('\n')
        }
        return [
          (await ask('annabel')) === (await ask('nobody')),
          (await ask('annabel', hub.browser())) === (await ask('nobody', hub.browser())),
        ]
      },
      expected: [true, true],
    },
    {
      name: 'asks for accounts, servers and tokens with a good token of its own',
      rule: 'enumeration',
      attempt: async () => {
        await signIn('annabel', 'right')
        const eve = hub.browser()
        await eve.submit('/hub/login/local', { username: 'eve', password: 'right' }, from(elsewhere))
        const made = await eve.submit('/hub/token', { note: 'mine', days: '1' }, from(elsewhere))
        const [token = 'none'] = /carrel-user-[\w-]{43}/.exec(made.text) ?? []
        const own = await tokens(token)
        const ask = async (who: string) => {
          const base = `/hub/api/users/${who}`
          const asked: [string, string][] = [
            ['GET', base],
            ['GET', `${base}/tokens`],
            ['POST', `${base}/tokens`],
            ['POST', `${base}/servers/demo`],
            ['DELETE', `${base}/servers/demo`],
            ['DELETE', base],
          ]
          const answers = await Promise.all(
            asked.map(([method, path]) =>
              hub.browser().fetch(path, { method, headers: { authorization: `token ${token}`, ...from(elsewhere) } }),
            ),
          )
          return answers.map(({ status, text }) => `${status} ${sameForAll(text, who)}`).join('\n')
        }
        const [there, absent] = [await ask('annabel'), await ask('nobody')]
        return [own.status, there === absent, /^20[0-9]/m.test(there)]
      },
      expected: [403, true, false],
    },
    {
      name: 'asks for servers of others by the buttons of pages',
      rule: 'enumeration',
      attempt: async () => {
        const owner = hub.browser()
        await owner.submit('/hub/login/local', { username: 'annabel', password: 'right' }, from(elsewhere))
        await owner.enter('/launch/demo')
        const { id } = await hub.db('servers').first('id')
        const eve = hub.browser()
        await eve.submit('/hub/login/local', { username: 'eve', password: 'right' }, from(elsewhere))
        const ask = async (who: string, server: string) => {
          const answers = [
            await eve.submit('/hub/guests', { to: `/user/${who}/demo/lab` }),
            await eve.submit(`/hub/servers/${server}/stop`),
            await eve.submit(`/hub/servers/${server}/read`),
          ]
          return answers.map(({ status, text }) => `${status} ${sameForAll(text, who)}`).join('\n')
        }
        return (await ask('annabel', id)) === (await ask('nobody', 'x'.repeat(20)))
      },
      expected: true,
    },
    {
      name: 'looks for accounts with an invalid token',
      rule: 'enumeration',
      attempt: async () => {
        await signIn('annabel', 'right')
        const answers = await Promise.all(
          ['annabel', 'nobody'].map((name) =>
            hub.browser().fetch(`/hub/api/users/${name}`, { headers: { authorization: 'token nothing' } }),
          ),
        )
        return new Set(answers.map(({ status, text }) => `${status} ${sameForAll(text, 'x')}`)).size
      },
      expected: 1,
    },
  ]
  attacks(table)

  /** Removes from a response what is new in each one, and what repeats the request. */
  function sameForAll(text: string, who: string): string {
    return text
      .replaceAll(who, 'WHO')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
      .replaceAll(hubUrl, '')
      .replaceAll(serversUrl, '')
  }
})
