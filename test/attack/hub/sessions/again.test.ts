/** A second click goes from the hub's link straight to the server: what that gives to others than the seat's owner. */
import assert from 'node:assert/strict'
import { signingKey } from '../../../../seats/keys.ts'
import { claimedLanding, signLanding } from '../../../../seats/landing.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { hubUrl, lmsUrl, secrets, serversUrl } from '../../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../../hub/people.ts'
import { type Answer, foreignLink, keptCookies } from '../../../proxy/world.ts'
import { type AttackSite, type Seated, startAttackSite } from '../../browser/site.ts'
import { type Attack, attacks } from '../../table.ts'

const [key] = secrets.keys.all
const link = '/tmplogin?course=demo&notebook=a.ipynb'

describe('attack: the way without a ticket, for a browser that has a seat', () => {
  const cleanup = cleanupAfterAll()
  let site: AttackSite
  let ann: Seated & { all: string }
  let bob: Seated & { all: string }
  before(async () => {
    site = await startAttackSite(cleanup, { config: { authenticators: visitorsAndPeople() } })
    ann = await seated()
    bob = await seated()
  })

  /** A new user with a seat, and all cookies that a browser has of the servers' host. */
  async function seated(browser = site.browser()) {
    const { ticket, launch } = await browser.enter(link)
    const { headers } = await site.enter(ticket)
    const location = String(headers.location)
    const all = keptCookies(headers['set-cookie'])
    const path = location.slice(0, location.indexOf('_carrel/'))
    return { browser, ticket, launch, location, path, all, cookie: all.split(';')[0] ?? '' }
  }

  /** The address to which the hub leads on a click. */
  const click = async ({ browser }: Pick<Seated, 'browser'>, headers: Record<string, string> = {}) => {
    const { status, headers: answered } = await browser.navigate(link, headers)
    const address = String(answered.location ?? '')
    return status === 303 && address.startsWith(serversUrl) ? address.slice(serversUrl.length) : `page ${status}`
  }
  const follow = (address: string, cookie: string, headers: Record<string, string> = foreignLink) =>
    site.send(address, { headers: { accept: 'text/html', ...headers, cookie } })
  const outcome = ({ status, headers, body }: Answer) => {
    if (status === 303)
      return String(headers.location).startsWith(`${hubUrl}/hub/open?to=`) ? 'back to the hub' : 'elsewhere'
    return body.includes('<title>Opening your notebook</title>') ? 'goes on' : status
  }
  const isPage = async (browser: Seated['browser'], headers = {}) =>
    (await click({ browser }, headers)).startsWith('page 200')

  it('leads straight to the server, also from another site’s link', async () => {
    for (const from of [{}, { 'sec-fetch-site': 'cross-site', referer: `${lmsUrl}/page` }]) {
      const address = await click(ann, from)
      assert.ok(address.startsWith(`${ann.path}_carrel/again?to=v1.k1.`), address)
      const page = await follow(address, ann.all)
      assert.equal(outcome(page), 'goes on')
      assert.match(page.body, /href="[^"]+\/demo\/lab\/workspaces\/demo\/tree\/a.ipynb"/)
    }
  })

  it('gives a ticket to a browser that a proxy has sent back, by the plain link of the notebook', async () => {
    const back = await follow(await click(ann), '')
    const address = String(back.headers.location)
    assert.equal(outcome(back), 'back to the hub')
    const page = await ann.browser.navigate(address.slice(hubUrl.length))
    assert.equal(page.status, 200)
    const ticket = /name="ticket" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    assert.doesNotMatch(page.text, /_carrel\/again/)
    const entered = await site.enter(ticket)
    const to = claimedLanding(String(entered.headers.location).split('to=')[1] ?? '')
    assert.equal(to, `${ann.path}lab/workspaces/demo/tree/a.ipynb`)
  })

  const ways: Attack[] = [
    {
      name: 'takes the address of another user’s click, as a link or from a log',
      rule: 'landing',
      attempt: async () => {
        const address = await click(ann)
        return [outcome(await follow(address, '')), outcome(await follow(address, bob.all))]
      },
      expected: ['back to the hub', 'back to the hub'],
    },
    {
      name: 'signs an address for its own seat that names another user’s server',
      rule: 'landing',
      attempt: async () => {
        const { id, run } = await site.hub.db('servers').where({ path: bob.path }).first()
        const [seat] = await site.hub.db('seats').where({ server: id }).select('id')
        const text = signLanding(
          signingKey(key, 'seat', id, run),
          seat.id,
          `${ann.path}terminals/1`,
          Date.now() + 60_000,
        )
        const again = `${ann.path}_carrel/again`
        const addresses = [`${again}?to=${text}`, `${again}?to=${text}&to=${text}`, again]
        return Promise.all(addresses.map(async (address) => outcome(await follow(address, ann.all))))
      },
      expected: Array(3).fill('back to the hub'),
    },
    {
      name: 'has the browser come in a frame, an object or a window of an earlier user: none goes on without a ticket',
      rule: 'landing',
      attempt: async () => {
        const address = await click(ann)
        const frame = await follow(address, ann.all, { ...foreignLink, 'sec-fetch-dest': 'iframe' })
        const object = await follow(address, ann.all, { ...foreignLink, 'sec-fetch-dest': 'object' })
        const other = [ann.cookie, ...bob.all.split('; ').filter((pair) => pair.startsWith('seat-last-user='))]
        return [outcome(frame), outcome(object), outcome(await follow(address, other.join('; ')))]
      },
      expected: Array(3).fill('back to the hub'),
    },
    {
      name: 'clicks in a frame, or in a browser whose session has no seat: the page of the launch gives a ticket',
      rule: 'tickets',
      attempt: async () => {
        const person = site.browser()
        await person.submit('/hub/login/local', { username: 'ann', password: 'right' })
        await seated(person)
        const second = site.browser()
        await second.submit('/hub/login/local', { username: 'ann', password: 'right' })
        return [await isPage(ann.browser, { 'sec-fetch-dest': 'iframe' }), await isPage(second), await isPage(person)]
      },
      expected: [true, true, false],
    },
    {
      name: 'uses the address of a click after the sign-out',
      rule: 'landing',
      attempt: async () => {
        const leaver = site.browser()
        await leaver.submit('/hub/login/local', { username: 'ann', password: 'right' })
        const seat = await seated(leaver)
        const address = await click(seat)
        await leaver.submit('/hub/logout')
        return outcome(await follow(address, seat.all))
      },
      expected: 'back to the hub',
    },
    {
      name: 'sends a browser back by itself to a path of its choice: the hub judges it as it does any link',
      rule: 'landing',
      attempt: async () => {
        const payload = Buffer.from(JSON.stringify([`${ann.path}files/run.html`, Date.now() + 60_000])).toString(
          'base64url',
        )
        const to = `${ann.path}_carrel/again?to=v1.k1.${payload}.${'A'.repeat(43)}`
        const foreign = { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }
        const pages = await Promise.all(
          [to, to.replace('_carrel/again?to=', '')].map((at) =>
            ann.browser.navigate(`/hub/open?to=${encodeURIComponent(at)}`, foreign),
          ),
        )
        return pages.map(({ status, text }) => [status, text.includes('name="ticket"')])
      },
      expected: [
        [200, false],
        [200, false],
      ],
    },
  ]
  attacks(ways)
})
