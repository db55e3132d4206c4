import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serverConnections, serverUnanswered } from '../../../hub/api/server-limits.ts'
import { createApp } from '../../../hub/app.ts'
import { type Listener, listen } from '../../../hub/http/listen.ts'
import { createInternalApp } from '../../../hub/internal-app.ts'
import { serverToken } from '../../../seats/keys.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, secrets } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../../hub/parts.ts'
import { type Attack, attacks } from '../table.ts'

onSqlite('attack: a server and the listener for servers', (makeDatabase) => {
  let parts: Parts
  let pages: Listener
  let internal: Listener
  let token: string
  let asked: string[]
  let sockets: Socket[]
  beforeEach(async () => {
    sockets = []
    asked = []
    parts = await openParts(await makeDatabase())
    const where = { ip: '127.0.0.1', port: 0 }
    const { log } = parts.hub
    pages = await listen(createApp(parts.hub), where, { log, unanswered: 8 })
    const connections = serverConnections
    internal = await listen(createInternalApp(parts.hub), where, { log, unanswered: serverUnanswered, connections })
    const { id, run } = await parts.makeReady()
    token = serverToken(secrets.keys.all[0], id, run)
    parts.hub.db.on('query', ({ sql }: { sql: string }) => void asked.push(sql))
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await pages.close()
    await internal.close()
    await parts.stop()
  })

  const ask = async (token: string) =>
    (await createHttpBrowser(internal.address).fetch('/hub/api/user', { headers: { authorization: `token ${token}` } }))
      .status
  const many = async (count: number, token: string) => {
    const found = await Promise.all(Array.from({ length: count }, () => ask(token)))
    return (status: number) => found.filter((one) => one === status).length
  }
  /**
   * Sends a hundred requests that are refused without a query. Returns whether many of them had to wait, and whether
   * the log has few lines about them.
   */
  const refusals = async (path: string) => {
    const before = parts.log.length
    const headers = { authorization: `token ${token}` }
    const refused = async () => (await createHttpBrowser(internal.address).fetch(path, { headers })).status
    let waited = 0
    for (let round = 0; round < 2; round += 1) {
      const statuses = await Promise.all(Array.from({ length: 50 }, refused))
      waited += statuses.filter((status) => status === 429).length
    }
    const lines = parts.log.slice(before).filter((line) => line.includes('"level":30'))
    return [waited >= 20, lines.length < 40]
  }
  const forged = () => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(internal.address).port), '127.0.0.1')
    socket.on('error', () => undefined).resume()
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }

  const table: Attack[] = [
    {
      name: 'shows forged tokens: the database is asked nothing',
      rule: 'limits',
      attempt: async () => {
        const before = asked.length
        const count = await many(20, forged())
        return [count(403), asked.length - before]
      },
      expected: [20, 0],
    },
    {
      name: 'shows forged tokens without end: its address waits, good tokens and the pages do not',
      rule: 'limits',
      attempt: async () => {
        for (let round = 0; round < 2; round += 1) await many(50, forged())
        // The hub holds each of these for a second. Meanwhile it responds to all others.
        let isOver = false
        const held = many(50, forged()).then((count) => {
          isOver = true
          return count(429) >= 30
        })
        const good = await ask(token)
        const page = (await createHttpBrowser(pages.address).navigate('/hub/login')).status
        return [good, page, isOver, await held]
      },
      expected: [200, 200, false, true],
    },
    {
      name: 'asks without end with its own good token: it waits, another server does not',
      rule: 'limits',
      attempt: async () => {
        const { id, run } = await parts.makeReady()
        let refused = 0
        for (let round = 0; round < 8; round += 1) refused += (await many(4, token))(429)
        const count = await many(50, token)
        return [refused === 0, count(200) <= 40, count(429) >= 10, await ask(serverToken(secrets.keys.all[0], id, run))]
      },
      expected: [true, true, true, 200],
    },
    {
      name: 'asks at an address with broken escapes without end, with its good token: it waits too, and the log hears little',
      rule: 'limits',
      attempt: () => refusals('/hub/api/user%'),
      expected: [true, true],
    },
    {
      name: 'asks with too many parameters without end, with its good token: it waits too, and the log hears little',
      rule: 'limits',
      attempt: () => refusals(`/hub/api/user?${'a&'.repeat(200)}`),
      expected: [true, true],
    },
    {
      name: 'asks at very long addresses that are not there, with its good token: the log hears little',
      rule: 'log lines',
      attempt: () => refusals(`/hub/api/${'a'.repeat(14_000)}`),
      expected: [true, true],
    },
    {
      name: 'pipelines a hundred requests on one connection: it is cut',
      rule: 'limits',
      attempt: async () => {
        const socket = await open()
        const gone = once(socket, 'close')
        const head = `GET /hub/api/user HTTP/1.1\r\nhost: hub\r\nauthorization: token ${token}\r\n\r\n`
        const before = asked.length
        socket.write(head.repeat(100))
        await gone
        // Each request makes three queries: for the server, its owner and its activity.
        return [await ask(token), asked.length - before <= 9]
      },
      expected: [200, true],
    },
    {
      name: 'opens two hundred connections: sixty-four stay, and the pages are answered',
      rule: 'limits',
      attempt: async () => {
        const all = await Promise.all(Array.from({ length: 200 }, () => open()))
        const gone = all.map((socket) => once(socket, 'close'))
        let cut = 0
        await new Promise<void>((resolve) => {
          for (const one of gone)
            one.then(() => {
              cut += 1
              if (cut === 136) resolve()
            })
        })
        return [
          all.filter((socket) => !socket.destroyed).length,
          (await createHttpBrowser(pages.address).navigate('/hub/login')).status,
        ]
      },
      expected: [64, 200],
    },
  ]
  attacks(table)
})
