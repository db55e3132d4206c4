import { randomBytes } from 'node:crypto'
import { temporary } from '../../../authenticators/temporary.ts'
import {
  countRows,
  createHttpBrowser,
  type HttpBrowser,
  hubUrl,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { people } from '../../hub/people.ts'
import { type Attack, attacks } from '../table.ts'

const secureHub = 'https://hub.test'

describe("attack: a person who knows, plants or keeps a browser's cookies", () => {
  let plain: TestHub
  let secure: TestHub
  before(async () => {
    const authenticators = [temporary(), people]
    plain = await startTestHub({ config: { authenticators } })
    const urls = { hub: { url: secureHub, port: 0 }, servers: { url: 'https://nb.test' } }
    secure = await startTestHub({ config: { authenticators, ...urls } })
  })
  after(async () => {
    await plain.stop()
    await secure.stop()
  })

  const newId = () => randomBytes(32).toString('base64url')
  const signIn = (browser: HttpBrowser, username: string, origin = hubUrl) =>
    browser.submit('/hub/login/local', { username, password: 'right' }, { origin })
  /** Returns the user that the hub takes this cookie header for. */
  const isSomebody = async (hub: TestHub, cookie: string) => {
    const answer = await createHttpBrowser(hub.address).fetch('/hub/home', { headers: { cookie, accept: 'text/html' } })
    return answer.status === 200 ? (/<span>([^<]*)<\/span>/.exec(answer.text)?.[1] ?? 'somebody') : 'nobody'
  }

  const table: Attack[] = [
    {
      name: 'plants a session before a user signs in',
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        const planted = newId()
        browser.jar.set('carrel', planted)
        await browser.navigate('/hub/login')
        await signIn(browser, 'ann')
        const own = browser.jar.get('carrel') ?? ''
        return [own !== planted, await isSomebody(plain, `carrel=${planted}`), await isSomebody(plain, `carrel=${own}`)]
      },
      expected: [true, 'nobody', 'ann'],
    },
    {
      name: 'plants its own session, in which another user then signs in',
      rule: 'session',
      attempt: async () => {
        const [attacker, victim] = [plain.browser(), plain.browser()]
        await signIn(attacker, 'eve')
        const planted = attacker.jar.get('carrel') ?? ''
        victim.jar.set('carrel', planted)
        await signIn(victim, 'ann')
        return [
          await isSomebody(plain, `carrel=${planted}`),
          await isSomebody(plain, `carrel=${victim.jar.get('carrel')}`),
        ]
      },
      expected: ['nobody', 'ann'],
    },
    {
      name: 'keeps a session after its user has signed out',
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        await signIn(browser, 'ann')
        const kept = browser.jar.get('carrel') ?? ''
        await browser.submit('/hub/logout')
        return [await isSomebody(plain, `carrel=${kept}`), browser.jar.has('carrel')]
      },
      expected: ['nobody', false],
    },
    {
      name: 'keeps the nonce of a first visit for later',
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        await browser.open('/tmplogin?course=demo')
        const nonce = browser.jar.get('carrel-first') ?? ''
        await plain.db('nonces').update({ created: 0 })
        const later = plain.browser()
        later.jar.set('carrel-first', nonce)
        const answer = await later.post('/hub/launches', { link: '/tmplogin?course=demo' })
        return [answer.status, answer.json().error]
      },
      expected: [409, 'nonce_used'],
    },
    {
      name: 'keeps the nonce of a user who has signed out',
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        await browser.open('/tmplogin?course=demo')
        const nonce = browser.jar.get('carrel-first') ?? ''
        await browser.submit('/hub/logout')
        const other = plain.browser()
        other.jar.set('carrel-first', nonce)
        return (await other.post('/hub/launches', { link: '/tmplogin?course=demo' })).status
      },
      expected: 409,
    },
    {
      name: 'plants a nonce from another host of the site: with https only the name counts that no host can plant',
      rule: 'session',
      attempt: async () => {
        const browser = secure.browser()
        browser.jar.set('carrel-first', newId())
        const before = await countRows(secure.db, 'users')
        const answer = await browser.post('/hub/launches', { link: '/tmplogin?course=demo' }, { origin: secureHub })
        return [answer.json().error, (await countRows(secure.db, 'users')).users === before.users]
      },
      expected: ['no_cookies', true],
    },
    {
      name: "plants a session under a name without the prefix, beside the browser's own and before it",
      rule: 'session',
      attempt: async () => {
        const [attacker, victim] = [secure.browser(), secure.browser()]
        await signIn(attacker, 'eve', secureHub)
        await signIn(victim, 'ann', secureHub)
        const name = '__Host-Http-carrel'
        const [evil, own] = [attacker.jar.get(name), victim.jar.get(name)]
        return Promise.all([
          isSomebody(secure, `carrel=${evil}`),
          isSomebody(secure, `__Host-carrel=${evil}; __Http-carrel=${evil}; __host-http-carrel=${evil}`),
          isSomebody(secure, `carrel=${evil}; ${name}=${own}`),
        ])
      },
      expected: ['nobody', 'nobody', 'ann'],
    },
    {
      name: 'tosses an invalid session before the right one: the user is at worst signed out, never another user',
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        await signIn(browser, 'ann')
        const own = browser.jar.get('carrel')
        return [
          await isSomebody(plain, `carrel=x; carrel=${own}`),
          await isSomebody(plain, `carrel=${newId()}; carrel=${own}`),
          await isSomebody(plain, `carrel=${own}x`),
          await isSomebody(plain, `carrel="${own}"`),
        ]
      },
      expected: ['nobody', 'nobody', 'nobody', 'nobody'],
    },
    {
      name: 'sets its own good session for the whole domain, beside the right one, on http',
      rule: 'session',
      attempt: async () => {
        const [attacker, victim] = [plain.browser(), plain.browser()]
        await signIn(attacker, 'eve')
        await signIn(victim, 'ann')
        const [evil, own] = [attacker.jar.get('carrel'), victim.jar.get('carrel')]
        return Promise.all([
          isSomebody(plain, `carrel=${evil}; carrel=${own}`),
          isSomebody(plain, `carrel=${own}; carrel=${evil}`),
          isSomebody(plain, `a=b;carrel=${own} ;\tcarrel=${evil}; x`),
          isSomebody(plain, `carrel=${own}; xcarrel=${evil}; carrelx=${evil}`),
        ])
      },
      expected: ['nobody', 'nobody', 'nobody', 'ann'],
    },
    {
      name: 'puts others beside it that are none, on https: a good one counts, and eight are tried',
      rule: 'session',
      attempt: async () => {
        const browser = secure.browser()
        await signIn(browser, 'ann', secureHub)
        const name = '__Host-Http-carrel'
        const own = `${name}=${browser.jar.get(name)}`
        const others = (count: number) => Array.from({ length: count }, () => `${name}=${newId()}; `).join('')
        return Promise.all([
          isSomebody(secure, `${others(1)}${own}`),
          isSomebody(secure, `${own}; ${others(1)}`),
          isSomebody(secure, `${name}=x; ${name}=; ${others(5)}${own}`),
          isSomebody(secure, `${others(8)}${own}`),
        ])
      },
      expected: ['ann', 'ann', 'ann', 'nobody'],
    },
    {
      name: 'plants the nonce of its own first visit beside the browser’s, so that both become one visitor',
      rule: 'session',
      attempt: async () => {
        const link = '/tmplogin?course=demo'
        const ask = async (hub: TestHub, name: string, origin: string) => {
          const cookie = `${name}=${newId()}; ${name}=${newId()}`
          return (await hub.browser().post('/hub/launches', { link }, { cookie, origin })).status
        }
        return [await ask(plain, 'carrel-first', hubUrl), await ask(secure, '__Host-carrel-first', secureHub)]
      },
      expected: [403, 201],
    },
    {
      name: 'sends what an old browser or one on http sends, without a word of where it comes from',
      rule: 'navigation only',
      attempt: async () => {
        const browser = plain.browser()
        await signIn(browser, 'ann')
        const before = await countRows(plain.db, 'servers', 'launches')
        const silent = { 'sec-fetch-site': '', 'sec-fetch-mode': '', 'sec-fetch-dest': '' }
        const page = await browser.navigate('/launch/third', silent)
        const referer = { referer: `${hubUrl}/hub/home`, ...silent }
        const posts = [
          await browser.submit('/hub/launches', { link: '/launch/third' }, { ...silent, origin: '' }),
          await browser.submit('/hub/launches', { link: '/launch/third' }, { ...referer, origin: '' }),
          await browser.submit('/hub/launches', { link: '/launch/third' }, { ...silent, origin: 'null' }),
          await browser.submit('/hub/logout', {}, { ...silent, origin: 'http://hub.test.evil.example' }),
        ]
        const after = await countRows(plain.db, 'servers', 'launches')
        return [page.status, posts.map(({ status }) => status), JSON.stringify(after) === JSON.stringify(before)]
      },
      expected: [200, [403, 403, 403, 403], true],
    },
    {
      name: 'shows the hash of a session, as a stolen backup holds it',
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        await signIn(browser, 'ann')
        const rows: { hash: string }[] = await plain.db('sessions').select('hash')
        const shown = await Promise.all(
          rows.flatMap(({ hash }) => {
            const bytes = Buffer.from(hash, 'hex').toString('base64url')
            return [isSomebody(plain, `carrel=${hash}`), isSomebody(plain, `carrel=${bytes}`)]
          }),
        )
        return [...new Set(shown)]
      },
      expected: ['nobody'],
    },
    {
      name: 'shows the session to scripts, to http and to other sites',
      rule: 'session',
      attempt: async () => {
        const browser = secure.browser()
        const { cookies } = await signIn(browser, 'ann', secureHub)
        return cookies.map((line) => line.replace(/=[\w-]{43}/, '=…')).filter((line) => line.includes('carrel='))
      },
      expected: ['__Host-Http-carrel=…; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure'],
    },
    {
      name: "signs a browser in as the attacker, by a form of the attacker's site",
      rule: 'session',
      attempt: async () => {
        const browser = plain.browser()
        const answer = await browser.submit(
          '/hub/login/local',
          { username: 'eve', password: 'right' },
          { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        )
        return [answer.status, browser.jar.has('carrel')]
      },
      expected: [403, false],
    },
  ]
  attacks(table)
})
