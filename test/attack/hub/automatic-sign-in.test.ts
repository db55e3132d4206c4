import type { RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { AuthenticationError } from '../../../authenticators/authenticator.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { attacks } from '../table.ts'

const evil = 'https://evil.example'

describe('attack: the sign-in page that goes on by itself', () => {
  let hub: TestHub
  let sent = 0
  let refuses = false
  const provider: RedirectAuthenticator = {
    kind: 'redirect',
    name: 'provider',
    label: 'Sign in',
    async begin() {
      sent += 1
      return { redirectTo: 'https://idp.example/', pending: {} }
    },
    async finish() {
      if (refuses) throw new AuthenticationError('You may not come in.')
      return { subject: 'ann', name: 'ann' }
    },
  }
  before(async () => {
    hub = await startTestHub({ config: { authenticators: [provider] } })
  })
  after(() => hub.stop())

  /**
   * Opens a page and does what our scripts and a provider that answers at once do, up to twenty times. Returns how often
   * the browser was sent to the provider.
   */
  const follow = async (browser: HttpBrowser, path: string, meanwhile: () => Promise<unknown> = async () => {}) => {
    sent = 0
    for (let round = 0; round < 20; round += 1) {
      await browser.navigate(path)
      const { text } = await browser.navigate(`/hub/login?next=${encodeURIComponent(path)}`)
      if (!text.includes('id="only-way"')) break
      await browser.submit('/hub/login/provider', { next: path, automatic: 'true' })
      await browser.navigate('/hub/oauth_callback?code=x')
      await meanwhile()
    }
    return sent
  }

  attacks([
    {
      name: 'loses each session as soon as it is made',
      rule: 'automatic sign-in',
      attempt: () => follow(hub.browser(), '/hub/home', () => hub.db('sessions').delete()),
      expected: 1,
    },
    {
      name: 'refuses at once, for ever',
      rule: 'automatic sign-in',
      async attempt() {
        refuses = true
        try {
          return await follow(hub.browser(), '/hub/home')
        } finally {
          refuses = false
        }
      },
      expected: 1,
    },
    {
      name: 'brings back a person who has signed out, by a link or by the page’s own form',
      rule: 'automatic sign-in',
      async attempt() {
        const browser = hub.browser()
        await follow(browser, '/hub/home')
        await browser.submit('/hub/logout')
        const links = ['/hub/home', '/hub/login', '/launch/demo', `/hub/login?next=${evil}`]
        const rounds: number[] = []
        for (const link of links) rounds.push(await follow(browser, link))
        sent = 0
        await browser.submit('/hub/login/provider', { next: '/hub/home', automatic: 'true' })
        return [...rounds, sent]
      },
      expected: [0, 0, 0, 0, 0],
    },
    {
      name: 'sends the form from another site’s page, or from a frame',
      rule: 'automatic sign-in',
      async attempt() {
        sent = 0
        const automatic = { next: '/hub/home', automatic: 'true' }
        const foreign = await hub
          .browser()
          .submit('/hub/login/provider', automatic, { origin: evil, 'sec-fetch-site': 'cross-site' })
        const framed = await hub.browser().submit('/hub/login/provider', automatic, { 'sec-fetch-dest': 'iframe' })
        return { foreign: foreign.status, framed: framed.headers.location, sent }
      },
      expected: { foreign: 403, framed: '/hub/login?next=%2Fhub%2Fhome', sent: 0 },
    },
    {
      name: 'keeps a person from signing in, by a planted cookie',
      rule: 'automatic sign-in',
      async attempt() {
        const browser = hub.browser()
        browser.jar.set('carrel-automatic', 'stopped; carrel-automatic=x')
        const { text } = await browser.navigate('/hub/login')
        const { headers } = await browser.submit('/hub/login/provider', { next: '/hub/home' })
        return { isAutomatic: text.includes('only-way'), to: headers.location }
      },
      expected: { isAutomatic: false, to: 'https://idp.example/' },
    },
  ])
})
