import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { derive, type Key, type Purpose, serverToken, signingKey } from '../../../seats/keys.ts'
import { signLanding } from '../../../seats/landing.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { hubUrl, secrets, serversUrl } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../hub/people.ts'
import { type Answer, ask, foreignLink, ownPage } from '../../proxy/world.ts'
import { type AttackSite, type Seated, startAttackSite } from '../browser/site.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, knock, startWire } from './wire.ts'

const [key] = secrets.keys.all

describe('attack: tickets, seats and what signs them', () => {
  const cleanup = cleanupAfterAll()
  let site: AttackSite
  let ann: Seated
  let bob: Seated
  let server: { id: string; run: number; user: string }
  before(async () => {
    site = await startAttackSite(cleanup, { config: { authenticators: visitorsAndPeople() } })
    ann = await site.seat()
    bob = await site.seat()
    const row = await site.hub.db('servers').where({ path: ann.path }).first()
    server = { id: row.id, run: row.run, user: row.user }
  })

  const said = ({ status, body, headers }: Answer) => {
    const error = /^\{.*"error":"(\w+)"/.exec(body)?.[1]
    return [status, error ?? (headers.location === undefined ? '' : 'goes on')].filter(Boolean).join(' ')
  }
  const knockWith = async (cookie: string, path = `${ann.path}api/kernels`) =>
    said(await site.send(path, { headers: { ...ownPage, cookie } }))
  const [nameOf, sealedOf] = [
    ({ cookie }: Seated) => cookie.slice(0, cookie.indexOf('=')),
    ({ cookie }: Seated) => cookie.slice(cookie.indexOf('=') + 1),
  ]
  const payloadOf = (seated: Seated) =>
    JSON.parse(Buffer.from(sealedOf(seated).split('.')[2] ?? '', 'base64url').toString()) as unknown[]
  const signed = (by: Buffer, payload: unknown, kid = key.kid) => {
    const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
    const mac = createHmac('sha256', by).update(`v1.seat.${kid}.${body}.`).digest('base64url')
    return `${nameOf(ann)}=v1.${kid}.${body}.${mac}`
  }
  const freshTicket = async () => {
    const { ticket } = await ann.browser.enter('/tmplogin?course=demo')
    return ticket
  }
  const other: Key = { kid: 'k9', secret: Buffer.alloc(32, 9) }

  const tickets: Attack[] = [
    {
      name: 'uses a ticket again',
      rule: 'tickets',
      attempt: async () => said(await site.enter(ann.ticket)),
      expected: '403 ticket_unknown',
    },
    {
      name: 'uses one ticket fifty times at once, at two proxies',
      rule: 'tickets',
      attempt: async () => {
        const ticket = await freshTicket()
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, index) => site.enter(ticket, {}, site.proxies[index % 2])),
        )
        return answers
          .map(({ status }) => status)
          .sort()
          .slice(0, 2)
      },
      expected: [303, 403],
    },
    ...['https://evil.example', 'null', serversUrl, `${hubUrl}.evil.example`, 'http://hub.test:81', ''].map(
      (origin): Attack => ({
        name: `plants a ticket in another browser, from ${origin || 'nowhere'}: it stays unused`,
        rule: 'tickets',
        attempt: async () => {
          const ticket = await freshTicket()
          return [said(await site.enter(ticket, { origin })), said(await site.enter(ticket))]
        },
        expected: ['403 origin_foreign', '303 goes on'],
      }),
    ),
    {
      name: 'uses the ticket of a user who has signed out since',
      rule: 'tickets',
      attempt: async () => {
        const leaver = await site.seat()
        const { ticket } = await leaver.browser.enter('/tmplogin?course=demo')
        await leaver.browser.submit('/hub/logout')
        return said(await site.enter(ticket))
      },
      expected: '403 ticket_unknown',
    },
    {
      name: "asks for a ticket of another user's launch",
      rule: 'tickets',
      attempt: async () => (await bob.browser.post(`/hub/launches/${ann.launch}/ticket`)).json().error,
      expected: 'not_your_launch',
    },
    {
      name: 'redeems a ticket by itself, as a proxy does, without its secret',
      rule: 'tickets',
      attempt: async () => {
        const ticket = await freshTicket()
        const asked = await ann.browser.post('/hub/api/seats', { ticket }, { authorization: 'token x'.repeat(9) })
        const claimed = await ann.browser.post(
          '/hub/api/seats',
          { ticket },
          { 'x-carrel-proxy-auth': secrets.proxyToken },
        )
        return [asked.status, claimed.status, said(await site.enter(ticket))]
      },
      expected: [403, 403, '303 goes on'],
    },
    {
      name: 'shows a launch, a session and a nonce as a ticket',
      rule: 'tickets',
      attempt: async () => {
        const words = [ann.launch, ann.browser.jar.get('carrel') ?? '', ann.browser.jar.get('carrel-first') ?? '']
        return Promise.all(words.map(async (word) => said(await site.enter(word))))
      },
      expected: Array(3).fill('403 ticket_unknown'),
    },
    ...(
      [
        ['nothing', '', '400 ticket_malformed'],
        ['two of them', `${'A'.repeat(43)}&ticket=${'B'.repeat(43)}`, '400 ticket_malformed'],
        ['a list', `&ticket[]=${'A'.repeat(43)}`, '400 ticket_malformed'],
        ['a path', '../../hub/api/users', '400 ticket_malformed'],
        ['a long one', 'A'.repeat(5000), '413 body_too_large'],
      ] as const
    ).map(
      ([what, ticket, expected]): Attack => ({
        name: `sends as a ticket ${what}`,
        rule: 'tickets',
        attempt: async () => said(await site.enter(ticket)),
        expected,
      }),
    ),
  ]
  attacks(tickets)

  const purposes: Purpose[] = ['server-token', 'seat', 'code', 'last-user']
  const cookies: Attack[] = [
    {
      name: 'shows its own genuine seat, for comparison',
      rule: 'seat cookie',
      attempt: () => knockWith(ann.cookie),
      expected: '200',
    },
    {
      name: "comes with a seat of its own to another user's server",
      rule: 'seat cookie',
      attempt: async () => [await knockWith(bob.cookie), await knockWith(`${nameOf(ann)}=${sealedOf(bob)}`)],
      expected: ['403 seat_missing', '403 seat_invalid'],
    },
    {
      name: 'writes its own user into the payload',
      rule: 'seat cookie',
      attempt: () => {
        const [start, kid, , mac] = sealedOf(ann).split('.')
        const changed = payloadOf(ann).map((value) => (value === server.user ? 'somebody' : value))
        const payload = Buffer.from(JSON.stringify(changed)).toString('base64url')
        return knockWith(`${nameOf(ann)}=${start}.${kid}.${payload}.${mac}`)
      },
      expected: '403 seat_invalid',
    },
    ...[
      ['with a key of its own', () => signed(derive(other, 'seat', server.id, server.run), payloadOf(ann))],
      [
        'with a key of its own, and its id',
        () => signed(derive(other, 'seat', server.id, server.run), payloadOf(ann), 'k9'),
      ],
      ["with another run's key", () => signed(derive(key, 'seat', server.id, server.run + 1), payloadOf(ann))],
      ["with another server's key", () => signed(derive(key, 'seat', 'other', server.run), payloadOf(ann))],
      [
        "with the server's own token",
        () => signed(Buffer.from(serverToken(key, server.id, server.run)), payloadOf(ann)),
      ],
      ['with an empty key', () => signed(Buffer.alloc(0), payloadOf(ann))],
      ...purposes
        .filter((purpose) => purpose !== 'seat')
        .map(
          (purpose) =>
            [
              `with the key for ${purpose}`,
              () => signed(derive(key, purpose, server.id, server.run), payloadOf(ann)),
            ] as const,
        ),
    ].map(
      ([how, make]): Attack => ({
        name: `signs a seat ${String(how)}`,
        rule: 'keys',
        attempt: () => knockWith((make as () => string)()),
        expected: '403 seat_invalid',
      }),
    ),
    ...(
      [
        ['cut short', (value: string) => value.slice(0, -1)],
        ['without signature', (value: string) => value.slice(0, value.lastIndexOf('.') + 1)],
        ['padded', (value: string) => `${value}=`],
        ['in quotes', (value: string) => `"${value}"`],
        ['with another letter that base64 reads alike', (value: string) => value.replace(/.$/, nextLetter)],
        ['of version 2', (value: string) => value.replace(/^v1/, 'v2')],
        ['with one more part', (value: string) => `${value}.x`],
        ['of 20 kB', (value: string) => value + 'A'.repeat(20_000)],
        ['empty', () => ''],
      ] as [string, (value: string) => string][]
    ).map(
      ([how, change]): Attack => ({
        name: `changes a seat's spelling: ${how}`,
        rule: 'seat cookie',
        attempt: () => knockWith(`${nameOf(ann)}=${change(sealedOf(ann))}`),
        expected: '403 seat_invalid',
      }),
    ),
    {
      name: 'tosses cookies of the same name before the right one: the user is at worst signed out, never another user',
      rule: 'seat cookie',
      attempt: async () => {
        const tossed = (count: number) =>
          Array(count)
            .fill(`${nameOf(ann)}=${sealedOf(bob)}`)
            .join('; ')
        return Promise.all(
          [`${tossed(1)}; ${ann.cookie}`, `${ann.cookie}; ${tossed(1)}`, `${tossed(40)}; ${ann.cookie}`].map((cookie) =>
            knockWith(cookie),
          ),
        )
      },
      expected: Array(3).fill('403 seat_ambiguous'),
    },
    {
      name: 'fills the jar until the header is too long',
      rule: 'seat cookie',
      attempt: async () =>
        (await site.send(`${ann.path}lab`, { headers: { cookie: `x=${'y'.repeat(40_000)}` } })).status,
      expected: 431,
    },
    {
      name: 'plants a seat without the prefix where the site has https',
      rule: 'seat cookie',
      attempt: async () => {
        const own = new AsyncDisposableStack()
        const wire = await startWire(own, { hubUrl: 'https://hub.test', serversUrl: 'https://nb.test' })
        const plain = await knock(wire, '/user/ann/demo/api')
        const right = await knock(wire, '/user/ann/demo/api', { headers: { cookie: `__Http-${annsSeat}` } })
        await own.disposeAsync()
        return [plain, right]
      },
      expected: ['403 seat_missing', '200 reached her own server'],
    },
    {
      name: 'keeps a seat after signing out, and a copy of it in another browser',
      rule: 'seat cookie',
      attempt: async () => {
        // The server of a person runs on, so it is the seat that is refused.
        const browser = site.browser()
        await browser.submit('/hub/login/local', { username: 'ann', password: 'right' })
        const leaver = await site.seat('/launch/demo', browser)
        await browser.submit('/hub/logout')
        return Promise.all(
          site.proxies.map(async ({ urls }) => {
            const path = `${leaver.path}api`
            return said(await ask(urls[0], path, { headers: { ...ownPage, cookie: leaver.cookie } }))
          }),
        )
      },
      expected: ['403 seat_ended', '403 seat_ended'],
    },
    {
      name: 'uses one key for two purposes, servers or runs',
      rule: 'keys',
      attempt: async () => {
        const inputs: [Purpose, string, number][] = [
          ...purposes.map((purpose): [Purpose, string, number] => [purpose, 's1', 1]),
          ['seat', 's11', 1],
          ['seat', 's1', 11],
          ['seat', '2:s1', 1],
          ['seat', 's1,1:1', 1],
          ['seat', '', 1],
        ]
        const derived = inputs.map(([purpose, id, run]) => derive(key, purpose, id, run).toString('hex'))
        return new Set(derived).size === inputs.length
      },
      expected: true,
    },
  ]
  attacks(cookies)

  const land = async (to: string, { cookie, path }: Pick<Seated, 'cookie' | 'path'> = ann) =>
    site.send(`${path}_carrel/seated?to=${to}`, { headers: { ...foreignLink, cookie } })
  const seatKey = () => signingKey(key, 'seat', server.id, server.run)
  const unsigned = (payload: unknown) =>
    `v1.${key.kid}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${'A'.repeat(43)}`
  const soon = () => Date.now() + 60_000

  const landings: Attack[] = [
    ...(
      [
        ['unsigned', async () => unsigned([`${ann.path}terminals/1`, soon()])],
        ['without a signature', async () => unsigned([`${ann.path}terminals/1`, soon()]).replace(/\.[^.]*$/, '')],
        ["signed for another user's seat", async () => signLanding(seatKey(), 'other-seat', `${ann.path}lab`, soon())],
        ['signed as a seat is', async () => sealedOf(ann)],
        [
          'signed an hour ago',
          async () => signLanding(seatKey(), String(payloadOf(ann)[2]), `${ann.path}lab`, Date.now() - 1),
        ],
        ["of another user's server", async () => bob.location.split('to=')[1] ?? ''],
        ['a plain address', async () => 'https://evil.example/'],
        [
          'given twice',
          async () => `${signLanding(seatKey(), String(payloadOf(ann)[2]), `${ann.path}lab`, soon())}&to=x`,
        ],
      ] as [string, () => Promise<string>][]
    ).map(
      ([how, make]): Attack => ({
        name: `links to a landing that is ${how}`,
        rule: 'landing',
        attempt: async () => (await land(await make())).status,
        expected: 403,
      }),
    ),
    {
      name: 'links a browser without seat to a landing elsewhere: it is offered the server, through the hub',
      rule: 'landing',
      attempt: async () => {
        const claims = ['https://evil.example/', '//evil.example/', '/user/bob/demo/', 'javascript:alert(1)']
        const pages = await Promise.all(
          claims.map((to) => land(unsigned([to, soon()]), { cookie: '', path: ann.path })),
        )
        const own = `${hubUrl}/hub/open?to=${encodeURIComponent(ann.path)}`
        const links = pages.flatMap(({ body }) => [...body.matchAll(/href="([^"]*)"/g)].map(([, href]) => href))
        return links.map((href) => (href === own ? 'its own server' : href))
      },
      expected: Array(4).fill('its own server'),
    },
    {
      name: 'writes a script into the text of a landing: the page does not contain it',
      rule: 'landing',
      attempt: async () => {
        const to = `${ann.path}"><script>alert(1)</script>`
        const text = signLanding(seatKey(), String(payloadOf(ann)[2]), to, soon())
        return (await land(text)).body.includes('<script>alert')
      },
      expected: false,
    },
  ]
  attacks(landings)

  it('shows that a seat signed with the right key is genuine, so that the forged ones fail by their signature only', () => {
    assert.equal(signed(derive(key, 'seat', server.id, server.run), payloadOf(ann)), ann.cookie)
  })
})

/** Returns the next letter, whose low bits a decoder drops: 43 letters hold 258 bits, of which 256 count. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return letters[letters.indexOf(letter) + 1] ?? 'A'
}
