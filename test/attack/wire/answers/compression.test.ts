/** Attacks on answers that are compressed: on what their length tells, and by what it costs to compress them. */
import { once } from 'node:events'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import { connect } from 'node:net'
import { addressOf } from '../../../../net/endpoint.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { begin } from '../../../proxy/forward/long-bodies.ts'
import { accessOf, addRoute, ask, cookieOf, foreignLink, ownPage, routeOf, seatOf } from '../../../proxy/world.ts'
import { attacks } from '../../table.ts'
import { startRawServer, startWire, type Wire } from '../wire.ts'

const gzip = { 'accept-encoding': 'gzip' }
const mebibyte = 1024 ** 2

describe('attack: compressed answers', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup)
  })

  /** Adds a server that answers with these headers and this body, or with the beginning of a longer one. Returns a page of it, and the headers for a seat there. */
  async function addServer(name: string, headers: string, body: string, length = body.length) {
    const path = `/user/${name}/demo/`
    const access = accessOf({ server: name, user: name, label: name.padStart(9, '0') })
    const answer = `HTTP/1.1 200 ${STATUS_CODES[200]}\r\ncontent-length: ${length}\r\n${headers}\r\n\r\n${body}`
    const server = await startRawServer(cleanup, answer)
    await addRoute(wire.proxy, routeOf(server, { path, access }))
    const cookie = cookieOf(seatOf({ server: name, user: name }), access)
    return { page: `${path}lab`, headers: { ...gzip, ...ownPage, cookie }, asked: () => server.connections.length }
  }

  const guesses: [string, number, Record<string, string>][] = [
    ['a link', 303, foreignLink],
    ['a frame', 303, { ...foreignLink, 'sec-fetch-dest': 'iframe' }],
    ['a link of a sister site', 303, { ...foreignLink, 'sec-fetch-site': 'same-site' }],
    ['an image', 403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a fetch', 403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  ]
  attacks([
    {
      name: 'has a learner’s browser ask with a guess from another site, and looks how long the answer is',
      rule: 'compression',
      attempt: async () => {
        const { page, headers, asked } = await addServer('guess', 'content-type: text/html', ' '.repeat(5000))
        const answers = await Promise.all(
          guesses.map(([, , how]) => ask(wire.url, `${page}?q=guess`, { headers: { ...headers, ...how } })),
        )
        const got = answers.map(({ status, headers: out }) => `${status} ${out['content-encoding'] ?? 'as it is'}`)
        return [...got, asked()]
      },
      expected: [...guesses.map(([, status]) => `${status} as it is`), 0],
    },
    {
      name: 'opens a thousand connections for pages that never end: few take memory for it',
      rule: 'compression',
      attempt: async () => {
        const { page, headers } = await addServer('many', 'content-type: text/html', ' '.repeat(5000), mebibyte)
        const at = addressOf(wire.url) as { host: string; port: number }
        const lines = Object.entries({ host: 'nb.test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
        const request = `GET ${page} HTTP/1.1\r\n${lines.join('')}\r\n`
        const heads = await Promise.all(
          Array.from({ length: 1000 }, async () => {
            const socket = connect(at).on('error', () => {})
            cleanup.defer(() => void socket.destroy())
            socket.write(request)
            const [first] = (await once(socket, 'data')) as [Buffer]
            socket.pause()
            return first.toString('latin1')
          }),
        )
        const compressed = heads.filter((head) => head.includes('content-encoding: gzip'))
        // Where there are two workers, one may have more connections than places at the server.
        return [heads.every((head) => /^HTTP\/1\.1 (200|503) /.test(head)), compressed.length]
      },
      expected: [true, 16],
    },
    {
      name: 'has its server send nothing but spaces, which take no time to reach the client: no more than its share',
      rule: 'compression',
      attempt: async () => {
        const { page, headers } = await addServer('bomb', 'content-type: text/html', ' '.repeat(30 * mebibyte))
        const answers = await Promise.all(
          Array.from({ length: 5 }, async () => {
            const request = begin(cleanup, wire.url, { path: page, headers })
            const [answer] = (await once(request.end(), 'response')) as [IncomingMessage]
            return answer.headers['content-encoding']
          }),
        )
        // Each of two workers has half of the share.
        return answers.filter((coding) => coding === 'gzip').length <= 2
      },
      expected: true,
    },
    {
      name: 'has its server call bytes compressed that are not: the client gets them as they came',
      rule: 'compression',
      attempt: async () => {
        const body = '\x01'.repeat(5000)
        const { page, headers } = await addServer('fake', 'content-type: text/html\r\ncontent-encoding: gzip', body)
        const answer = await ask(wire.url, page, { headers })
        return [answer.headers['content-encoding'], answer.body === body]
      },
      expected: ['gzip', true],
    },
  ])
})
