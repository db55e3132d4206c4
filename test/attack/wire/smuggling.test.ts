import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { addRoute, ask, ownPage, raw, routeOf, serversUrl } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, startRawServer, startWire, type Wire } from './wire.ts'

const path = '/user/ann/demo/api'
/** A request without a seat, so it must never arrive at a server as a request. */
const hidden = 'GET /user/ann/demo/hidden HTTP/1.1\r\nHost: nb.test\r\nX-Rest: '
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

const request = (method: string, lines: string[], body = '') => {
  const seat = [`cookie: ${annsSeat}`, 'sec-fetch-site: same-origin', 'sec-fetch-mode: cors']
  return `${method} ${path} HTTP/1.1\r\n${['host: nb.test', ...seat, ...lines].join('\r\n')}\r\n\r\n${body}`
}
const post = (lines: string[], body: string) => request('POST', lines, body)
const socket = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  `origin: ${serversUrl}`,
]

const length = `content-length: ${hidden.length}`
const messages: [string, string][] = [
  ['a length and chunks (CL.TE)', post([length, 'transfer-encoding: chunked'], `0\r\n\r\n${hidden}`)],
  [
    'chunks and a length (TE.CL)',
    post(['transfer-encoding: chunked', 'content-length: 4'], `${chunk(hidden)}0\r\n\r\n`),
  ],
  ['two lengths', post(['content-length: 0', length], hidden)],
  [
    'two lengths in different case (CVE-2026-1525)',
    post(['Content-Length: 0', `CONTENT-length: ${hidden.length}`], hidden),
  ],
  [
    'two equal lengths in different case (CVE-2026-1525)',
    post([`Content-Length: ${hidden.length}`, `content-LENGTH: ${hidden.length}`], hidden),
  ],
  ['a length behind a thousand headers', post([...Array<string>(1000).fill('a: b'), length], hidden)],
  [
    'an encoding behind a thousand headers',
    post([...Array<string>(1000).fill('a: b'), 'transfer-encoding: chunked'], `${chunk(hidden)}0\r\n\r\n`),
  ],
  ['two equal lengths in one line', post([`content-length: 0, ${hidden.length}`], hidden)],
  ['a length with a sign', post([`content-length: +${hidden.length}`], hidden)],
  ['a length in hex', post([`content-length: 0x${hidden.length.toString(16)}`], hidden)],
  ['a length with a blank before the colon', post([`content-length : ${hidden.length}`], hidden)],
  ['a length behind a folded line', post(['x-a: b', ` ${length}`, 'transfer-encoding: chunked'], `0\r\n\r\n${hidden}`)],
  ['a length that is too big for a number', post(['content-length: 18446744073709551616'], hidden)],
  ...[
    'xchunked',
    ' chunked',
    'chunked, identity',
    'identity, chunked',
    'gzip, chunked',
    'chunked\x0b',
    '\x0bchunked',
    '"chunked"',
    'chunked;q=1',
    'Chunked, chunked',
  ].map((encoding): [string, string] => [
    `an encoding like ${JSON.stringify(encoding)} (TE.TE)`,
    post([`transfer-encoding:${encoding}`, length], `0\r\n\r\n${hidden}`),
  ]),
  ['two encodings', post(['transfer-encoding: chunked', 'transfer-encoding: identity', length], `0\r\n\r\n${hidden}`)],
  ['an encoding with a blank before the colon', post(['transfer-encoding : chunked', length], `0\r\n\r\n${hidden}`)],
  ['an encoding behind a bare line feed', post(['x: y\ntransfer-encoding: chunked', length], `0\r\n\r\n${hidden}`)],
  [
    'an encoding behind a bare carriage return',
    post(['x: y\rtransfer-encoding: chunked', length], `0\r\n\r\n${hidden}`),
  ],
  ['an encoding with an underscore', post(['transfer_encoding: chunked', length], `0\r\n\r\n${hidden}`)],
  ['a head that ends with bare line feeds', post([length], hidden).replaceAll('\r\n', '\n')],
  ['chunks with extensions', post(['transfer-encoding: chunked'], `0;a="\r\n\r\n${hidden}"\r\n\r\n`)],
  [
    'chunks with a bare line feed after an extension',
    post(['transfer-encoding: chunked'], `2;\nxx\r\n4\r\nabcd\r\n0\r\n\r\n${hidden}`),
  ],
  ['chunks whose length has a sign', post(['transfer-encoding: chunked'], `-1\r\n${hidden}`)],
  ['chunks whose length is 0x0', post(['transfer-encoding: chunked'], `0x0\r\n\r\n${hidden}`)],
  ['chunks whose length runs over', post(['transfer-encoding: chunked'], `10000000000000000\r\n\r\n${hidden}`)],
  ['chunks that are too short', post(['transfer-encoding: chunked'], `3\r\nabcdef\r\n0\r\n\r\n${hidden}`)],
  [
    'trailers that frame',
    post(['transfer-encoding: chunked', 'trailer: content-length'], `0\r\n${length}\r\n\r\n${hidden}`),
  ],
  ['a body in GET', request('GET', [length], hidden)],
  ['a body in HEAD', request('HEAD', [length], hidden)],
  ['chunks in DELETE', request('DELETE', ['transfer-encoding: chunked'], `${chunk(hidden)}0\r\n\r\n`)],
  ['chunks in OPTIONS', request('OPTIONS', ['transfer-encoding: chunked'], `${chunk(hidden)}0\r\n\r\n`)],
  [
    'chunks in HTTP/1.0',
    post(['transfer-encoding: chunked', length], `0\r\n\r\n${hidden}`).replace('HTTP/1.1', 'HTTP/1.0'),
  ],
  ['a length that Connection names', post(['connection: content-length', length], hidden)],
  [
    'an encoding that Connection names',
    post(['connection: transfer-encoding', 'transfer-encoding: chunked'], `${chunk(hidden)}0\r\n\r\n`),
  ],
  ['Expect', post(['expect: 100-continue', length], hidden)],
  ['an unknown Expect', post(['expect: 200-ok', length], hidden)],
  ['a request behind the first one, without a seat', post(['content-length: 0'], `${hidden}\r\n\r\n`)],
  ['a line break in the path', post([length], hidden).replace(path, `${path}\r\nx: y`)],
  [
    'an encoded line break in the path',
    post(['content-length: 0'], '').replace(path, `${path}%0d%0a%0d%0aGET%20/user/ann/demo/hidden`),
  ],
  ['a blank in the path', post([length], hidden).replace(path, `${path} HTTP/1.1\r\nx: y`)],
  ['a WebSocket of an unknown version', request('GET', [...socket, 'sec-websocket-version: 777'], `${hidden}\r\n\r\n`)],
  ['a WebSocket with a body', request('GET', [...socket, 'sec-websocket-version: 13', length], hidden)],
  [
    'a WebSocket in chunks',
    request('GET', [...socket, 'sec-websocket-version: 13', 'transfer-encoding: chunked'], `0\r\n\r\n${hidden}`),
  ],
  ['a POST that wants to be a WebSocket', post([...socket, length], hidden)],
  [
    'another protocol',
    request(
      'GET',
      ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABk'],
      `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`,
    ),
  ],
  ['CONNECT', request('CONNECT', [], hidden)],
]

