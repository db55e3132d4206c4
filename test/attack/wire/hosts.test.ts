import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { foreignLink, openWebSocket, outcome, seatCookieOf, seatOf } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, bobs, knock, startWire, type Wire } from './wire.ts'

const scope = { ownHost: true, secure: false }
const [annsHost, bobsHost] = ['label0001.nb.test', 'label0002.nb.test']
const [lab, bobsLab] = ['/user/ann/demo/lab', '/user/bob/demo/lab']
const cookie = seatCookieOf(scope)
const bobsCookie = seatCookieOf(scope, seatOf({ server: 's2', user: 'u2' }), bobs)
const form = { origin: 'http://hub.test', 'content-type': 'application/x-www-form-urlencoded' }
const ticket = 'T'.repeat(43)

describe('attack: servers with hosts of their own', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup, { serversUrl: 'http://*.nb.test' })
  })

  /** Posts bob's ticket to a host, and returns the response and whether the ticket is used up. */
  async function enter(host: string): Promise<string> {
    const { expires: _, ...seat } = seatOf({ server: 's2', user: 'u2' })
    const route = { path: '/user/bob/demo/', target: wire.bob.url, revision: 1, access: bobs }
    wire.hub.tickets.set(ticket, { seat: { ...seat, kid: 'k1' }, to: bobsLab, route })
    const answer = await knock(wire, '/_carrel/seat', { method: 'POST', host, body: `ticket=${ticket}`, headers: form })
    return `${answer}, ${wire.hub.tickets.has(ticket) ? 'unused' : 'used up'}`
  }

  const refused = ['nb.test', '*.nb.test', '.nb.test', `a.${annsHost}`, 'label-0001.nb.test', 'xn--label0001.nb.test']
  attacks([
    ...refused.map(
      (host): Attack => ({
        name: `gives ${host} as a server's host`,
        rule: 'own host',
        attempt: () => knock(wire, lab, { host, headers: { cookie } }),
        expected: '421 host_wrong',
      }),
    ),
    ...[cookie, bobsCookie, annsSeat].map(
      (planted, index): Attack => ({
        name: `has its own host show another server, with ${['its own', "the other's", 'an old'][index]} seat`,
        rule: 'own host',
        attempt: () => knock(wire, bobsLab, { host: annsHost, headers: { cookie: planted } }),
        expected: '421 host_wrong',
      }),
    ),
    {
      name: "plants its own seat at another server's host",
      rule: 'own host',
      attempt: () => knock(wire, bobsLab, { host: bobsHost, headers: { cookie } }),
      expected: '403 seat_invalid',
    },
    ...[`${bobsCookie}; ${cookie}`, `${cookie}; ${bobsCookie}`, `${`${bobsCookie}; `.repeat(7)}${cookie}`].map(
      (tossed, index): Attack => ({
        name: `CVE-2024-28233: tosses seats with Domain=nb.test beside the right one, over http (${index + 1})`,
        rule: 'seat cookie',
        attempt: () => knock(wire, lab, { host: annsHost, headers: { cookie: tossed } }),
        expected: '403 seat_ambiguous',
      }),
    ),
    {
      name: "sends another server's ticket to its own host",
      rule: 'own host',
      attempt: () => enter(annsHost),
      expected: '421 host_wrong reached the hub, used up',
    },
    {
      name: 'sends a ticket to a host that no server has any more',
      rule: 'own host',
      attempt: () => enter('label0009.nb.test'),
      expected: '421 host_wrong reached the hub, used up',
    },
    {
      name: 'has its page fetch from a neighbour, whose cookies come along',
      rule: 'own host',
      attempt: () =>
        knock(wire, lab, {
          host: annsHost,
          headers: { cookie, origin: `http://${bobsHost}`, 'sec-fetch-site': 'same-site' },
        }),
      expected: '403 request_foreign',
    },
    {
      name: 'links into a neighbour from its page',
      rule: 'own host',
      attempt: () =>
        knock(wire, lab, { host: annsHost, headers: { cookie, ...foreignLink, 'sec-fetch-site': 'same-site' } }),
      expected: '303 to http://hub.test/hub/open?to=%2Fuser%2Fann%2Fdemo%2Flab',
    },
    {
      name: "opens a neighbour's WebSocket",
      rule: 'own host',
      attempt: () =>
        outcome(openWebSocket(wire.url, '/user/ann/demo/ws', { host: annsHost, origin: `http://${bobsHost}`, cookie })),
      expected: 403,
    },
  ])
})

describe('attack: servers with hosts of their own, over https', () => {
  const cleanup = cleanupAfterAll()
  const secure = { ownHost: true, secure: true }
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup, { hubUrl: 'https://hub.test', serversUrl: 'https://*.nb.test' })
  })

  const right = seatCookieOf(secure)
  const guests = seatCookieOf(secure, seatOf({ server: 's2', user: 'u2' }), bobs)
  const visit = (cookie: string) => () => knock(wire, lab, { host: annsHost, headers: { cookie } })
  attacks([
    {
      name: 'tosses seven seats before the right one, as no browser lets a neighbour do',
      rule: 'own host',
      attempt: visit(`${`${guests}; `.repeat(7)}${right}`),
      expected: '200 reached her own server',
    },
    {
      name: 'CVE-2024-28233: tosses a seat with Domain=nb.test, which cannot have the name',
      rule: 'seat cookie',
      attempt: async () => [await visit(cookie)(), await visit(`${cookie}; ${right}`)()],
      expected: ['403 seat_missing', '200 reached her own server'],
    },
  ])
})

describe("attack: servers on the hub's own host", () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup, { serversUrl: 'http://hub.test', shareHubOrigin: true })
  })

  const host = 'hub.test'
  attacks([
    {
      name: 'goes from a server to the hub by dots',
      rule: 'hosts',
      attempt: () => knock(wire, '/user/ann/demo/../../../hub/home', { host }),
      expected: '400 path_unclear',
    },
    {
      name: "writes a server's path so that the hub might get it",
      rule: 'hosts',
      attempt: () => knock(wire, '/%75ser/ann/demo/lab', { host }),
      expected: '400 path_unclear',
    },
    {
      name: 'asks for a server without a seat there',
      rule: 'hosts',
      attempt: () => knock(wire, bobsLab, { host }),
      expected: '403 seat_missing',
    },
  ])
})
