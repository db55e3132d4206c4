/** Attacks by messages that cost the proxy much processor time of its own thread. */
import { connect } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import { dataFrameWatch } from '../../../proxy/forward/data-frames.ts'
import { fromServerHeaders } from '../../../proxy/forward/headers-out.ts'
import { endToEnd } from '../../../proxy/forward/hop-by-hop.ts'
import { clientBehind } from '../../../proxy/listen/trusted-proxies.ts'
import { cookieValues } from '../../../seats/cookie.ts'
import { bearerToken, explicitTokens } from '../../../seats/explicit-token.ts'
import { loggedPath } from '../../../seats/logged-path.ts'
import { decodedPath, hasDotSegment, queryTokens, withoutToken } from '../../../seats/spelling.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { type ProxyThread, startProxyThread } from '../../proxy/proxy-thread.ts'
import { addRoute, routeOf, startBackend, startFakeHub } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, startRawServer } from './wire.ts'

const limit = 20
const headBytes = 31_000
const answerBytes = 15_500
const [lab, behindRaw] = ['/user/ann/demo/lab', '/user/ann/raw/x']

/** Repeats a text up to the length of a head. */
const full = (text: string, bytes = headBytes) => text.repeat(Math.floor(bytes / text.length))
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `${line(index)}\r\n`).join('')

/** Measures the cost of one go: the mean of ten, and of up to five such means the least, as other programs only add. */
async function costOf(clock: () => Promise<number> | number, go: () => Promise<unknown> | unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let times = 0; times < 5 && least >= limit; times += 1) {
    const before = await clock()
    for (let goes = 0; goes < 10; goes += 1) await go()
    least = Math.min(least, ((await clock()) - before) / 10)
  }
  return least
}

const said = (milliseconds: number) => (milliseconds < limit ? 'cheap' : `${milliseconds.toFixed(1)} ms`)

