/** Makes requests and upgrades that a client sends to the proxy's public listener. */
import { mark } from '../exchange.ts'
import { placeholder } from '../placeholders.ts'
import type { Random } from '../random.ts'
import { type Message, withBody } from './message.ts'

/** A landing in its right form but without a valid signature, to an empty path and until the year 1970. */
const unsigned = `v1.k1.WyIiLDFd.${'A'.repeat(43)}`

/** Makes a request for a server, the proxy's own addresses, or a foreign route. Requests to the hub are in hub.ts. */
export function serverRequest(random: Random, number: number): Message {
  const here = mark(number)
  const target = random.weighted([
    [8, `${placeholder('path')}api/${here}`],
    [2, `${placeholder('path')}lab/tree/${here}.ipynb`],
    [2, `${placeholder('other path')}${here}`],
    [2, `/user/nobody/demo/${here}`],
    [2, `/user/nobody/demo/`],
    [
      1,
      `${placeholder('path')}_carrel/${random.pick(['seated', 'again'])}?to=${random.pick(['x', 'a.b.c', unsigned, '%2Fx', placeholder('ticket')])}`,
    ],
    [1, `${placeholder('path')}_carrel/${here}`],
    [
      2,
      `${placeholder('path')}_carrel/desk/${random.pick(['lab/tree/', 'api/state', 'api/offer?path=', '//', '_carrel/', '%2f'])}${here}`,
    ],
    [
      1,
      random.pick([
        `/_carrel/strip/${'a'.repeat(16)}/desk.js`,
        `/_carrel/strip/${here}`,
        `/_carrel/leave?to=/hub/${here}`,
      ]),
    ],
    [2, '/_carrel/seat'],
    [1, '/_carrel/health'],
    [2, `/plain/${here}`],
    [1, `http://${placeholder('servers host')}${placeholder('path')}${here}`],
    [
      1,
      random.pick([
        '*',
        '/',
        '//',
        '/../',
        '/%2e%2e/',
        `/user/%2e%2e/${here}`,
        'x',
        '',
        `${placeholder('path')}%zz${here}`,
      ]),
    ],
  ])
  const ends = random.weighted([
    [6, ''],
    [1, '?a=b&c=d'],
    [
      1,
      `?token=${random.pick([placeholder('user token'), placeholder('server token'), placeholder('forged token'), '', 'x'])}`,
    ],
    [1, `?to%6ben=x&a=%ff`],
    [1, '?'],
  ])
  const method = methods(random)
  const message: Message = {
    first: [
      method,
      target + ends,
      random.weighted([
        [14, 'HTTP/1.1'],
        [2, 'HTTP/1.0'],
        [1, 'HTTP/1.9'],
        [1, 'HTTP/2.0'],
      ]),
    ],
    headers: [
      ...hosts(random, placeholder('servers host')),
      ...random.weighted<[string, string][]>([
        [7, [['cookie', `a=b; ${placeholder('seat')}`]]],
        [1, [['cookie', placeholder('forged seat')]]],
        [1, [['cookie', `${placeholder('seat')}; ${placeholder('forged seat')}`]]],
        [3, []],
      ]),
      ...browser(random, placeholder('servers url')),
      ...credentials(random),
      ...extras(random),
    ],
    body: '',
  }
  if (target === '/_carrel/seat' && random.chance(0.7)) return ticket(random, message)
  const hasBody = !['GET', 'HEAD'].includes(method) || random.chance(0.04)
  return hasBody
    ? withBody(
        random,
        message,
        random.weighted([
          [5, '{"x":1}'],
          [2, ''],
          [1, random.bytes(random.int(900))],
        ]),
      )
    : message
}

/** Makes a request that reaches the learner's server. */
export function soundRequest(random: Random, number: number): Message {
  const message: Message = {
    first: [
      random.weighted([
        [8, 'GET'],
        [1, 'HEAD'],
        [2, 'POST'],
        [1, 'DELETE'],
      ]),
      `${placeholder('path')}api/${mark(number)}`,
      'HTTP/1.1',
    ],
    headers: [
      ['host', placeholder('servers host')],
      ['cookie', placeholder('seat')],
      ...sec('same-origin', 'cors', 'empty'),
    ],
    body: '',
  }
  return message.first[0] === 'POST' ? withBody(random, message, '{"x":1}') : message
}

function ticket(random: Random, message: Message): Message {
  const form = random.pick([
    `ticket=${placeholder('ticket')}`,
    'ticket=x',
    `ticket=${'A'.repeat(43)}`,
    'a=b',
    '%',
    'ticket=x&ticket=y',
  ])
  const kept = message.headers.filter(([name]) => name !== 'origin')
  const headers: Message['headers'] = [
    ...kept,
    ['origin', random.pick([placeholder('hub url'), placeholder('hub url'), 'null'])],
    [
      'content-type',
      random.pick(['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded;;', 'text/plain']),
    ],
  ]
  return withBody(random, { ...message, first: ['POST', message.first[1], message.first[2]], headers }, form)
}

