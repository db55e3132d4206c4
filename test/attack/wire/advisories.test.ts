/** Attacks on the proxy by holes that other programs had, named by the ids under which operators know them. */
import { pino } from 'pino'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import {
  accessOf,
  addRoute,
  ask,
  foreignLink,
  hubUrl,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  seatCookieOf,
  serversUrl,
  startBackend,
} from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, knock, seenBy, startWire, type Wire } from './wire.ts'

const path = '/user/ann/demo/'
const lab = `${path}lab`
const lms = 'https://lms.example'
const tool = 'https://tool.example'

/** Returns texts that a regular expression without anchors, or a comparison by parts, would take for this origin. */
const almost = (origin: string): string[] => {
  const { host, protocol } = new URL(origin)
  const name = (changed: string) => `${protocol}//${changed}`
  return [
    name(`${host}.evil.example`),
    name(`evil${host}`),
    name(`evil-${host}`),
    name(`evil.${host}`),
    name(`${host}:8443`),
    name(`${host}.`),
    name(host.replace('.', 'x')),
    name(`${host}@evil.example`),
    name(`evil.example@${host}`),
    name(`evil.example/${host}`),
    name(`evil.example?${origin}`),
    name(`evil.example#${origin}`),
    name(`evil.example\\${host}`),
    name(host.toUpperCase()),
    name(`${host}%00.evil.example`),
    name(`xn--${host}`),
    name(host.replace('e', '\u00e9')),
    `${origin} https://evil.example`,
    `https://evil.example, ${origin}`,
    `${origin}evil`,
    `http${protocol === 'http:' ? 's' : ''}://${host}`,
    host,
    'null',
    '*',
  ]
}

