import { serverToken } from '../../../seats/keys.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { foreignLink, hubUrl, keys, openWebSocket, outcome, ownPage, serversUrl } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, bobsSeat, knock, seenBy, startWire, type Wire } from './wire.ts'

const lab = '/user/ann/demo/lab'
const kernels = '/user/ann/demo/api/kernels'
const evil = 'https://evil.example'
const form = { 'content-type': 'text/plain' }
const open = (path: string) => `303 to ${hubUrl}/hub/open?to=${encodeURIComponent(path)}`

describe('attack: a network client at the door of a server', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup)
  })

  const upgrade = async (headers: Record<string, string>, path = `${kernels}/1/channels`) => {
    const socket = openWebSocket(wire.url, path, { cookie: annsSeat, ...headers })
    const came = await outcome(socket)
    socket.terminate()
    return came
  }
  const from = (site: string, mode: string, dest: string) => ({
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': dest,
  })
  /** Headers of an old browser, which sends no `Sec-Fetch-*`. */
  const old = { 'sec-fetch-site': [], 'sec-fetch-mode': [], 'sec-fetch-dest': [] }

  const rows: Attack[] = [
    ...[
      '/user/bob/demo/lab',
      '/user/bob/demo/api/kernels?x=/user/ann/demo/',
      '/user/bob/demo//user/ann/demo/',
      '/user/bob/demo',
    ].map(
      (path): Attack => ({
        name: `asks for another user's server: ${path}`,
        rule: 'row 4',
        attempt: () => knock(wire, path, { headers: { cookie: `${annsSeat}; ${bobsSeat.replace(/.{4}$/, 'AAAA')}` } }),
        expected: '403 seat_invalid',
      }),
    ),
    ...[
      '/user/ann/demo/../../bob/demo/lab',
      '/user/ann/demo/..%2f..%2fbob/demo/lab',
      '/user/ann/demo/%2e%2e/%2e%2e/bob/demo/lab',
      '/user/ann/demo/.%2e/lab',
      '/user/ann/demo/..%5c..%5cbob%5cdemo%5clab',
      '/user/ann/demo/..\\..\\bob\\demo\\lab',
      '/user/ann/demo/./lab',
      '/user/ann/demo/lab/..',
      '/user/ann%2fdemo/lab',
      '/user/ann%5cdemo/lab',
      '/user/%61nn/demo/lab',
      '/user/ann/demo%00/lab',
      '/user/ann/demo/%',
      '/user/ann/demo/%c0%ae%c0%ae/lab',
    ].map(
      (path): Attack => ({
        name: `spells a path so that programs differ about it: ${path}`,
        rule: 'row 1',
        attempt: async () => (await knock(wire, path)).replace(/^(400|403|424) .*/, 'refused'),
        expected: 'refused',
      }),
    ),
    ...['/user/ann/demo/..;/..;/bob/demo/lab', '/user/ann/demo/%252e%252e/lab', '/user/ann/demo/lab;a=/../x'].map(
      (path): Attack => ({
        name: `hopes that a program behind the proxy decodes again: ${path}`,
        rule: 'paths',
        attempt: async () => {
          const came = await knock(wire, path)
          // Only her own server may get the path, byte for byte.
          return came === '200 reached her own server' && wire.ann.requests.at(-1)?.url === path ? 'her own' : came
        },
        expected: path.includes('/../') ? '400 path_unclear' : 'her own',
      }),
    ),
    ...[
      'hub.test@nb.test',
      'nb.test.evil.example',
      'evil.example',
      'nb.test.',
      'nb.test:8080',
      'x.nb.test',
      '[nb.test]',
    ].map(
      (host): Attack => ({
        name: `gives the host as ${host}`,
        rule: 'hosts',
        attempt: () => knock(wire, lab, { host }),
        expected: '421 host_wrong',
      }),
    ),
    {
      name: "asks for a server's path under the hub's host, with the seat",
      rule: 'hosts',
      attempt: () => knock(wire, lab, { host: 'hub.test' }),
      expected: '200 reached the hub',
    },
    {
      name: "shows the server's own token, which its pages tell, without a seat",
      rule: 'row 2a',
      attempt: () =>
        knock(wire, kernels, {
          method: 'POST',
          headers: { cookie: '', authorization: `token ${serverToken(keys.all[0], 's1', 1)}` },
        }),
      expected: '403 seat_missing',
    },
    {
      name: "shows the server's own token in the query, without a seat",
      rule: 'row 2a',
      attempt: () =>
        knock(wire, `${kernels}?token=${serverToken(keys.all[0], 's1', 1)}`, {
          method: 'POST',
          headers: { cookie: '' },
        }),
      expected: '403 seat_missing',
    },
    {
      name: "opens a WebSocket with the server's own token and no seat",
      rule: 'row 2a',
      attempt: () =>
        upgrade({ cookie: '', origin: serversUrl }, `${kernels}?token=${serverToken(keys.all[0], 's1', 1)}`),
      expected: 403,
    },
    ...['token x', 'Bearer x', 'TOKEN  x', 'token carrel-x', 'bearer'].map(
      (authorization): Attack => ({
        name: `shows an unknown token, with a seat: ${authorization}`,
        rule: 'row 2b',
        attempt: async () => (await knock(wire, kernels, { headers: { authorization } })).replace(/ token_.*/, ''),
        expected: '403',
      }),
    ),
    {
      name: 'shows an unknown token as it opens a WebSocket',
      rule: 'row 2b',
      attempt: () => upgrade({ origin: serversUrl }, `${kernels}/1/channels?token=x`),
      expected: 403,
    },
    ...[
      'https://evil.example',
      'null',
      hubUrl,
      `${serversUrl}.evil.example`,
      'http://nb.test:8080',
      'https://nb.test',
    ].map(
      (origin): Attack => ({
        name: `preflights from ${origin}`,
        rule: 'row 3',
        attempt: () =>
          knock(wire, kernels, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } }),
        expected: '204',
      }),
    ),
    ...[{ 'service-worker': 'script' }, { 'sec-fetch-dest': 'serviceworker' }].map(
      (headers): Attack => ({
        name: `has a browser fetch the script of a service worker: ${JSON.stringify(headers)}`,
        rule: 'row 2c',
        attempt: () => knock(wire, '/user/ann/demo/files/worker.js', { headers }),
        expected: '403 service_worker_refused',
      }),
    ),
    {
      name: 'links to a server without having a seat',
      rule: 'row 4',
      attempt: () => knock(wire, lab, { headers: { ...foreignLink, cookie: '' } }),
      expected: open(lab),
    },
    {
      name: 'sends a form without having a seat',
      rule: 'row 4',
      attempt: () => knock(wire, kernels, { method: 'POST', headers: { ...foreignLink, ...form, cookie: '' } }),
      expected: '403 page',
    },
    ...[evil, 'null', hubUrl, `${serversUrl}.evil.example`, `${serversUrl}:80`, ''].map(
      (origin): Attack => ({
        name: `opens a WebSocket from ${origin || 'no origin'}`,
        rule: 'row 5a',
        attempt: () => upgrade(origin === '' ? {} : { origin }),
        expected: 403,
      }),
    ),
    {
      name: 'opens a WebSocket from elsewhere that says same-origin',
      rule: 'row 5a',
      attempt: () => upgrade({ origin: evil, ...ownPage }),
      expected: 403,
    },
    {
      name: 'says same-origin twice, and cross-site',
      rule: 'row 5b',
      attempt: () =>
        knock(wire, kernels, { method: 'POST', headers: { 'sec-fetch-site': ['same-origin', 'cross-site'] } }),
      expected: '403 request_foreign',
    },
    {
      name: 'says Same-Origin in other letters',
      rule: 'row 5b',
      attempt: () => knock(wire, kernels, { method: 'POST', headers: { 'sec-fetch-site': 'Same-Origin' } }),
      expected: '403 request_foreign',
    },
    {
      name: 'has an extension or a bookmark send a POST, which is no page',
      rule: 'row 5c',
      attempt: () => knock(wire, kernels, { method: 'POST', headers: from('none', 'navigate', 'document') }),
      expected: '403 page',
    },
    {
      name: 'has an extension fetch, which is no page',
      rule: 'row 5c',
      attempt: () => knock(wire, kernels, { headers: from('none', 'cors', 'empty') }),
      expected: '403 request_unclear',
    },
    ...['same-site', 'cross-site'].flatMap((site): Attack[] => [
      {
        name: `links into the server, ${site}`,
        rule: 'row 5d',
        attempt: () => knock(wire, lab, { headers: from(site, 'navigate', 'document') }),
        expected: open(lab),
      },
      ...['object', 'embed', 'empty', ''].map(
        (dest): Attack => ({
          name: `puts the server into <${dest}>, ${site}`,
          rule: 'row 5d',
          attempt: () => knock(wire, lab, { headers: from(site, 'navigate', dest) }),
          expected: '403 page',
        }),
      ),
      ...['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'].map(
        (method): Attack => ({
          name: `sends ${method}, ${site}`,
          rule: 'row 5d',
          attempt: async () =>
            (await knock(wire, kernels, { method, headers: from(site, 'navigate', 'document') })).replace(/ .*/, ''),
          expected: '403',
        }),
      ),
      {
        name: `reads with an image, a script, a fetch, ${site}`,
        rule: 'row 5d',
        attempt: () =>
          Promise.all(
            ['image', 'script', 'style', 'empty'].map((dest) =>
              knock(wire, lab, { headers: from(site, 'no-cors', dest) }),
            ),
          ),
        expected: Array(4).fill('403 request_foreign'),
      },
    ]),
    ...(
      [
        ['POST', { origin: evil }],
        ['POST', { origin: 'null' }],
        ['POST', {}],
        ['POST', { referer: `${serversUrl}/user/ann/demo/lab` }],
        ['GET', { origin: evil }],
        ['GET', { referer: `${evil}/?${serversUrl}/` }],
        ['GET', { referer: `${serversUrl}.evil.example/` }],
      ] as const
    ).map(
      ([method, headers]): Attack => ({
        name: `has an old browser send ${method} with ${JSON.stringify(headers)}`,
        rule: 'row 5e',
        attempt: () => knock(wire, kernels, { method, headers: { ...old, ...headers } }),
        expected: '403 request_foreign',
      }),
    ),
    ...(
      [
        ['a link that hides where it stands', { accept: 'text/html,*/*' }, 'hub'],
        ['a link', { accept: 'text/html,*/*', referer: `${evil}/` }, 'hub'],
        ['a link on a neighbour', { accept: 'text/html,*/*', referer: `${serversUrl}.evil.example/` }, 'hub'],
        ['an image that hides where it stands', { accept: 'image/*,*/*;q=0.8' }, '403 request_foreign'],
        ['a script that hides where it stands', { accept: '*/*' }, '403 request_foreign'],
        ['a form that hides where it stands', { accept: 'text/html', origin: 'null' }, '403 page'],
      ] as [string, Record<string, string>, string][]
    ).map(([what, headers, end]): Attack => {
      const pull = '/user/ann/demo/git-pull?repo=https%3A%2F%2Fevil.example%2Fx&targetpath=x'
      return {
        name: `has ${what} lead into the server over plain http, where browsers send no more than this`,
        rule: 'row 5e',
        attempt: () => knock(wire, pull, { headers: { ...old, ...headers } }),
        expected: end === 'hub' ? open(pull) : end,
      }
    }),
    {
      name: 'overrides the method of a harmless request',
      rule: 'row 5d',
      attempt: () =>
        knock(wire, kernels, {
          headers: { ...foreignLink, 'x-http-method-override': 'POST', 'x-method-override': 'POST' },
        }),
      expected: open(kernels),
    },
  ]
  attacks(rows)

  const secretsIn: Attack[] = [
    {
      name: "a server reads the hub's session and seats out of the cookies",
      rule: 'in: our cookies',
      attempt: async () => {
        const ours = [
          'carrel=1',
          '__Host-Http-carrel=2',
          '__Host-carrel-first=3',
          '__Http-seat-x=4',
          '__Host-Http-seat=5',
        ]
        const spelled = [...ours, 'CARREL=6', '__HTTP-SEAT-X=7', ' carrel =8', 'seat-0=9', '__Secure-carrel=10']
        return (await seenBy(wire, lab, { headers: { cookie: [annsSeat, ...spelled, '_xsrf=own'].join('; ') } })).cookie
      },
      expected: '_xsrf=own',
    },
    {
      name: 'a browser shows Basic credentials, which are not for the server',
      rule: 'in: Authorization',
      attempt: async () => (await seenBy(wire, lab, { headers: { authorization: 'Basic eDp5' } })).authorization,
      expected: `token ${serverToken(keys.all[0], 's1', 1)}`,
    },
    {
      name: "a page sends another run's token",
      rule: 'in: Authorization',
      attempt: async () =>
        (await seenBy(wire, lab, { headers: { authorization: `token ${serverToken(keys.all[0], 's1', 2)}` } }))
          .authorization,
      expected: `token ${serverToken(keys.all[0], 's1', 1)}`,
    },
    {
      name: 'a link brings a token that Jupyter would believe before the header',
      rule: 'in: token=',
      attempt: async () => {
        await knock(wire, `${lab}?a=1&token=x&%74oken=y&tok%65n=z&token&b=%2f`)
        return wire.ann.requests.at(-1)?.url
      },
      expected: `${lab}?a=1&b=%2f`,
    },
    {
      name: 'a client makes up where it comes from',
      rule: 'in: X-Forwarded-*',
      attempt: async () => {
        const claimed = {
          'x-forwarded-for': '6.6.6.6',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'evil.example',
        }
        const seen = await seenBy(wire, lab, {
          headers: { ...claimed, 'x-forwarded-prefix': '/x', 'x-forwarded-port': '1', 'x-scheme': 'https' },
        })
        return Object.entries(seen).filter(([name]) => /^x-(forwarded|scheme)/.test(name))
      },
      expected: [
        ['x-forwarded-for', '127.0.0.1'],
        ['x-forwarded-proto', 'http'],
        ['x-forwarded-host', 'nb.test'],
      ],
    },
    {
      name: 'a client makes up where it comes from, by the standard',
      rule: 'in: Forwarded',
      attempt: async () => (await seenBy(wire, lab, { headers: { forwarded: 'for=6.6.6.6;host=evil' } })).forwarded,
      expected: undefined,
    },
    {
      name: 'a client makes up where it comes from, as nginx says it',
      rule: 'in: X-Real-IP',
      attempt: async () => (await seenBy(wire, lab, { headers: { 'x-real-ip': '6.6.6.6' } }))['x-real-ip'],
      expected: undefined,
    },
    {
      name: 'a client pretends to be a proxy',
      rule: 'in: X-Carrel-*',
      attempt: async () => {
        const seen = await seenBy(wire, lab, { headers: { 'x-carrel-proxy-auth': 'x', 'x-carrel-user': 'ann' } })
        return Object.keys(seen).filter((name) => name.startsWith('x-carrel'))
      },
      expected: [],
    },
    {
      name: 'a client has the proxy drop what protects (Connection names it)',
      rule: 'in: hop-by-hop',
      attempt: async () => {
        const connection = 'keep-alive, authorization, host, origin, x-forwarded-for, cookie, x-carrel-proxy-auth'
        const seen = await seenBy(wire, lab, {
          headers: { connection, cookie: `${annsSeat}; own=1`, origin: serversUrl, te: 'trailers', upgrade: 'h2c' },
        })
        return ['authorization', 'host', 'origin', 'x-forwarded-for', 'cookie', 'te', 'upgrade'].map(
          (name) => seen[name],
        )
      },
      expected: [
        `token ${serverToken(keys.all[0], 's1', 1)}`,
        'nb.test',
        serversUrl,
        '127.0.0.1',
        'own=1',
        undefined,
        undefined,
      ],
    },
    {
      name: 'a client has the proxy drop its own header to the hub (Connection names it)',
      rule: 'in: hop-by-hop',
      attempt: async () => {
        await knock(wire, '/hub/home', {
          host: 'hub.test',
          headers: { connection: 'x-carrel-proxy-auth, x-forwarded-for, x-forwarded-host, cookie', cookie: 'carrel=1' },
        })
        const { headers = {} } = wire.hub.requests.at(-1) ?? {}
        return ['x-carrel-proxy-auth', 'x-forwarded-for', 'x-forwarded-host', 'cookie'].map((name) => name in headers)
      },
      expected: [true, true, true, true],
    },
    {
      name: 'a page of the server sees its own host and origin, as Jupyter must',
      rule: 'in: Host and Origin',
      attempt: async () => {
        const { host, origin } = await seenBy(wire, lab, { headers: { origin: serversUrl } })
        return [host, origin]
      },
      expected: ['nb.test', serversUrl],
    },
  ]
  attacks(secretsIn)
})