export function methods(random: Random): string {
  return random.weighted([
    [10, 'GET'],
    [4, 'POST'],
    [1, 'HEAD'],
    [1, 'PUT'],
    [1, 'PATCH'],
    [1, 'DELETE'],
    [1, 'OPTIONS'],
    [1, random.pick(['TRACE', 'CONNECT', 'PROPFIND', 'get', 'QUERY', 'M-SEARCH', 'PRI', 'SOURCE'])],
  ])
}

export function hosts(random: Random, usual: string): [string, string][] {
  return random.weighted<[string, string][]>([
    [14, [['host', usual]]],
    [1, [['host', `${usual}:80`]]],
    [
      1,
      [
        [
          'host',
          random.pick(['evil.test', '', '127.0.0.1', '[::1]', 'x'.repeat(300), usual.toUpperCase(), `${usual}.`]),
        ],
      ],
    ],
    [1, []],
    [
      1,
      [
        ['host', usual],
        ['host', 'evil.test'],
      ],
    ],
  ])
}

/** Makes headers by which browsers tell where a request comes from, or which other programs make up. */
export function browser(random: Random, own: string): [string, string][] {
  return random.weighted<[string, string][]>([
    [6, sec('same-origin', 'cors', 'empty')],
    [2, [...sec('same-origin', 'cors', 'empty'), ['origin', own]]],
    [3, sec('none', 'navigate', 'document')],
    [
      2,
      [
        ...sec('cross-site', 'navigate', random.pick(['iframe', 'document', 'embed'])),
        ['referer', 'https://evil.test/x'],
      ],
    ],
    [1, sec('cross-site', 'no-cors', random.pick(['script', 'image', 'serviceworker']))],
    [
      1,
      [
        ['origin', 'null'],
        ['accept', 'text/html'],
      ],
    ],
    [2, []],
  ])
}

const sec = (site: string, mode: string, dest: string): [string, string][] => [
  ['sec-fetch-site', site],
  ['sec-fetch-mode', mode],
  ['sec-fetch-dest', dest],
]

function credentials(random: Random): [string, string][] {
  return random.weighted<[string, string][]>([
    [12, []],
    [1, [['authorization', `token ${placeholder('user token')}`]]],
    [1, [['authorization', `Bearer ${placeholder('forged token')}`]]],
    [1, [['authorization', `token ${placeholder('server token')}`]]],
    [
      1,
      [
        ['authorization', `token ${placeholder('user token')}`],
        ['authorization', `token ${placeholder('forged token')}`],
      ],
    ],
    [1, [['authorization', random.pick(['', 'token', 'Basic eDp5', 'token  ', 'bearer \x80'])]]],
  ])
}

const extra: readonly [[string, string], ...[string, string][]] = [
  ['accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ['accept', '*/*'],
  ['accept', 'text/html;q="'],
  ['accept-encoding', 'gzip, br;q=x'],
  ['connection', 'close'],
  ['connection', 'keep-alive'],
  ['connection', 'cookie, host, sec-fetch-site'],
  ['connection', 'upgrade'],
  ['upgrade', 'h2c'],
  ['expect', '100-continue'],
  ['expect', 'x'],
  ['x-forwarded-for', '10.0.0.1, 127.0.0.1'],
  ['x-forwarded-proto', 'https'],
  ['forwarded', 'for="[::1]:x";host=a'],
  ['x-carrel-proxy-auth', 'x'],
  ['range', 'bytes=0-,-1'],
  ['te', 'trailers'],
  ['if-none-match', '"x'],
  ['service-worker', 'script'],
  ['sec-purpose', 'prefetch'],
  ['access-control-request-method', 'PUT'],
  ['origin', 'https://evil.test'],
  ['cookie', 'carrel=; carrel-first=; =x; ;;'],
  ['__proto__', 'x'],
]

export function extras(random: Random): [string, string][] {
  return random.times(0, 3, () => random.pick(extra))
}

/** Turns a request into an upgrade: a sound one, or one that only looks like one. */
export function asUpgrade(random: Random, message: Message): Message {
  const [, target, version] = message.first
  const kept = message.headers.filter(
    ([name]) => !['content-length', 'transfer-encoding', 'connection', 'upgrade', 'origin'].includes(name),
  )
  const origin = random.weighted<[string, string][]>([
    [6, [['origin', placeholder('servers url')]]],
    [1, [['origin', 'https://evil.test']]],
    [1, []],
  ])
  const key = random.weighted([
    [8, 'dGhlIHNhbXBsZSBub25jZQ=='],
    [1, 'x'],
    [1, ''],
  ])
  return {
    first: [
      random.weighted([
        [12, 'GET'],
        [1, 'POST'],
      ]),
      target,
      version,
    ],
    headers: [
      ...kept,
      ...origin,
      [
        'connection',
        random.weighted([
          [8, 'Upgrade'],
          [1, 'keep-alive, Upgrade'],
          [1, 'close'],
        ]),
      ],
      [
        'upgrade',
        random.weighted([
          [10, 'websocket'],
          [1, 'WebSocket, h2c'],
          [1, 'h2c'],
        ]),
      ],
      ['sec-websocket-key', key],
      [
        'sec-websocket-version',
        random.weighted([
          [10, '13'],
          [1, '8'],
          [1, '777'],
        ]),
      ],
    ],
    body: '',
  }
}