describe('attack: messages that cost much, at a proxy', () => {
  const cleanup = cleanupAfterAll()
  let proxy: ProxyThread
  let answer = ''
  before(async () => {
    const hub = await startFakeHub(cleanup)
    const server = await startBackend(cleanup)
    const hostile = await startRawServer(cleanup, (_bytes, socket) => socket.write(answer, 'latin1'))
    proxy = await startProxyThread(cleanup, { hubs: [hub.url], trustedProxies: ['127.0.0.1'] })
    await addRoute(proxy, routeOf(server))
    await addRoute(proxy, routeOf(hostile, { path: '/user/ann/raw/' }))
  })

  /** Sends the bytes and waits for the end of the connection. */
  const send = async (bytes: string) => {
    const socket = connect(addressOf(proxy.urls[0]) as { host: string; port: number })
    socket.on('error', () => {}).resume()
    socket.write(bytes, 'latin1')
    await new Promise((resolve) => socket.once('close', resolve))
  }
  const attack = (name: string, bytes: string): Attack => ({
    name: `sends ${name}: it costs the proxy less than 20 ms`,
    rule: 'cost',
    attempt: async () => said(await costOf(proxy.cpu, () => send(bytes))),
    expected: 'cheap',
  })

  const seat = `cookie: ${annsSeat}\r\n`
  const own = 'sec-fetch-site: same-origin\r\n'
  const page = 'accept: text/html\r\n'
  const request = (path: string, headers: string, host = 'nb.test') =>
    `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}connection: close\r\n\r\n`
  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: nb.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`

  const queries = ['%&', '&', 'token&', 'token=%&', '%74oken=a%E0&', '+', '=&'].map(
    (text) => [text, `?${full(text)}`] as const,
  )
  const paths = ['/', '/.', '../../', 'a/', '%41', '%2f', '%ff', '\\']
  attacks([
    ...queries.flatMap(([text, query]) => [
      attack(`a query full of ${text}, without a seat`, request(lab + query, page)),
      attack(`a query full of ${text}, with a seat`, request(lab + query, seat + own)),
      attack(`a query full of ${text}, to a server that is not there`, request(`/user/eve/${query}`, page)),
      attack(`a query full of ${text}, to a server under the hub’s host`, request(lab + query, page, 'hub.test')),
      attack(`a query full of ${text}, for a WebSocket`, upgrade(lab + query)),
      attack(`a query full of ${text}, for a landing`, request(`/user/ann/demo/_carrel/seated${query}`, seat)),
    ]),
    ...paths.flatMap((text) => [
      attack(`a path full of ${text}`, request(`/user/ann/demo/${full(text)}`, seat + own)),
      attack(`a path full of ${text}, that leads nowhere`, request(`/${full(text)}`, page)),
    ]),
    attack('a path for a forward proxy', request(`http://nb.test${full('/')}`, seat + own)),
    attack('2000 headers', request(lab, seat + own + lines(2000, (index) => `x${index}: 1`))),
    attack('one header 3500 times', request(lab, seat + own + lines(3500, () => 'x: 1'))),
    attack('1900 Cookies', request(lab, seat + own + lines(1900, () => 'cookie: a=1'))),
    attack('1000 Authorizations', request(lab, seat + own + lines(1000, (index) => `authorization: token ${index}`))),
    attack('2000 Hosts', request(lab, seat + own + lines(2000, () => 'host: a'))),
    attack('a Host full of dots', request(lab, seat + own, full('a.'))),
    ...[full('x0,', 20_000), full(',', 20_000), full(', ', 20_000)].map((names) =>
      attack(
        `a Connection full of ${names.slice(0, 3)}, and 900 headers`,
        request(lab, `${seat}${own}connection: ${names}\r\n${lines(900, (index) => `x${index}: 1`)}`),
      ),
    ),
    ...[';', ' ;', '=;', 'a=b;', 'seat-label0001=;', 'seat-label0001=v1.k1.a.a;', 'seat=;'].map((text) =>
      attack(`a Cookie full of ${text}`, request(lab, `${own}cookie: ${full(text, 30_000)}\r\n`)),
    ),
    ...['127.0.0.1,', '::ffff:127.0.0.1,', '[::1]:1,', ',', '[', '%'].map((text) =>
      attack(
        `an X-Forwarded-For full of ${text}`,
        request(lab, `${seat}${own}x-forwarded-for: ${full(text)}127.0.0.1\r\n`),
      ),
    ),
    ...['accept', 'authorization', 'content-type', 'forwarded', 'origin', 'range', 'referer', 'te', 'upgrade'].flatMap(
      (name) =>
        [',', '"', 'token ', 'http://nb.test/'].map((text) =>
          attack(`${name} full of ${text}`, request(lab, `${seat}${name}: ${full(text)}\r\n`)),
        ),
    ),
  ])

  attacks(
    [',', ' ', 'gzip;q=0,', 'gzip;', 'gzip ;q=1 ', '*', 'a,', 'q=0.1;'].map((text): Attack => {
      const head = request(behindRaw, `${seat}${own}accept-encoding: ${full(text, 30_000)}x\r\n`)
      return {
        ...attack(`an Accept-Encoding full of ${text}`, head),
        attempt: async () => {
          answer = `HTTP/1.1 200 OK\r\ncontent-length: 2000\r\ncontent-type: text/html\r\n\r\n${' '.repeat(2000)}`
          return said(await costOf(proxy.cpu, () => send(head)))
        },
      }
    }),
  )

  const answered = (name: string, headers: string): Attack => ({
    name: `answers with ${name}: it costs the proxy less than 20 ms`,
    rule: 'cost',
    attempt: async () => {
      answer = `HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n${headers}\r\n${' '.repeat(2000)}`
      return said(await costOf(proxy.cpu, () => send(request(behindRaw, seat + own))))
    },
    expected: 'cheap',
  })
  const crumbs = `transfer-encoding: chunked\r\nconnection: close\r\n\r\n${full('1\r\nx\r\n', 2 ** 20)}0\r\n\r\n`
  attacks(
    [
      ['to a server', `POST ${lab} HTTP/1.1\r\nhost: nb.test\r\n${seat}${own}`],
      ['to a server without a seat', `POST ${lab} HTTP/1.1\r\nhost: nb.test\r\n`],
      ['to the hub', 'POST /hub/launches HTTP/1.1\r\nhost: hub.test\r\n'],
    ].map(([where, head]) => attack(`1 MiB in chunks of one byte ${where}`, `${head}${crumbs}`)),
  )

  const lists: [string, string[]][] = [
    ['set-cookie', ['a=b;', ';', '; ', 'path=/;', ' ', ',']],
    ['content-security-policy', [',', ';', ' ,', 'a,', 'frame-ancestors,', 'frame-ancestors;']],
    ['cache-control', [',', ' ,', 'no-store,', 'public,']],
    ['connection', [',', 'a,']],
    ['vary', [',', ' ', 'accept-encodin,']],
    ['content-type', [' ', 'text/', ';', '+json']],
    ['content-disposition', [' ', 'attachment']],
    ['etag', ['"']],
    ['keep-alive', ['timeout=1,']],
  ]
  attacks([
    ...lists.flatMap(([name, texts]) =>
      texts.map((text) => answered(`${name} full of ${text}`, `${name}: a=b;${full(text, answerBytes)}\r\n`)),
    ),
    answered(
      '950 Set-Cookies',
      lines(950, () => 'set-cookie:a=b'),
    ),
    answered(
      '1700 headers',
      lines(1700, (index) => `x${index}:1`),
    ),
    answered(
      '500 policies',
      lines(500, () => 'content-security-policy:a'),
    ),
    {
      name: 'answers with five thousand interim answers first: it costs the proxy less than 20 ms',
      rule: 'cost',
      attempt: async () => {
        answer = `${'HTTP/1.1 100 C\r\n\r\n'.repeat(5000)}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`
        return said(await costOf(proxy.cpu, () => send(request(behindRaw, seat + own))))
      },
      expected: 'cheap',
    },
  ])
})

