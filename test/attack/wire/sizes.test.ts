import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import { cleanupAfterAll, cleanupAfterEach } from '../../helpers/cleanup.ts'
import { hubUrl, secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { accessOf, addRoute, ask, foreignLink, ownPage, raw, routeOf, startBackend } from '../../proxy/world.ts'
import { type AttackSite, type Seated, startAttackSite } from '../browser/site.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, knock, startRawServer, startWire, type Wire } from './wire.ts'

const lab = '/user/ann/demo/lab'
const big = (size: number) => 'x'.repeat(size)

describe('attack: too much', () => {
  const cleanup = cleanupAfterAll()
  let site: AttackSite
  let ann: Seated
  let wire: Wire
  before(async () => {
    site = await startAttackSite(cleanup)
    ann = await site.seat()
    wire = await startWire(cleanup)
  })

  const own = { origin: hubUrl, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await ann.browser.fetch(path, {
      method: 'POST',
      headers: { ...own, accept: 'application/json', ...headers },
      body,
    })
    return answer.status
  }
  const isWell = async () => (await ann.browser.navigate('/hub/home')).status
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

  const table: Attack[] = [
    ...(
      [
        ['a header of 40 kB', { 'x-long': big(40_000) }],
        ['a cookie of 40 kB', { cookie: `a=${big(40_000)}` }],
        [
          'two thousand headers',
          Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`x-${index}`, big(20)])),
        ],
        ['a Sec-Fetch-Site of 30 kB', { 'sec-fetch-site': big(30_000) }],
        ['an Origin of 30 kB', { origin: `https://${big(30_000)}` }],
        ['an Authorization of 30 kB', { authorization: `token ${big(30_000)}` }],
        ['a thousand forwarders', { 'x-forwarded-for': Array(1000).fill('10.0.0.1').join(', ') }],
        [
          'a Connection that names 3000 headers',
          { connection: Array.from({ length: 3000 }, (_, index) => `x-${index}`).join(', ') },
        ],
      ] as [string, Record<string, string>][]
    ).map(
      ([what, headers]): Attack => ({
        name: `sends ${what}: it is answered, and so are all others`,
        rule: 'sizes',
        attempt: async () => {
          const answers = [
            await knock(wire, lab, { headers }),
            await knock(wire, '/hub/home', { host: 'hub.test', headers }),
          ]
          return [answers.every((answer) => /^(200|400|403|431)/.test(answer)), await knock(wire, lab)]
        },
        expected: [true, '200 reached her own server'],
      }),
    ),
    ...(
      [
        ['an address of 30 kB', `${lab}/${big(30_000)}`],
        ['an address of 60 kB', `${lab}/${big(60_000)}`],
        ['ten thousand parameters', `${lab}?${Array(10_000).fill('a').join('&')}`],
        ['ten thousand tokens', `${lab}?${Array(2000).fill('token=x').join('&')}`],
        ['ten thousand slashes', `${lab}${'/'.repeat(10_000)}`],
        ['ten thousand dots', `${lab}/${'../../'.repeat(5000)}`],
        ['ten thousand escapes', `${lab}/${'%41'.repeat(9000)}`],
      ] as const
    ).map(
      ([what, path]): Attack => ({
        name: `asks for ${what}: it is answered, and so are all others`,
        rule: 'sizes',
        attempt: async () => {
          const answers = [await knock(wire, path), await knock(wire, path, { host: 'hub.test', headers: foreignLink })]
          const hub = (await ann.browser.navigate(path)).status
          return [
            answers.every((answer) => /^(200|303|400|431)/.test(answer)),
            [400, 404, 414, 431].includes(hub),
            await isWell(),
          ]
        },
        expected: [true, true, 200],
      }),
    ),
    {
      name: 'posts bodies of megabytes to the hub',
      rule: 'sizes',
      attempt: () =>
        Promise.all([
          post('/hub/launches', JSON.stringify({ link: big(2_000_000) })),
          post('/hub/launches', JSON.stringify({ link: `/launch/${big(10_000)}` })),
          post('/hub/login/local', `username=${big(1_000_000)}`, {
            'content-type': 'application/x-www-form-urlencoded',
          }),
          post('/hub/api/seats', JSON.stringify({ ticket: big(1_000_000) }), {
            authorization: `token ${secrets.proxyToken}`,
          }),
        ]),
      expected: [413, 400, 413, 413],
    },
    {
      name: 'posts JSON that nests five thousand deep, and forms of two thousand fields',
      rule: 'sizes',
      attempt: async () => [
        await post('/hub/launches', deep(2500)),
        await post('/hub/launches', `${'['.repeat(8000)}${']'.repeat(8000)}`),
        await post('/hub/launches', Array.from({ length: 2000 }, (_, index) => `${index}=1`).join('&'), {
          'content-type': 'application/x-www-form-urlencoded',
        }),
        await post('/hub/launches', '{"__proto__":{"link":"/launch/demo"},"constructor":{"prototype":{"admin":true}}}'),
        await isWell(),
      ],
      expected: [400, 400, 400, 400, 200],
    },
    {
      name: 'gives the length of a body that will never come',
      rule: 'sizes',
      attempt: async () => {
        const head = `POST /_carrel/seat HTTP/1.1\r\nhost: nb.test\r\norigin: ${hubUrl}\r\ncontent-type: application/x-www-form-urlencoded`
        const answer = await raw(wire.url, `${head}\r\ncontent-length: 999999999999\r\n\r\nticket=`, /\r\n\r\n/)
        return /^HTTP\/1.1 (\d+)/.exec(answer)?.[1]
      },
      expected: '413',
    },
    {
      name: 'opens a WebSocket and announces a frame of 2⁶³ bytes',
      rule: 'sizes',
      attempt: async () => {
        const upgraded = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'
        const server = await startRawServer(cleanup, upgraded)
        await addRoute(wire.proxy, routeOf(server, { path: '/user/ann/ws/', access: accessOf() }))
        const client = connect(addressOf(wire.url) as { host: string; port: number })
        client.on('error', () => {})
        const lines = [
          'host: nb.test',
          `cookie: ${annsSeat}`,
          'origin: http://nb.test',
          'connection: Upgrade',
          'upgrade: websocket',
        ]
        lines.push('sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==')
        client.write(`GET /user/ann/ws/ HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
        await once(client, 'data')
        client.write(
          Buffer.concat([Buffer.from([0x82, 0xff, 0x7f, ...Array(7).fill(0xff), 0, 0, 0, 0]), Buffer.alloc(65_536)]),
        )
        const other = await knock(wire, lab)
        client.destroy()
        return other
      },
      expected: '200 reached her own server',
    },
  ]
  attacks(table)
})

describe('attack: too slow, too many', () => {
  const cleanup = cleanupAfterEach()

  const open = async (url: string, bytes: string): Promise<Socket> => {
    const client = connect(addressOf(url) as { host: string; port: number })
    client.on('error', () => {})
    cleanup.defer(() => client.destroy())
    await once(client, 'connect')
    client.write(bytes)
    return client
  }
  const openMany = (count: number, url: string, bytes: string) =>
    Promise.all(Array.from({ length: count }, () => open(url, bytes)))
  const head = `POST ${lab} HTTP/1.1\r\nhost: nb.test\r\ncookie: ${annsSeat}\r\nsec-fetch-site: same-origin\r\n`

  attacks([
    {
      name: 'sends heads letter by letter: each is cut off, and no other client waits',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup, { forTests: { headMilliseconds: 300 } })
        const slow = await openMany(200, wire.url, 'GET / HTTP/1.1\r\nx: ')
        for (const client of slow) client.resume()
        const dripping = setInterval(() => {
          for (const client of slow) client.write('x')
        }, 20)
        cleanup.defer(() => clearInterval(dripping))
        const cut = Promise.all(slow.map((client) => closed(client)))
        const others = await knock(wire, lab)
        await cut
        return others
      },
      expected: '200 reached her own server',
    },
    {
      name: 'opens connections and says nothing',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup, { forTests: { headMilliseconds: 300 } })
        const silent = await openMany(500, wire.url, '')
        for (const client of silent) client.resume()
        const cut = Promise.all(silent.map((client) => closed(client)))
        const others = await knock(wire, lab)
        await cut
        return others
      },
      expected: '200 reached her own server',
    },
    {
      name: 'sends tickets letter by letter: each is told that it is slow',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup, { forTests: { ticketMilliseconds: 200 } })
        const seat = 'POST /_carrel/seat HTTP/1.1\r\nhost: nb.test\r\norigin: http://hub.test\r\ncontent-length: 50\r\n'
        const slow = await openMany(
          100,
          wire.url,
          `${seat}content-type: application/x-www-form-urlencoded\r\n\r\nticket=`,
        )
        const answers = Promise.all(
          slow.map(async (client) => String(((await once(client, 'data')) as [Buffer])[0]).slice(9, 12)),
        )
        const others = await knock(wire, lab)
        return [others, new Set(await answers)]
      },
      expected: ['200 reached her own server', new Set(['408'])],
    },
    {
      name: 'uploads slowly to its own server, three hundred times at once: the others are served',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup)
        await openMany(300, wire.url, `${head}content-length: 1000000\r\n\r\nx`)
        await until(() => wire.ann.sockets.size >= 300, 'all of them have reached the server')
        return [await knock(wire, '/user/ann/demo/other'), await knock(wire, '/hub/home', { host: 'hub.test' })]
      },
      expected: ['200 reached her own server', '200 reached the hub'],
    },
    {
      name: 'posts slowly to the hub, three hundred times at once: the others are served',
      rule: 'time',
      attempt: async () => {
        const site = await startAttackSite(cleanup)
        const post = `POST /hub/launches HTTP/1.1\r\nhost: hub.test\r\norigin: ${hubUrl}\r\ncontent-type: application/json\r\n`
        await openMany(300, site.proxies[0].urls[0], `${post}content-length: 1000\r\n\r\n{`)
        const { browser, cookie, path } = await site.seat()
        const seated = await site.send(`${path}api`, { headers: { ...ownPage, cookie } })
        return [(await browser.navigate('/hub/home')).status, seated.status]
      },
      expected: [200, 200],
    },
    {
      name: 'asks for much and reads nothing: the server is not read either, and the others are served',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup)
        let sent = 0
        const endless = await startBackend(cleanup, (_req, res) => {
          const push = () => {
            while (sent < 1e9 && res.write(Buffer.alloc(65_536))) sent += 65_536
          }
          res.on('drain', push)
          push()
        })
        await addRoute(
          wire.proxy,
          routeOf(endless, { path: '/user/ann/big/', access: accessOf({ label: 'label0001' }) }),
        )
        const readers = await openMany(
          20,
          wire.url,
          `${head.replace(lab, '/user/ann/big/x').replace('POST', 'GET')}\r\n`,
        )
        for (const reader of readers) reader.pause()
        await until(() => endless.sockets.size === 20, 'all of them have reached the server')
        const others = await Promise.all(Array.from({ length: 20 }, () => knock(wire, lab)))
        return [new Set(others.map((other) => other.slice(0, 3))), sent < 200e6]
      },
      expected: [new Set(['200']), true],
    },
    {
      name: 'has more connections than one address may: the others come in, and it does again when it has fewer',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup, { connectionsPerAddress: 20 })
        // Opens one connection after the other, because each of several workers takes its part and closes the rest.
        const held: Socket[] = []
        const openOne = async () => {
          const client = await open(wire.url, 'GET /_carrel/health HTTP/1.1\r\nhost: nb.test\r\n\r\n')
          const isIn = await new Promise<boolean>((resolve) => {
            client.once('data', () => resolve(true)).once('close', () => resolve(false))
          })
          if (isIn) held.push(client)
          return isIn
        }
        while (held.length < 20) await openOne()
        for (const client of held) client.write('GET / HTTP/1.1\r\n')
        for (let tries = 0; tries < 20; tries += 1) await openOne()
        const most = held.length
        const elsewhere = await from('127.0.0.9', wire.url)
        const gone = Promise.all(held.map((client) => closed(client)))
        for (const client of held) client.destroy()
        await gone
        let again = ''
        await until(() => {
          if (again === '')
            ask(wire.url, '/_carrel/health').then(
              ({ status }) => (again = String(status)),
              () => undefined,
            )
          return again !== ''
        }, 'it comes in again')
        return [most, elsewhere, again]
      },
      expected: [20, 200, '200'],
    },
    {
      name: 'comes through a load balancer that is trusted, with all the others',
      rule: 'time',
      attempt: async () => {
        const wire = await startWire(cleanup, { connectionsPerAddress: 5, trustedProxies: ['127.0.0.1'] })
        await openMany(30, wire.url, 'GET / HTTP/1.1\r\n')
        return (await ask(wire.url, '/_carrel/health')).status
      },
      expected: 200,
    },
    {
      name: 'shows tickets that do not exist without end: only its own address waits',
      rule: 'limits',
      attempt: async () => {
        const wire = await startWire(cleanup, {
          forTests: { unknownTickets: { burst: 10, perSecond: 0.01 } },
          trustedProxies: ['127.0.0.1'],
        })
        const show = async (client: string) => {
          const form = {
            origin: hubUrl,
            'content-type': 'application/x-www-form-urlencoded',
            'x-forwarded-for': client,
          }
          const body = `ticket=${'A'.repeat(43)}`
          return ask(wire.url, '/_carrel/seat', { method: 'POST', headers: form, body })
        }
        const shown = await Promise.all(Array.from({ length: 15 }, () => show('192.0.2.1')))
        const count = (status: number) => shown.filter((answer) => answer.status === status).length
        const waits = Number(shown.find(({ status }) => status === 429)?.headers['retry-after']) > 0
        return [count(403), count(429), waits, wire.hub.requests.length, (await show('192.0.2.2')).status]
      },
      expected: [10, 5, true, 10, 403],
    },
    {
      name: 'takes another address of its own IPv6 network for each ticket that does not exist',
      rule: 'limits',
      attempt: async () => {
        const wire = await startWire(cleanup, {
          forTests: { unknownTickets: { burst: 5, perSecond: 0.01 } },
          trustedProxies: ['127.0.0.1'],
        })
        const show = async (client: string) => {
          const form = { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }
          const headers = { ...form, 'x-forwarded-for': client }
          const body = `ticket=${'A'.repeat(43)}`
          return (await ask(wire.url, '/_carrel/seat', { method: 'POST', headers, body })).status
        }
        const from = (hosts: string[]) => Promise.all(hosts.map(show))
        const numbers = Array.from({ length: 60 }, (_, index) => (index + 16).toString(16))
        const refused = (statuses: number[]) => statuses.filter((status) => status === 403).length
        return [
          refused(await from(numbers.map((n) => `2001:db8:1:2::${n}`))),
          refused(await from(numbers.map((n) => `2001:db8:2:${n}::1`))),
          refused(await from(numbers.map((n) => `2001:db8:3:${n}00::1`).flatMap((one) => [one, one]))),
          await show('2001:db8:4::1'),
        ]
      },
      expected: [5, 20, 80, 403],
    },
  ])
})

function closed(client: Socket): Promise<unknown> {
  return new Promise((resolve) => client.once('close', resolve))
}

/** Sends a request from another address of this machine, and returns the status of the response. */
async function from(localAddress: string, url: string): Promise<number | undefined> {
  const sent = request({
    ...addressOf(url),
    localAddress,
    path: '/_carrel/health',
    headers: { host: 'nb.test' },
    agent: false,
  })
  sent.end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode
}
