import type { IncomingHttpHeaders } from 'node:http'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { addRoute, ask, raw, serversUrl, startBackend } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, seenBy, startWire, type Wire } from './wire.ts'

const gatewayHeaders = ['X-Remote-User', 'X-Shib-Mail']
/** All ways to write the header that names the person. */
const spellings = [
  'X-Remote-User',
  'x-remote-user',
  'X_Remote_User',
  'x-remote_user',
  'X-REMOTE_USER',
  'X.Remote.User',
  "x-remote'user",
]

/** Returns what a hub is told of a gateway; undefined for nothing. */
function wordsOf(headers: IncomingHttpHeaders): unknown {
  const words = headers['x-carrel-gateway']
  return words === undefined ? undefined : JSON.parse(Buffer.from(String(words), 'base64url').toString())
}

describe('attack: a client that names itself as a gateway would', () => {
  const cleanup = cleanupAfterAll()
  /** A proxy whose gateway is elsewhere, and one whose gateway the client is. */
  let stranger: Wire
  let gateway: Wire
  before(async () => {
    stranger = await startWire(cleanup, { gateways: ['192.0.2.0/24'], gatewayHeaders })
    gateway = await startWire(cleanup, { gateways: ['127.0.0.0/8'], gatewayHeaders })
  })

  /** Sends a request to the hub. Returns what the hub gets of a gateway's words, and of the headers themselves. */
  const atHub = async (wire: Wire, headers: Record<string, string | string[]>) => {
    const before = wire.hub.requests.length
    await ask(wire.url, '/hub/home', { host: 'hub.test', headers })
    const got: IncomingHttpHeaders = wire.hub.requests[before]?.headers ?? {}
    return {
      words: wordsOf(got),
      left: Object.keys(got).filter((name) => /remote|shib/.test(name)),
    }
  }
  const nothing = { words: undefined, left: [] }
  const said = (headers: object | 'too-long') => ({ words: { address: '127.0.0.1', headers }, left: [] })

  const table: Attack[] = [
    ...spellings.map(
      (name): Attack => ({
        name: `writes ${name} from elsewhere`,
        rule: 'gateways',
        attempt: () => atHub(stranger, { [name]: 'root' }),
        expected: nothing,
      }),
    ),
    {
      name: 'says by X-Forwarded-For to be the gateway',
      rule: 'gateways',
      attempt: () =>
        atHub(stranger, { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1', 'x-remote-user': 'root' }),
      expected: nothing,
    },
    {
      name: 'writes the proxy’s own header',
      rule: 'gateways',
      attempt: async () => {
        const forged = Buffer.from('{"address":"192.0.2.1","headers":{"x-remote-user":["root"]}}').toString('base64url')
        return [
          await atHub(stranger, { 'x-carrel-gateway': forged }),
          await atHub(stranger, { x_carrel_gateway: forged }),
          await atHub(gateway, { 'x-carrel-gateway': forged, 'x-remote-user': 'ann' }),
        ]
      },
      expected: [nothing, nothing, said({ 'x-remote-user': ['ann'] })],
    },
    {
      name: 'has the gateway pass on a second value, or another spelling beside its own: all values are told, one spelling counts',
      rule: 'gateways',
      attempt: async () => [
        await atHub(gateway, { 'x-remote-user': ['root', 'ann'] }),
        await atHub(gateway, { x_remote_user: 'root', 'x-remote-user': 'ann' }),
        await atHub(gateway, { x_remote_user: 'root' }),
      ],
      expected: [said({ 'x-remote-user': ['root', 'ann'] }), said({ 'x-remote-user': ['ann'] }), said({})],
    },
    {
      name: 'has the gateway pass on a Connection that names the header',
      rule: 'gateways',
      attempt: () => atHub(gateway, { connection: 'close, x-remote-user', 'x-remote-user': 'ann' }),
      expected: said({ 'x-remote-user': ['ann'] }),
    },
    {
      name: 'has the gateway pass on more than a hub takes',
      rule: 'gateways',
      attempt: () => atHub(gateway, { 'x-remote-user': 'ann', 'x-shib-mail': 'x'.repeat(7000) }),
      expected: said('too-long'),
    },
    {
      name: 'names itself in bytes that are odd: in a trailer, in a chunk, over HTTP/1.0, on a folded line, behind a zero',
      rule: 'gateways',
      attempt: async () => {
        const heads = [
          `POST /hub/home HTTP/1.1\r\nHost: hub.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Remote-User\r\n\r\n0\r\nX-Remote-User: root\r\n\r\n`,
          `POST /hub/home HTTP/1.1\r\nHost: hub.test\r\nTransfer-Encoding: chunked\r\n\r\n1;x-remote-user=root\r\na\r\n0;X-Remote-User: root\r\n\r\n`,
          'GET /hub/home HTTP/1.0\r\nHost: hub.test\r\nX-Remote-User: root\r\n\r\n',
          'GET /hub/home HTTP/1.1\r\nHost: hub.test\r\nX-A: b\r\n X-Remote-User: root\r\n\r\n',
          'GET /hub/home HTTP/1.1\r\nHost: hub.test\r\nX-Remote-User : root\r\n\r\n',
          'GET /hub/home HTTP/1.1\r\nHost: hub.test\r\nX-Remote-User\0: root\r\n\r\n',
          'GET /hub/home HTTP/1.1\r\nHost: hub.test\r\nX-A: b\rX-Remote-User: root\r\n\r\n',
          `GET /hub/home HTTP/1.1\r\nHost: hub.test\r\nX-Remote-User: ${'r'.repeat(1024 * 1024)}\r\n\r\n`,
        ]
        const before = stranger.hub.requests.length
        const ends: string[] = []
        for (const head of heads) ends.push((await raw(stranger.url, head, /\r\n\r\n/)).slice(9, 12))
        const got = stranger.hub.requests.slice(before).flatMap(({ headers }) => Object.keys(headers))
        return [ends.filter((status) => !/^[24]\d\d$/.test(status)), got.filter((name) => /remote|gateway/.test(name))]
      },
      expected: [[], []],
    },
    {
      name: 'has the gateway pass on what stands in a trailer: only the head names people',
      rule: 'gateways',
      attempt: async () => {
        const before = gateway.hub.requests.length
        const head =
          'POST /hub/home HTTP/1.1\r\nHost: hub.test\r\nX-Remote-User: ann\r\nTransfer-Encoding: chunked\r\nTrailer: X-Remote-User\r\n\r\n'
        await raw(gateway.url, `${head}0\r\nX-Remote-User: root\r\n\r\n`, /\r\n\r\n/)
        return wordsOf(gateway.hub.requests[before]?.headers ?? {})
      },
      expected: { address: '127.0.0.1', headers: { 'x-remote-user': ['ann'] } },
    },
    {
      name: 'names itself as it opens a WebSocket: the server does not hear of it, from either side',
      rule: 'gateways',
      attempt: async () => {
        const left: string[] = []
        for (const wire of [stranger, gateway]) {
          const before = wire.ann.requests.length
          const lines = [
            'GET /user/ann/demo/api/kernels/1/channels HTTP/1.1',
            ...['Host: nb.test', `Cookie: ${annsSeat}`, `Origin: ${serversUrl}`, 'Connection: Upgrade'],
            ...['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
            ...spellings.map((name) => `${name}: root`),
          ]
          const answer = await raw(wire.url, `${lines.join('\r\n')}\r\n\r\n`, /\r\n\r\n/)
          left.push(answer.slice(9, 12))
          left.push(...Object.keys(wire.ann.requests[before]?.headers ?? {}).filter((key) => /remote/.test(key)))
        }
        return left
      },
      expected: ['101', '101'],
    },
    {
      name: 'names itself to a server, its own or the gateway’s way',
      rule: 'gateways',
      attempt: async () => {
        const left: string[] = []
        for (const wire of [stranger, gateway])
          for (const name of [...spellings, 'X-Shib-Mail', 'X_Shib_Mail', 'X-Carrel-Gateway']) {
            const got = await seenBy(wire, '/user/ann/demo/api', { headers: { [name]: 'root', cookie: annsSeat } })
            left.push(...Object.keys(got).filter((key) => /remote|shib|gateway/i.test(key)))
          }
        return left
      },
      expected: [],
    },
    {
      name: 'names itself to a backend of a route without access',
      rule: 'gateways',
      attempt: async () => {
        const left: string[] = []
        for (const wire of [stranger, gateway]) {
          const backend = await startBackend(cleanup)
          await addRoute(wire.proxy, { path: '/docs/', target: backend.url })
          for (const name of [...spellings, 'X_Shib_Mail'])
            await ask(wire.url, '/docs/', { headers: { [name]: 'root' } })
          for (const { headers } of backend.requests)
            left.push(...Object.keys(headers).filter((key) => /remote|shib/i.test(key)))
          if (backend.requests.length === 0) left.push('nothing has arrived')
        }
        return left
      },
      expected: [],
    },
  ]
  attacks(table)
})
