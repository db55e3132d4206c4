import { header } from '../../../authenticators/header.ts'
import { type HttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { attacks } from '../table.ts'

const encoded = (words: unknown) => Buffer.from(JSON.stringify(words)).toString('base64url')
const named = (...persons: string[]) => encoded({ address: '10.0.0.7', headers: { 'remote-user': persons } })

describe('attack: a person whom no gateway has named', () => {
  let hub: TestHub
  before(async () => {
    const gateway = header({ from: ['10.0.0.7'], headers: { user: 'Remote-User' } })
    hub = await startTestHub({ config: { authenticators: [gateway], admins: ['root'] } })
  })
  after(() => hub.stop())

  const through = { 'x-carrel-proxy-auth': secrets.proxyToken }
  const signIn = async (headers: Record<string, string>, browser: HttpBrowser = hub.browser()) => {
    const { status } = await browser.submit('/hub/login/header', {}, headers)
    return status === 303 ? 'in' : status
  }
  /** Returns whom the hub takes a browser for. */
  const whois = async (browser: HttpBrowser, headers: Record<string, string>) => {
    const { status, text } = await browser.navigate('/hub/home', headers)
    return status === 200 ? (/<span>([^<]*)<\/span>/.exec(text)?.[1] ?? 'somebody') : 'nobody'
  }
  const asAnn = () => ({ ...through, 'x-carrel-gateway': named('ann') })

  attacks([
    {
      name: 'writes the proxy’s words to the hub itself, with no secret or a wrong one, or the gateway’s own header',
      rule: 'gateways',
      attempt: async () => [
        await signIn({ 'x-carrel-gateway': named('root') }),
        await signIn({ 'x-carrel-gateway': named('root'), 'x-carrel-proxy-auth': secrets.cullerToken }),
        await signIn({ 'x-carrel-gateway': named('root'), 'x-carrel-proxy-auth': 'x' }),
        await signIn({ ...through, 'remote-user': 'root' }),
      ],
      expected: [403, 403, 403, 403],
    },
    {
      name: 'sends words that are none: each is refused, and none is an error of the hub',
      rule: 'gateways',
      attempt: async () => {
        const texts = [
          '%',
          'AAAA',
          encoded(null),
          encoded([]),
          encoded({}),
          encoded({ address: '10.0.0.7' }),
          encoded({ address: '10.0.0.7', headers: { 'remote-user': 'root' } }),
          encoded({ address: '10.0.0.7', headers: { 'remote-user': [1] } }),
          encoded({ address: ['10.0.0.7'], headers: { 'remote-user': ['root'] } }),
          encoded({ address: '10.0.0.7', headers: { 'remote-user': ['root'] }, more: 1 }),
          encoded({ address: '10.0.0.7', headers: 'too-long' }),
          encoded({ address: '10.0.0.7.', headers: { 'remote-user': ['root'] } }),
          encoded({ address: '10.0.0.70', headers: { 'remote-user': ['root'] } }),
        ]
        const statuses: unknown[] = []
        for (const text of texts) statuses.push(await signIn({ ...through, 'x-carrel-gateway': text }))
        return [...new Set(statuses)]
      },
      expected: [403],
    },
    {
      name: 'is two persons, a learner or a temporary user',
      rule: 'gateways',
      attempt: async () => {
        const persons = [['ann', 'root'], ['ann,root'], ['ann, root'], ['lms:edx:ann'], [crypto.randomUUID()]]
        const results: unknown[] = []
        for (const names of persons) results.push(await signIn({ ...through, 'x-carrel-gateway': named(...names) }))
        return { results, users: await hub.db('users').select('name') }
      },
      expected: { results: [403, 403, 403, 403, 403], users: [] },
    },
    {
      name: 'shows the cookie of another person’s session: as herself, past the gateway, or by words without a name',
      rule: 'gateways',
      attempt: async () => {
        const seen: string[] = []
        for (const headers of [
          { ...through, 'x-carrel-gateway': named('eve') },
          {},
          through,
          { ...through, 'x-carrel-gateway': encoded({ address: '10.0.0.7', headers: {} }) },
          { 'x-carrel-gateway': named('ann') },
        ]) {
          const browser = hub.browser()
          await signIn(asAnn(), browser)
          const cookie = browser.jar.get('carrel') ?? ''
          const who = [await whois(browser, asAnn()), await whois(browser, headers)]
          browser.jar.set('carrel', cookie)
          seen.push([...who, await whois(browser, asAnn())].join(', '))
        }
        return seen
      },
      expected: ['ann, nobody, nobody', ...Array(4).fill('ann, nobody, ann')],
    },
  ])
})
