import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { attacks } from '../table.ts'
import { hostileConfig } from './hostile-config.ts'

const domain = 'school.localhost'
/**
 * Runs hub and servers over plain http under one domain, on the machine of the browser. Over http no prefix of a name
 * keeps a host from setting cookies for its neighbours. Eve has used this browser first, and the attacker knows her
 * cookies.
 */
describe('attack: cookies that a page plants for its neighbours, over http', function () {
  this.timeout(300_000)
  let demo: Page
  let demoUrl: string
  let evil: Page
  const eve = { session: '', first: '', seat: '', path: '' }

  const stage = stageForAll({
    needs: ['chromium'],
    hosts: 'own',
    tls: 'none',
    domain,
    config: () => hostileConfig(['demo', 'evil']),
  })

  before(async () => {
    const [hers, url] = await open('demo')
    const cookieOf = async (name: string, at: string) =>
      (await stage.browser.context.cookies(at)).find((cookie) => cookie.name === name)?.value ?? ''
    eve.session = await cookieOf('carrel', stage.carrel.hubUrl)
    eve.first = await cookieOf('carrel-first', stage.carrel.hubUrl)
    eve.seat = await cookieOf('seat', url)
    eve.path = new URL(url).pathname
    assert.equal(await whoAmI(), 'eve')
    await hers.close()
    await stage.browser.context.clearCookies()
    ;[demo, demoUrl] = await open('demo')
    ;[evil] = await open('evil')
  })
  // Removes the planted cookies: only they are set for more than one host.
  afterEach(() => stage.browser.context.clearCookies({ domain: /^\./ }))

  async function open(course: string): Promise<[Page, string]> {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=${course}`)
    await page.waitForURL((url) => stage.carrel.isServer(url) && !url.pathname.includes('_carrel'))
    return [page, /^http:\/\/[^/]+\/user\/[^/]+\/[^/]+\//.exec(page.url())?.[0] ?? '']
  }

  /** Sets cookies in the page of the hostile server, and returns the number that the browser has kept. */
  const plant = async (...cookies: string[]) => {
    await evil.evaluate((all) => {
      for (const cookie of all) document.cookie = cookie
    }, cookies)
    return (await stage.browser.context.cookies()).filter((cookie) => cookie.domain.startsWith('.')).length
  }
  /**
   * Returns the user whose account the hub shows, by its servers. The sign-in page leads on a user who is signed in.
   */
  const whoAmI = async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/login`)
    const servers = await page.locator('a[href*="/stop"]').count()
    await page.close()
    return ['nobody', 'eve', 'ann'][servers]
  }
  const everywhere = (name: string, value: string, parent = domain) =>
    ['/', '/hub', '/launch', '/user'].map((path) => `${name}=${value}; Domain=${parent}; Path=${path}`)

  attacks([
    {
      name: 'plants a session for one path beside the browser’s own: no user is signed in, and ann is again without it',
      rule: 'session',
      attempt: async () => {
        const kept = await plant(`carrel=${eve.session}; Domain=${domain}; Path=/hub`)
        const meanwhile = await whoAmI()
        await stage.browser.context.clearCookies({ domain: /^\./ })
        return [kept, meanwhile, await whoAmI()]
      },
      expected: [1, 'nobody', 'ann'],
    },
    {
      name: 'plants a session twice where the browser has none of its own: no user is signed in',
      rule: 'session',
      attempt: async () => {
        const own = (await stage.browser.context.cookies(stage.carrel.hubUrl)).filter(({ name }) => name === 'carrel')
        await stage.browser.context.clearCookies({ name: 'carrel' })
        const kept = await plant(...everywhere('carrel', eve.session))
        const meanwhile = await whoAmI()
        await stage.browser.context.clearCookies({ domain: /^\./ })
        await stage.browser.context.addCookies(own)
        return [kept, meanwhile, await whoAmI()]
      },
      expected: [4, 'nobody', 'ann'],
    },
    {
      name: 'plants the nonce of another first visit: the newcomer does not get that session',
      rule: 'session',
      attempt: async () => {
        const own = await stage.browser.context.cookies(stage.carrel.hubUrl)
        await stage.browser.context.clearCookies({ name: /^carrel/ })
        await plant(...everywhere('carrel-first', eve.first))
        const page = await stage.browser.context.newPage()
        await page.goto(`${stage.carrel.hubUrl}/launch/demo`)
        await page.getByText('cannot be told whose notebook this is').waitFor()
        await page.close()
        const meanwhile = await whoAmI()
        await stage.browser.context.clearCookies({ domain: /^\./ })
        await stage.browser.context.addCookies(own)
        return [eve.first.length, meanwhile, await whoAmI()]
      },
      expected: [43, 'nobody', 'ann'],
    },
    {
      name: 'CVE-2024-28233: plants a seat for the hosts of all servers: none counts, and its server gets nothing',
      rule: 'seat cookie',
      attempt: async () => {
        const pageStatus = (path: string) => demo.evaluate(async (to) => (await fetch(to)).status, path)
        const before = await pageStatus(`${demoUrl}x`)
        const kept = await plant(...everywhere('seat', eve.seat, `nb.${domain}`))
        const meanwhile = [await pageStatus(`${demoUrl}x`), await pageStatus(`${new URL(demoUrl).origin}${eve.path}x`)]
        await stage.browser.context.clearCookies({ domain: /^\./ })
        return [before, kept, meanwhile, await pageStatus(`${demoUrl}x`)]
      },
      expected: [200, 4, [403, 421], 200],
    },
  ])
})