describe('attack: what the proxy reads, by itself', () => {
  const clock = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  /** Five times the length of a server's response, to see early which cost grows too fast. */
  const manyBytes = 80_000
  const pages = { path: '/user/ann/demo/', hubUrl: 'http://hub.test', ancestors: [], cors: [], framed: true }
  const clientOf = clientBehind(['10.0.0.0/8'])
  const frames = (...frame: number[]) =>
    Buffer.concat(Array<Buffer>(Math.floor(2 ** 20 / frame.length)).fill(Buffer.from(frame)))
  const answer = (name: string, value: string | string[]) => () =>
    fromServerHeaders({ [name]: value }, pages, undefined)

  const table: [string, (text: string) => unknown, string[]][] = [
    [
      'a query',
      (text) => [withoutToken(`/?${text}`), queryTokens(`/?${text}`), explicitTokens([], `/?${text}`, true)],
      ['%&', '&', 'token=%&', 'token=%E0&', '%74oken&', '%74', '%6'],
    ],
    [
      'a path',
      (text) => [hasDotSegment(decodedPath(`/${text}`) ?? text), loggedPath(`/${text}`)],
      ['/', '../', '../../', '\\', '%2f', '%', '/launches/', '/user/lms', '/users/lms~3a', '/ipythonExercice/'],
    ],
    ['cookies', (text) => cookieValues(text, 'seat'), ['seat=;', 'seat=', ' seat=', ' ', ';', 'seat;']],
    ['a list of proxies', (text) => clientOf('10.0.0.1', text), [',', '10.0.0.1,', '::ffff:10.0.0.1,', '[', '%', ':']],
    [
      'credentials',
      (text) => [bearerToken(`token ${text}`), bearerToken(`token${text}\n.`)],
      [' ', '\t', '\n', 'token '],
    ],
    [
      'names of a connection',
      (text) => endToEnd({ connection: text, ...Object.fromEntries(Array.from({ length: 900 }, (_, i) => [i, 'x'])) }),
      [',', 'a,', ' ', ', '],
    ],
    ['a cookie of a server', (text) => answer('set-cookie', [`a=b;${text}`])(), [';', '; ', ' ', 'path=/;', 'domain;']],
    ['cookies of a server', (text) => answer('set-cookie', text.split(','))(), ['a=b,', 'seat-x=,', ';,']],
    [
      'policies of a server',
      // Each policy is a new one, because the proxy keeps its results for the last policies.
      (text) => answer('content-security-policy', `${text}${Math.random()}`)(),
      [',', ';', ' ', ' ,', ' ;', 'a,', 'frame-ancestors;', 'frame-ancestors,'],
    ],
    ['a server’s word to caches', (text) => answer('cache-control', text)(), [',', ' ,', ' ', 'public,', 's-maxage']],
  ]
  attacks([
    ...table.flatMap(([what, read, texts]) =>
      texts.map(
        (text): Attack => ({
          name: `fills ${what} with ${JSON.stringify(text)}: it is read in less than 20 ms`,
          rule: 'cost',
          attempt: async () => said(await costOf(clock, () => read(full(text, manyBytes)))),
          expected: 'cheap',
        }),
      ),
    ),
    ...[[0x89, 0], [0x81, 0], [0x81, 0x80, 0, 0, 0, 0], [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0]].map(
      (frame): Attack => ({
        name: `fills 1 MiB of a WebSocket with frames of ${frame.length} bytes: it is read in less than 20 ms`,
        rule: 'cost',
        attempt: async () => {
          const bytes = frames(...frame)
          return said(await costOf(clock, () => dataFrameWatch(() => {})(bytes)))
        },
        expected: 'cheap',
      }),
    ),
  ])
})