describe('attack: what other programs were attacked with', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  let secure: Wire
  const lines: string[] = []
  before(async () => {
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
    wire = await startWire(cleanup, { log })
    secure = await startWire(cleanup, { hubUrl: 'https://hub.test', serversUrl: 'https://*.nb.test' })
    const access = accessOf({ ancestors: [lms], cors: [tool] })
    for (const at of [wire, secure]) await addRoute(at.proxy, routeOf(at.ann, { revision: 2, access }))
    await addRoute(wire.proxy, { path: '/user/ann/gone/', target: 'http://127.0.0.1:1', revision: 1, access })
  })

  const userToken = `carrel-user-${'A'.repeat(43)}`

  const lists: Attack[] = almost(tool).flatMap((origin): Attack[] => [
    {
      name: `CVE-2026-40110: has a script of ${origin} ask first, where ${tool} may`,
      rule: 'row 3',
      attempt: async () => {
        const { headers } = await ask(wire.url, `${path}api`, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'GET' },
        })
        return headers['access-control-allow-origin']
      },
      expected: undefined,
    },
    {
      name: `CVE-2026-40110: has a script of ${origin} read what a token gets, where ${tool} may`,
      rule: 'out: Access-Control-*',
      attempt: async () => {
        wire.hub.admissions.set(userToken, {
          seat: { id: 'token', server: 's1', run: 1, user: 'u1', issued: Date.now() },
          milliseconds: 60_000,
        })
        const headers = { origin, authorization: `token ${userToken}` }
        const answer = await ask(wire.url, `${path}api`, { headers })
        return [answer.status, answer.headers['access-control-allow-origin'], answer.headers.vary]
      },
      expected: [200, undefined, 'Origin'],
    },
  ])
  const pages: Attack[] = almost(serversUrl).flatMap((origin): Attack[] => [
    {
      name: `CVE-2026-40110: opens a WebSocket of ${serversUrl} from ${origin}`,
      rule: 'row 5a',
      attempt: async () => {
        const socket = openWebSocket(wire.url, `${path}ws`, { origin, cookie: annsSeat })
        const came = await outcome(socket)
        socket.terminate()
        return came
      },
      expected: 403,
    },
    {
      name: `CVE-2026-40110: has an old browser post to ${serversUrl} from ${origin}, and read with it as Referer`,
      rule: 'row 5e',
      attempt: async () => {
        const old = { 'sec-fetch-site': [], 'sec-fetch-mode': [], 'sec-fetch-dest': [] }
        return [
          await knock(wire, lab, { method: 'POST', headers: { ...old, origin } }),
          await knock(wire, lab, { headers: { ...old, referer: origin } }),
          await knock(wire, lab, { headers: { ...old, referer: `${origin}/` } }),
        ]
      },
      expected: Array(3).fill('403 request_foreign'),
    },
  ])
  const tickets: Attack[] = almost(hubUrl).map((origin) => ({
    name: `CVE-2026-40110: sends a ticket from ${origin}, where ${hubUrl} may`,
    rule: 'tickets',
    attempt: () =>
      knock(wire, '/_carrel/seat', {
        method: 'POST',
        body: `ticket=${'T'.repeat(43)}`,
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded', cookie: '' },
      }),
    expected: '403 origin_foreign',
  }))
  attacks([...lists, ...pages, ...tickets])

  const label = 'label0001.nb.test'
  const hosts = (host: string) => [
    ...[`evil-${host}`, `evil${host}`, `evil.${host}`, `${host}.evil.example`, `${host}-evil`, `${host}evil`],
    ...[`evil.example/${host}`, `evil.example?${host}`, `${host}/evil`, `${host}@evil.example`, `evil:x@${host}`],
    ...[host.replace('.', 'x'), `${host}.`, `${host}:81`, `${host},evil.example`, `${host} evil.example`],
  ]
  attacks([
    ...hosts('nb.test').map(
      (host): Attack => ({
        name: `CVE-2026-55602, CVE-2026-27959: asks for a server at the host ${host}`,
        rule: 'hosts',
        attempt: () => knock(wire, lab, { host }),
        expected: '421 host_wrong',
      }),
    ),
    ...hosts('hub.test').map(
      (host): Attack => ({
        name: `CVE-2026-55602, CVE-2026-27959: asks for the hub at the host ${host}`,
        rule: 'hosts',
        attempt: () => knock(wire, '/hub/home', { host }),
        expected: '421 host_wrong',
      }),
    ),
    ...hosts(label).map(
      (host): Attack => ({
        name: `CVE-2026-55602: asks for a server with a host of its own at ${host}`,
        rule: 'own host',
        // One of these hosts could be that of another server, but no server has it.
        attempt: async () => {
          const headers = { cookie: seatCookieOf({ ownHost: true, secure: true }) }
          return (await knock(secure, lab, { host, headers })).replace(
            /^(421 host_wrong|424 server_not_running)$/,
            'nothing',
          )
        },
        expected: 'nothing',
      }),
    ),
    ...['/x/user/ann/demo/lab', '/user/ann/demo-evil/lab', '/user/annn/demo/lab', '/hub.test/user/ann/demo/lab'].map(
      (elsewhere): Attack => ({
        name: `CVE-2026-55602: has the path of a route inside another one: ${elsewhere}`,
        rule: 'hosts',
        attempt: async () =>
          (await knock(wire, elsewhere)).replace(/^(404 not_found|424 server_not_running)$/, 'nothing'),
        expected: 'nothing',
      }),
    ),
  ])

  /** A text with every character that could break out of a page, a script or an attribute. */
  const word = `zq7"'><svg/onload=alert(1)>&zq7;{{7*7}}`
  const inPath = encodeURI(word).replaceAll('%3C', '<').replaceAll('%3E', '>').replaceAll('%22', '"')
  const parts: [string, string, Parameters<typeof ask>[2]][] = [
    ['the path of a server', `${path}${inPath}`, {}],
    ['the path of no server', `/user/${inPath}/`, {}],
    ['a path that leads nowhere', `/${inPath}`, {}],
    ['a path with broken escapes', `/${inPath}%`, {}],
    ['the host', '/', { host: word }],
    ['the host of a server', lab, { host: `${word}.nb.test` }],
    ['the target of a forward proxy', `http://${inPath}/`, {}],
    ['the query', `${lab}?${inPath}`, {}],
    ['the query of a landing', `${path}_carrel/seated?to=${inPath}`, {}],
    [
      'the text of a landing',
      `${path}_carrel/seated?to=v1.k1.${Buffer.from(JSON.stringify([`${path}${word}`, 9e15])).toString('base64url')}.${'x'.repeat(43)}`,
      {},
    ],
    ['a page under _carrel', `${path}_carrel/${inPath}`, {}],
    ['a ticket', '/_carrel/seat', { method: 'POST', body: `ticket=${word}` }],
    [
      'the query of a server that does not answer',
      `/user/ann/gone/${inPath}?${inPath}`,
      { headers: { cookie: annsSeat } },
    ],
    ['its headers', lab, {}],
  ]
  const everywhere = Object.fromEntries(
    [
      'origin',
      'referer',
      'accept',
      'authorization',
      'x-forwarded-for',
      'x-request-id',
      'content-type',
      'user-agent',
    ].map((name) => [name, `${name === 'accept' ? 'text/html, ' : name === 'authorization' ? 'token ' : ''}${word}`]),
  )
  attacks([
    ...parts.flatMap(([what, url, how]) =>
      [
        ['', { accept: 'text/html', ...foreignLink }],
        [', as a program', {}],
        [', and in every header', everywhere],
        [
          ', from a page of its own',
          { accept: 'text/html', ...ownPage, 'sec-fetch-mode': 'navigate', cookie: annsSeat },
        ],
      ].map(
        ([who, headers]): Attack => ({
          name: `CVE-2024-35225: writes tags and quotes into ${what}${String(who)}: no answer of ours echoes them`,
          rule: 'header bytes',
          attempt: async () => {
            const before = wire.ann.requests.length
            const form = { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }
            const answer = await ask(wire.url, url, {
              ...how,
              headers: { ...(how?.method === 'POST' && form), ...(headers as object), ...how?.headers },
            })
            // A response of her own server does not count, and neither does `Location`, which is no text of a page.
            if (wire.ann.requests.length > before) return 'nothing'
            const { location: _, ...others } = answer.headers
            const text = [answer.body, ...Object.values(others)].join('\n')
            return /[<"'>]zq7|zq7[<"'>;]/.test(text) ? `${answer.status} ${text}` : 'nothing'
          },
          expected: 'nothing',
        }),
      ),
    ),
  ])

  let revision = 10
  const next = () => {
    revision += 1
    return revision
  }
  /** Returns the policy that the browser gets when the server responds with this one. */
  const policyOf = async (policy: string, at: Wire, how: Parameters<typeof ask>[2]) => {
    const server = await startBackend(cleanup, (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy })
      res.end()
    })
    await addRoute(at.proxy, routeOf(server, { path: '/user/ann/pages/', revision: next() }))
    const { headers } = await ask(at.url, '/user/ann/pages/x', how)
    return headers['content-security-policy']
  }
  const atOwnHost = {
    host: label,
    headers: { ...ownPage, cookie: seatCookieOf({ ownHost: true, secure: true }) },
  }
  attacks([
    ...[
      "'self'",
      '*',
      'https://*.nb.test',
      'https://label0002.nb.test',
      'https:',
      "'self' https://label0002.nb.test",
    ].map(
      (framers): Attack => ({
        name: `nbgrader PR#1915: has another learner's host frame it by frame-ancestors ${framers}`,
        rule: 'out: frame-ancestors',
        attempt: () => policyOf(`frame-ancestors ${framers}`, secure, atOwnHost),
        expected: "frame-ancestors 'self' https://hub.test",
      }),
    ),
    ...[
      ...['https://*.nb.test', 'https://nb.test/x', 'https://a.test;script-src', "'self'", '*', 'https:', 'null'],
      ...['https://a.test https://b.test', 'https://a.test,https://b.test', 'HTTPS://A.TEST', 'ftp://a.test'],
    ].map(
      (framer): Attack => ({
        name: `nbgrader PR#1915: has a route name ${framer} among the sites that may frame or read it`,
        rule: 'settings',
        attempt: () =>
          Promise.all(
            [{ ancestors: [framer] }, { cors: [framer] }].map((changes) =>
              addRoute(secure.proxy, routeOf(secure.ann, { revision: next(), access: accessOf(changes) })).then(
                () => 'taken',
                (error: Error) => error.message.slice(0, 20),
              ),
            ),
          ),
        expected: Array(2).fill('route not added: 400'),
      }),
    ),
    ...['sandbox', 'sandbox allow-scripts', "frame-ancestors 'self'; report-uri /x; sandbox allow-scripts"].map(
      (policy): Attack => ({
        name: `GHSA-fcw5-x6j4-ccmp: a page that its server puts into a sandbox stays there: ${policy}`,
        rule: 'out: frame-ancestors',
        attempt: async () => /(^|[;,]) ?sandbox/.test(String(await policyOf(policy, secure, atOwnHost))),
        expected: true,
      }),
    ),
    ...(
      [
        ['fetches', 'POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'null' }],
        ['reads', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
        ['posts in an old browser', 'POST', { origin: 'null' }],
        ['reads in an old browser', 'GET', {}],
      ] as const
    ).map(
      ([what, method, headers]): Attack => ({
        name: `GHSA-fcw5-x6j4-ccmp: a page in a sandbox ${what} with the seat of its viewer`,
        rule: 'row 5d',
        attempt: async () => {
          const { status } = await ask(secure.url, `${path}api/kernels`, {
            method,
            host: label,
            headers: { cookie: atOwnHost.headers.cookie, ...headers },
          })
          return status
        },
        expected: 403,
      }),
    ),
    {
      name: 'GHSA-fcw5-x6j4-ccmp: a page in a sandbox opens a WebSocket with the seat of its viewer',
      rule: 'row 5a',
      attempt: () => outcome(openWebSocket(wire.url, `${path}ws`, { origin: 'null', cookie: annsSeat })),
      expected: 403,
    },
    {
      name: 'jupyter_server #1681: a token in the Referer reaches neither a server, which may log it, nor our log',
      rule: 'secrets',
      attempt: async () => {
        const secret = `carrel-user-${'S'.repeat(43)}`
        const referer = `${serversUrl}${lab}?a=1&token=${secret}&%74oken=${secret}`
        const seen = await seenBy(wire, lab, { headers: { referer } })
        for (const url of [lab, '/user/ann/gone/x', '/user/eve/x', '/%', `${path}../x`]) {
          await ask(wire.url, url, { headers: { ...ownPage, cookie: annsSeat, referer } })
          await ask(wire.url, url, { headers: { referer, accept: 'text/html' } })
        }
        return [seen.referer, lines.length > 10, lines.some((line) => line.includes(secret))]
      },
      expected: [`${serversUrl}${lab}?a=1`, true, false],
    },
  ])
})