describe('attack: a second request inside the first', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  let asked: string[]

  /** Starts a server that reads as leniently as any server does, and keeps its connections. */
  async function startLenient(listener: (req: IncomingMessage) => void): Promise<string> {
    const server = createServer({ insecureHTTPParser: true, keepAliveTimeout: 60_000 }, (req, res) => {
      asked.push(req.url ?? '')
      listener(req)
      res.end(JSON.stringify({ url: req.url }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  let revision = 1
  const behind = async (url: string) => {
    revision += 1
    await addRoute(wire.proxy, routeOf({ url }, { revision }))
  }
  before(async () => {
    asked = []
    wire = await startWire(cleanup)
  })

  /**
   * Sends bytes. Returns whether the server took the hidden request for one, and which responses the next learner gets.
   */
  const send = async (bytes: string) => {
    asked.length = 0
    await raw(wire.url, bytes, /HTTP\/1\.1 [2-5]\d\d [\s\S]*\r\n\r\n/)
    const next = await Promise.all(
      ['x', 'y', 'z'].map((name) => ask(wire.url, `${path}/${name}`, { headers: { ...ownPage, cookie: annsSeat } })),
    )
    const answered = next.map(({ body }) => (JSON.parse(body) as { url?: string }).url?.replace(`${path}/`, ''))
    return { hidden: asked.some((url) => /hidden$/.test(url) && !url.includes('%')), next: answered.join('') }
  }

  for (const [kind, reads] of [
    ['that reads bodies', true],
    ['that answers early', false],
  ] as const) {
    describe(`to a server ${kind}`, () => {
      before(async () => behind(await startLenient((req) => void (reads && req.resume()))))
      attacks(
        messages.map(
          ([name, bytes]): Attack => ({
            name: `hides a request behind ${name}`,
            rule: 'framing of messages',
            attempt: () => send(bytes),
            expected: { hidden: false, next: 'xyz' },
          }),
        ),
      )
    })
  }

  describe('in the bytes that a server gets', () => {
    attacks([
      {
        name: 'asks for another protocol, with a bad chunk behind it: 400, and the proxy goes on',
        rule: 'boundary',
        async attempt() {
          const asking = post(['connection: upgrade', 'upgrade: h2c', 'transfer-encoding: chunked'], 'zz\r\n')
          const refused = (await raw(wire.url, asking)).slice(0, 12)
          const others = await ask(wire.url, `${path}/x`, { headers: { ...ownPage, cookie: annsSeat } })
          return [refused, others.status]
        },
        expected: ['HTTP/1.1 400', 200],
      },
      {
        name: 'is framed once, in one way, whatever the client wrote',
        rule: 'framing of messages',
        async attempt() {
          const server = await startRawServer(
            cleanup,
            'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
          )
          await behind(server.url)
          for (const [, bytes] of messages) await raw(wire.url, bytes, /HTTP\/1\.1 [2-5]\d\d [\s\S]*\r\n\r\n/)
          const heads = server.connections.map((bytes) => bytes.slice(0, bytes.indexOf('\r\n\r\n')))
          const odd = heads.filter((head) => (head.match(/^(content-length|transfer-encoding):/gim) ?? []).length > 1)
          const bare = heads.filter((head) =>
            /[^\r]\n|\r[^\n]|^[^:\r\n]*[\s_][^:\r\n]*:.*encoding/m.test(head.replace(/^.*\r\n/, '')),
          )
          return [heads.length > 5, odd, bare]
        },
        expected: [true, [], []],
      },
    ])
  })

  describe('from a server', () => {
    const answers: [string, string][] = [
      [
        'two answers at once',
        'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
      ],
      ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 4\r\n\r\nevil'],
      [
        'two lengths in different case (CVE-2026-1525)',
        'HTTP/1.1 200 OK\r\nContent-Length: 0\r\ncontent-LENGTH: 4\r\n\r\nevil',
      ],
      [
        'a length and chunks',
        'HTTP/1.1 200 OK\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n',
      ],
      [
        'a 101 without a request for an upgrade',
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
      ],
      [
        'a 204 with a body',
        'HTTP/1.1 204 No Content\r\ncontent-length: 50\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
      ],
      [
        'many early hints',
        `${'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(50)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`,
      ],
      ['no HTTP', 'evil\r\n\r\nevil'],
    ]
    attacks(
      answers.map(
        ([name, bytes]): Attack => ({
          name: `answers with ${name}: the next request gets none of it`,
          rule: 'framing of messages',
          async attempt() {
            const hostile = await startRawServer(cleanup, bytes)
            await behind(hostile.url)
            const seat = `host: nb.test\r\ncookie: ${annsSeat}\r\nsec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\n`
            const first = `GET ${path}/first HTTP/1.1\r\n${seat}\r\n`
            const second = `GET /user/bob/demo/x HTTP/1.1\r\n${seat}connection: close\r\n\r\n`
            const got = await raw(wire.url, first + second, /seat_missing/)
            const last = got.slice(got.lastIndexOf('HTTP/1.1 '))
            return [
              /seat_missing/.test(last) || last.length < got.length || /HTTP\/1\.1 50[23]/.test(got),
              /evil/.test(last),
            ]
          },
          expected: [true, false],
        }),
      ),
    )
  })
})
