import { serverToken } from '../../../seats/keys.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { keys, raw, serversUrl } from '../../proxy/world.ts'
import type { Rule } from '../rules.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, bobsSeat, startWire, type Wire } from './wire.ts'

const lab = '/user/ann/demo/lab'
const own = `origin: ${serversUrl}`
const seat = `cookie: ${annsSeat}`
const serversOwn = `token ${serverToken(keys.all[0], 's1', 1)}`
const upgrading = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
]

interface Form {
  method?: string
  target: string
  host?: string
  lines: string[]
}

describe('attack: requests that are refused, sent in another form', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup)
  })

  /** Sends a request. Returns `refused`, or the status and the number of requests that arrived behind the proxy. */
  const ask = async ({ method = 'GET', target, host = 'nb.test', lines }: Form): Promise<string> => {
    const heard = () => [wire.hub, wire.ann, wire.bob].reduce((count, { requests }) => count + requests.length, 0)
    const before = heard()
    const head = [`${method} ${target} HTTP/1.1`, `host: ${host}`, ...lines]
    const got = await raw(wire.url, `${head.join('\r\n')}\r\n\r\n`, /\r\n\r\n/)
    const status = /^HTTP\/1\.1 (\d+)/.exec(got)?.[1] ?? 'cut'
    const isRefused = /^(cut|204|303|4\d\d|503)$/.test(status) && heard() === before
    return isRefused ? 'refused' : `${status}, ${heard() - before} reached`
  }

  const doors = [
    'terminals/websocket/1',
    'terminal/ws',
    'proxy/8888/',
    'proxy/absolute/8888/ws',
    'proxy/evil.example:80/',
    'api/kernels/x/channels',
    'api/events/subscribe',
    'lsp/ws/pylsp',
    'vscode/stable-1?reconnectionToken=x',
    '',
    '/terminals/websocket/1',
    'Terminals/WebSocket/1',
    'terminals%2fwebsocket%2f1',
    '%74erminals/websocket/1',
    'terminals/./websocket/1',
    'x/../terminals/websocket/1',
    'x/..%2fterminals/websocket/1',
    'x\\..\\terminals/websocket/1',
    ';x/terminals/websocket/1',
    `terminals/websocket/1?token=${serversOwn.slice('token '.length)}`,
  ]
  const visitors: [string, string[]][] = [
    ['without a seat', []],
    ["with another server's seat", [`cookie: ${bobsSeat}`]],
    ["with the server's own token", [`authorization: ${serversOwn}`]],
  ]
  attacks(
    doors.flatMap((door) =>
      visitors.map(
        ([who, lines]): Attack => ({
          name: `opens a WebSocket ${who} at …/${door.replace(/=carrel.*/, '=…')} (CVE-2024-28179, CVE-2026-39987)`,
          rule: 'row 4',
          attempt: () => ask({ target: `/user/ann/demo/${door}`, lines: [...lines, own, ...upgrading] }),
          expected: 'refused',
        }),
      ),
    ),
  )

  attacks([
    {
      name: 'opens a WebSocket with a seat, from the own page: this one is let in',
      rule: 'row 4',
      attempt: () => ask({ target: '/user/ann/demo/terminals/websocket/1', lines: [seat, own, ...upgrading] }),
      expected: '101, 1 reached',
    },
  ])

  /** Requests that are refused in their plain form. */
  const refusals: [Rule, string, Omit<Form, 'lines'> & { lines?: string[] }][] = [
    ['hosts', 'of an unknown host', { target: lab, host: 'evil.example', lines: [seat, own] }],
    ['hosts', 'of two hosts', { target: lab, lines: ['host: hub.test', seat, own] }],
    ['row 1', 'of a path that is unclear', { target: '/user/ann/demo/x/../lab', lines: [seat, own] }],
    ['row 1', 'of a path with an escaped slash', { target: '/user/ann%2fdemo/lab', lines: [seat, own] }],
    ['row 2a', "with the server's own token", { target: lab, lines: [`authorization: ${serversOwn}`, own] }],
    ['row 2b', 'with an unknown token', { target: lab, lines: [seat, own, 'authorization: token x'] }],
    ['row 2c', 'of a service worker', { target: lab, lines: [seat, own, 'service-worker: script'] }],
    [
      'row 3',
      'that is a preflight',
      { method: 'OPTIONS', target: lab, lines: ['origin: https://evil.example', 'access-control-request-method: PUT'] },
    ],
    ['row 4', 'without a seat', { target: lab, lines: [own] }],
    ['row 4', "with another server's seat", { target: lab, lines: [`cookie: ${bobsSeat}`, own] }],
    ['row 5c', 'of no page', { target: lab, lines: [seat, 'sec-fetch-site: none', 'sec-fetch-mode: cors'] }],
    [
      'row 5d',
      'of another site',
      { target: lab, lines: [seat, 'sec-fetch-site: cross-site', 'sec-fetch-mode: no-cors'] },
    ],
    ['row 5e', 'of an old browser at another site', { target: lab, lines: [seat, 'origin: https://evil.example'] }],
    ['tickets', 'for a seat, without a ticket', { target: '/_carrel/seat', lines: [own] }],
    ['paths', 'of a server that is not running', { target: '/user/eve/demo/lab', lines: [seat, own] }],
  ]
  const forms: [string, (form: Form) => Form][] = [
    ['as it is', (form) => form],
    ['as a WebSocket', (form) => ({ ...form, lines: [...form.lines, ...upgrading] })],
    ['with an absolute target', absolute],
    ['as a WebSocket with an absolute target', (form) => absolute({ ...form, lines: [...form.lines, ...upgrading] })],
    ['with a target at another host', (form) => ({ ...form, target: `http://hub.test${form.target}` })],
    ['by CONNECT', (form) => ({ ...form, method: 'CONNECT' })],
    ['by CONNECT to the host', (form) => ({ ...form, method: 'CONNECT', target: `${form.host ?? 'nb.test'}:80` })],
    ['as another protocol', (form) => ({ ...form, lines: [...form.lines, 'connection: Upgrade', 'upgrade: h2c'] })],
    [
      'as a WebSocket by POST',
      (form) => ({ ...form, method: 'POST', lines: [...form.lines, ...upgrading, 'content-length: 0'] }),
    ],
  ]
  attacks(
    refusals.flatMap(([rule, what, { lines = [], ...form }]) =>
      forms.map(
        ([how, made]): Attack => ({
          name: `sends a request ${what}, ${how} (CVE-2026-44578)`,
          rule,
          attempt: () => ask(made({ ...form, lines })),
          expected: 'refused',
        }),
      ),
    ),
  )
})

function absolute(form: Form): Form {
  return { ...form, target: `http://${form.host ?? 'nb.test'}${form.target}` }
}
