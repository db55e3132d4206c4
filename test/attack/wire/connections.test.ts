import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import { createHubs } from '../../../proxy/hubs/hubs.ts'
import { createCounters } from '../../../proxy/metrics/counters.ts'
import { cleanupAfterAll, cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  ask,
  cookieOf,
  ownPage,
  raw,
  routeOf,
  seatOf,
  serversUrl,
  silent,
  start,
  startSite,
  token,
} from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, fillWith, knock, type RawServer, startRawServer, startWire, type Wire } from './wire.ts'

const path = '/user/ann/demo/'
const seat = `host: nb.test\r\ncookie: ${annsSeat}\r\nsec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\n`
const get = (name: string, lines = seat) => `GET ${path}${name} HTTP/1.1\r\n${lines}\r\n`
const upgrading = `connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: ${serversUrl}\r\n`
const upgrade = (name: string, lines = seat) => get(name, `${lines}${upgrading}`)
const switched = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n'
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'
const evil = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'

/**
 * Runs the proxy in the process of the tests, so that an uncaught error ends the run. Where there are workers, the end of
 * one of them fails the test.
 */
describe('attack: the connection itself', () => {
  const cleanup = cleanupAfterEach()
  const cleanupAtEnd = cleanupAfterAll()
  let shared: Wire
  let wire: Wire
  let revision = 1
  before(async () => {
    shared = await startWire(cleanupAtEnd)
  })
  beforeEach(() => {
    wire = shared
  })

  const behind = async (server: { url: string }, run = 1) => {
    revision += 1
    await addRoute(wire.proxy, routeOf(server, { revision, access: accessOf({ run }) }))
  }
  const silentServer = async () => {
    const server = await startRawServer(cleanup, () => {})
    await behind(server)
    return server
  }
  const open = async (bytes: string): Promise<Socket> => {
    const client = connect(addressOf(wire.url) as { host: string; port: number })
    client.on('error', () => {})
    cleanup.defer(() => client.destroy())
    await once(client, 'connect')
    client.write(bytes, 'latin1')
    return client
  }
  const fill = (count: number, bytes: string, isFull: () => boolean) => fillWith(() => open(bytes), count, isFull)
  /** Starts a hub whose stream of events never ends. */
  const streamingHub = async () => {
    const hub = await startRawServer(cleanup, (bytes, socket) => {
      const isStream = bytes.includes('/events ')
      socket.write(isStream ? 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n' : ok)
    })
    return { hub, url: (await startSite(cleanup, hub)).urls[0] }
  }
  const closed = (client: Socket) => new Promise((resolve) => client.resume().once('close', resolve))
  const gone = (server: RawServer) => until(() => server.sockets.size === 0, 'the server has no connection left')
  const reached = (server: RawServer, count: number) =>
    until(() => server.connections.filter((bytes) => bytes !== '').length === count, `${count} requests have arrived`)
  /** Sends a request of another user to the same proxy. */
  const bystander = () => knock(wire, '/hub/home', { host: 'hub.test' })
  const statuses = (bytes: string) => [...bytes.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status).join(' ')

  const refused: [string, string][] = [
    ['without a seat', upgrade('ws', 'host: nb.test\r\n')],
    ['of an unknown host', upgrade('ws', seat.replace('nb.test', 'evil.example'))],
    ['of a server that is not running', upgrade('ws').replace('/user/ann/', '/user/eve/')],
    ['of a path that is unclear', upgrade('../ws')],
    ['from another site', upgrade('ws').replace(`origin: ${serversUrl}`, 'origin: https://evil.example')],
    ['with a body', upgrade('ws', `${seat}content-length: 3\r\n`)],
    ['with two hosts', upgrade('ws', `${seat}host: hub.test\r\n`)],
    ['that is none', upgrade('ws').replace('websocket', 'h2c')],
    ['by CONNECT', upgrade('ws').replace('GET', 'CONNECT')],
    ['that would be let in', upgrade('ws')],
  ]
  attacks(
    refused.map(
      ([what, bytes]): Attack => ({
        name: `sends a WebSocket ${what} behind a request that waits (CVE-2024-21536)`,
        rule: 'boundary',
        attempt: async () => {
          const server = await silentServer()
          const client = await open(get('one') + get('two') + bytes)
          let got = ''
          client.on('data', (chunk) => {
            got += chunk
          })
          await reached(server, 1)
          client.destroy()
          await gone(server)
          return [got, server.connections.filter((bytes) => bytes !== '').length, await bystander()]
        },
        expected: ['', 1, '200 reached the hub'],
      }),
    ),
  )

  attacks([
    {
      name: 'sends a refused WebSocket behind what is answered at once (CVE-2024-21536)',
      rule: 'boundary',
      attempt: async () => {
        const refusedOne = upgrade('ws', 'host: nb.test\r\n')
        for (const first of [
          'GET /_carrel/health HTTP/1.1\r\nhost: nb.test\r\n\r\n',
          get('x', `${seat}expect: 200-ok\r\n`),
          get('x', 'host: nb.test\r\n'),
        ]) {
          await raw(wire.url, first + refusedOne)
        }
        return bystander()
      },
      expected: '200 reached the hub',
    },
    {
      name: 'asks for WebSockets and resets the connection at once',
      rule: 'boundary',
      attempt: async () => {
        const server = await startRawServer(cleanup, `${switched}\r\n`)
        await behind(server)
        const before = upgrade('ws')
        const clients = await Promise.all(Array.from({ length: 50 }, (_, index) => open(index % 2 ? before : get('x'))))
        for (const client of clients) client.resetAndDestroy()
        await gone(server)
        return bystander()
      },
      expected: '200 reached the hub',
    },
    {
      name: 'closes its half of a WebSocket before and after it is open',
      rule: 'boundary',
      attempt: async () => {
        const server = await silentServer()
        const early = await open(upgrade('early'))
        // A worker may only now get to connections that were reset in another attack.
        await until(() => server.connections.some((bytes) => bytes.includes('/early ')), 'the request has arrived')
        early.end()
        await closed(early)
        await gone(server)
        const willing = await startRawServer(cleanup, `${switched}\r\n`)
        await behind(willing)
        const late = await open(upgrade('ws'))
        await once(late, 'data')
        late.end()
        await closed(late)
        await gone(willing)
        return bystander()
      },
      expected: '200 reached the hub',
    },
    {
      name: 'leaves within a body whose answer has come already: nothing stays at the server',
      rule: 'boundary',
      attempt: async () => {
        const server = await startRawServer(cleanup, 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
        await behind(server)
        const post = get('x', `${seat}content-length: 1000000\r\n`).replace('GET', 'POST')
        const clients = await Promise.all(Array.from({ length: 10 }, () => open(`${post}x`)))
        await Promise.all(clients.map((client) => once(client, 'data')))
        for (const [index, client] of clients.entries()) index % 2 ? client.destroy() : client.resetAndDestroy()
        await gone(server)
        return bystander()
      },
      expected: '200 reached the hub',
    },
    {
      name: 'leaves while an error page is on its way, or has one that cannot be written (CVE-2025-32996)',
      rule: 'boundary',
      attempt: async () => {
        let asked = 0
        const pages = await startRawServer(cleanup, (_bytes, socket) => {
          asked += 1
          if (asked === 1) return
          socket.write('HTTP/1.1 200 \x01\r\ncontent-type: text/html\x01\r\ncontent-length: 4\r\n\r\npage', 'latin1')
        })
        const plain = await start(cleanup, { errorTarget: pages.url })
        const gives = (bytes: string) => raw(plain.urls[0], bytes, /\r\n\r\n/)
        const client = connect(addressOf(plain.urls[0]) as { host: string; port: number })
        client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
        await until(() => asked === 1, 'the error page is asked for')
        client.resetAndDestroy()
        await until(() => pages.sockets.size === 0 || asked === 1, 'nothing else happens')
        return statuses(await gives('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
      },
      expected: '404',
    },
    {
      name: 'has errors without end: as many error pages are asked for as may be, and each error is answered',
      rule: 'places',
      attempt: async () => {
        const pages = await startRawServer(cleanup, () => {})
        const plain = await start(cleanup, { errorTarget: pages.url })
        wire = { ...wire, url: plain.urls[0] }
        const asks = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'
        const clients = await fill(128, asks, () => pages.sockets.size === 128)
        const over = statuses(await raw(plain.urls[0], asks, /\r\n\r\n/))
        for (const client of clients) client.destroy()
        return [over, pages.sockets.size]
      },
      expected: ['404', 128],
    },
    {
      name: 'asks the routes API for an invalid address, and leaves within a body',
      rule: 'boundary',
      attempt: async () => {
        const { apiUrl } = wire.proxy
        const show = `authorization: token ${token}\r\nhost: x\r\n`
        const odd = await raw(apiUrl, `GET http://[ HTTP/1.1\r\n${show}connection: close\r\n\r\n`)
        const slashes = await raw(apiUrl, `GET //:0 HTTP/1.1\r\n${show}connection: close\r\n\r\n`)
        const client = connect(addressOf(apiUrl) as { host: string; port: number })
        client.on('error', () => {})
        client.write(`POST /api/routes/x HTTP/1.1\r\n${show}content-length: 9\r\n\r\n{`, () => client.resetAndDestroy())
        await closed(client)
        const upgraded = await raw(apiUrl, `GET /api/routes HTTP/1.1\r\n${upgrading}host: x\r\n\r\n`, /\r\n\r\n/)
        return [statuses(odd), statuses(slashes), statuses(upgraded), await bystander()]
      },
      expected: ['400', '400', '403', '200 reached the hub'],
    },
  ])

  const heads: [string, string][] = [
    ['a status line with a control byte', 'HTTP/1.1 200 \x01\r\ncontent-length: 0\r\n\r\n'],
    ['a status line with DEL', 'HTTP/1.1 200 \x7f\r\ncontent-length: 0\r\n\r\n'],
    ['such a status line and a header beside it', 'HTTP/1.1 404 \x02\r\ncontent-length: 3\r\nx: \x03\r\n\r\nabc'],
    ['a status below all', 'HTTP/1.1 001 x\r\ncontent-length: 0\r\n\r\n'],
    ['a header with a control byte', 'HTTP/1.1 200 OK\r\nx: \x01\r\ncontent-length: 0\r\n\r\n'],
    ['interim answers without end', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(5000)],
    ['100 without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5000)],
    ['a 101 that changes nothing', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a 101 that changes nothing, and a body', 'HTTP/1.1 101 x\r\ncontent-length: 3\r\n\r\nabc'],
    ['a 102 and nothing more', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1'],
  ]
  const upgrades: [string, string][] = [
    ...heads,
    ['a 101 with a control byte in a header', `${switched}x: \x01\r\n\r\n`],
    ['a 101 behind interim answers without end', `${'HTTP/1.1 103 x\r\n\r\n'.repeat(5000)}${switched}\r\n`],
  ]
  const answered = async (bytes: string, request: string) => {
    await behind(
      await startRawServer(cleanup, (_bytes, socket) => {
        socket.write(bytes, 'latin1')
        if (bytes.endsWith('HTTP/1.1')) socket.end()
      }),
    )
    const got = await raw(wire.url, request, /\r\n\r\n/)
    return [statuses(got), /\r\n\r\n\{"error":"server_unreachable"/.test(got), await bystander()]
  }
  const plain: [string, string][] = [...heads, ['a 101 that nobody asked for', `${switched}\r\n`]]
  attacks([
    ...plain.map(
      ([what, bytes]): Attack => ({
        name: `has its server answer with ${what}`,
        rule: 'boundary',
        attempt: () => answered(bytes, get('x', `${seat}connection: close\r\n`)),
        expected: ['503', true, '200 reached the hub'],
      }),
    ),
    ...upgrades.map(
      ([what, bytes]): Attack => ({
        name: `has its server answer a WebSocket with ${what}`,
        rule: 'boundary',
        attempt: () => answered(bytes, upgrade('ws')),
        expected: ['503', true, '200 reached the hub'],
      }),
    ),
  ])

  attacks([
    {
      name: 'sends a thousand requests for streams on one connection: one is begun, and it ends with the connection',
      rule: 'pipelining',
      attempt: async () => {
        const { hub, url } = await streamingHub()
        wire = { ...wire, url }
        const asks = 'GET /hub/launches/x/events HTTP/1.1\r\nhost: hub.test\r\n\r\n'
        const streams = () => hub.connections.filter((bytes) => bytes.includes('/events ')).length
        const client = await open(asks.repeat(1000))
        await until(() => streams() === 1, 'one is begun')
        const most = hub.sockets.size
        client.destroy()
        await until(() => hub.sockets.size <= most - 1, 'it has ended')
        return streams()
      },
      expected: 1,
    },
    {
      name: 'sends more behind a request that waits than any program does: the connection is cut',
      rule: 'pipelining',
      attempt: async () => {
        const server = await silentServer()
        const client = await open(get('x'))
        await reached(server, 1)
        client.write(get('y').repeat(1000))
        await closed(client)
        await gone(server)
        return [server.connections.filter((bytes) => bytes !== '').length, await bystander()]
      },
      expected: [1, '200 reached the hub'],
    },
    {
      name: 'sends a request in the packet of a chunked body: it is begun after the answer',
      rule: 'pipelining',
      attempt: async () => {
        const server = await startRawServer(cleanup, ok)
        await behind(server)
        const chunks = '3\r\nabc\r\n0\r\n\r\n'
        const post = get('x', `${seat}transfer-encoding: chunked\r\n`).replace('GET', 'POST')
        const got = await raw(wire.url, post + chunks + get('y', `${seat}connection: close\r\n`))
        return [statuses(got), server.connections.some((bytes) => bytes.includes('/demo/y ')), await bystander()]
      },
      expected: ['200 200', true, '200 reached the hub'],
    },
    {
      name: 'sends eight requests at once: each is answered',
      rule: 'pipelining',
      attempt: async () => {
        await behind(await startRawServer(cleanup, ok))
        const last = get('x', `${seat}connection: close\r\n`)
        return [statuses(await raw(wire.url, get('x').repeat(7) + last)), await bystander()]
      },
      expected: [Array(8).fill('200').join(' '), '200 reached the hub'],
    },
    {
      name: 'leaves with one request under way and seven behind it: none stays at the server',
      rule: 'pipelining',
      attempt: async () => {
        const server = await silentServer()
        const client = await open(get('x').repeat(8))
        await reached(server, 1)
        client.destroy()
        await gone(server)
        return bystander()
      },
      expected: '200 reached the hub',
    },
    {
      name: 'sends a thousand requests to the routes API without waiting for one answer',
      rule: 'pipelining',
      attempt: async () => {
        const asks = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1000)
        const got = await raw(wire.proxy.apiUrl, asks)
        return [statuses(got).split(' ').length <= 8, await bystander()]
      },
      expected: [true, '200 reached the hub'],
    },
    {
      name: 'has more requests at its server than there are places: it is told so',
      rule: 'places',
      attempt: async () => {
        const server = await silentServer()
        const many = await fill(1024, get('x'), () => server.sockets.size === 1024)
        const over = await ask(wire.url, `${path}x`, { headers: { ...ownPage, cookie: annsSeat } })
        const others = await bystander()
        const most = server.sockets.size
        for (const client of many) client.destroy()
        await gone(server)
        return [over.status, over.headers['retry-after'], JSON.parse(over.body).error, most, others]
      },
      expected: [503, '5', 'server_busy', 1024, '200 reached the hub'],
    },
    {
      name: 'has more WebSockets at its server than there are places',
      rule: 'places',
      attempt: async () => {
        const server = await startRawServer(cleanup, `${switched}\r\n`)
        await behind(server)
        const clients = await fill(1024, upgrade('ws'), () => server.sockets.size === 1024)
        const one = async () => statuses(await raw(wire.url, upgrade('ws'), /\r\n\r\n/))
        const over = new Set([await one(), await one(), await one(), await one()])
        const page = await knock(wire, '/hub/home', { host: 'hub.test' })
        const most = server.sockets.size
        clients[0]?.destroy()
        await until(() => server.sockets.size === 1023, 'one of them is gone')
        // Where there are workers, only one of them has the free place.
        await until(async () => (await one()) === '101', 'another one comes in')
        return [over, page, most]
      },
      expected: [new Set(['503']), '200 reached the hub', 1024],
    },
    {
      name: 'is a class of two thousand that waits, each with a stream open, behind one address: pages go on',
      rule: 'places',
      attempt: async () => {
        const { url } = await streamingHub()
        wire = { ...wire, url }
        const lines = 'host: hub.test\r\n'
        const clients = await Promise.all(
          Array.from({ length: 2000 }, () => open(`GET /hub/launches/x/events HTTP/1.1\r\n${lines}\r\n`)),
        )
        await Promise.all(clients.map((client) => once(client, 'data')))
        const pages = await Promise.all(Array.from({ length: 100 }, () => ask(url, '/hub/home', { host: 'hub.test' })))
        return new Set(pages.map(({ status }) => status))
      },
      expected: new Set([200]),
    },
  ])

  const anns = { headers: { ...ownPage, cookie: annsSeat } }
  attacks([
    {
      name: 'leaves a second answer in the packet of the first, for the next visitor (CVE-2026-48931)',
      rule: 'idle connections',
      attempt: async () => {
        await behind(
          await startRawServer(cleanup, (bytes, socket) => socket.write(bytes.includes('/poison') ? ok + evil : ok)),
        )
        await ask(wire.url, `${path}poison`, anns)
        return (await Promise.all(Array.from({ length: 5 }, () => ask(wire.url, `${path}x`, anns)))).map(
          ({ body }) => body,
        )
      },
      expected: Array(5).fill('good'),
    },
    {
      name: 'leaves a second answer on an idle connection, for the next visitor (CVE-2026-48931)',
      rule: 'idle connections',
      attempt: async () => {
        const server = await startRawServer(cleanup, ok)
        await behind(server)
        await ask(wire.url, `${path}x`, anns)
        const [idle] = server.sockets
        if (idle === undefined) return 'no connection is kept'
        idle.write(evil)
        await once(idle, 'close')
        return (await ask(wire.url, `${path}x`, anns)).body
      },
      expected: 'good',
    },
    {
      name: 'keeps a connection of its run for the next run at its address (CVE-2026-48931)',
      rule: 'idle connections',
      attempt: async () => {
        const server = await startRawServer(cleanup, ok)
        await behind(server)
        await ask(wire.url, `${path}x`, anns)
        const [idle] = server.sockets
        if (idle === undefined) return 'no connection is kept'
        const isClosed = once(idle, 'close')
        await behind(server, 2)
        await isClosed
        const cookie = cookieOf(seatOf({ run: 2 }), accessOf({ run: 2 }))
        const { status } = await ask(wire.url, `${path}x`, { headers: { ...ownPage, cookie } })
        return [status, server.connections.length]
      },
      expected: [200, 2],
    },
    {
      name: 'leaves a second answer for what the proxy itself asks (CVE-2026-48931, CVE-2026-1525)',
      rule: 'idle connections',
      attempt: async () => {
        const json = (text: string, lines = `content-length: ${text.length}`) =>
          `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n${text}`
        const admitted = (id: string) =>
          JSON.stringify({ seat: { id, server: 's', run: 1, user: 'u', issued: 1 }, milliseconds: 1 })
        const came: unknown[] = []
        for (const first of [
          json(admitted('good')) + json(admitted('evil')),
          json(admitted('good'), `Content-Length: 0\r\ncontent-LENGTH: ${admitted('good').length}`),
        ]) {
          let asked = 0
          const server = await startRawServer(cleanup, (_bytes, socket) => {
            asked += 1
            socket.write(asked === 1 ? first : json(admitted('next')))
          })
          const hubs = createHubs([server.url], token, silent, createCounters())
          cleanup.defer(() => hubs.close())
          const question = { token: 'x', server: 's', run: 1 }
          await hubs.checkToken(question, { request: 'first', traceparent: '' })
          const next = await hubs.checkToken(question, { request: 'second', traceparent: '' })
          came.push(typeof next === 'string' ? next : next.seat.id)
        }
        return came
      },
      expected: ['next', 'next'],
    },
  ])
})
