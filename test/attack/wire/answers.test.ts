import assert from 'node:assert/strict'
import type { OutgoingHttpHeaders } from 'node:http'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import {
  accessOf,
  addRoute,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  ownPage,
  raw,
  routeOf,
  seatOf,
  serversUrl,
} from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, startRawServer, startWire, type Wire } from './wire.ts'

const path = '/user/ann/demo/'
const lms = 'https://lms.example'

describe("attack: a hostile server's answer", () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  let head = ''
  let revision = 1
  before(async () => {
    wire = await startWire(cleanup)
    const hostile = await startRawServer(cleanup, (bytes, socket) => {
      const key = /^sec-websocket-key: (.*)$/im.exec(bytes)?.[1]
      if (key === undefined) return socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${head}\r\nok`, 'latin1')
      const upgraded = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n'
      return socket.write(`${upgraded}${head}\r\n`, 'latin1')
    })
    revision += 1
    const access = accessOf({ ancestors: [lms] })
    await addRoute(wire.proxy, routeOf(hostile, { revision, access }))
  })

  /** Returns the headers that the browser gets when the server responds with these header lines. */
  const answered = async (lines: string[], cookie = annsSeat): Promise<OutgoingHttpHeaders> => {
    head = lines.map((line) => `${line}\r\n`).join('')
    const { status, headers } = await ask(wire.url, `${path}lab`, { headers: { ...ownPage, cookie } })
    assert.equal(status, 200)
    return headers
  }
  const names = (headers: OutgoingHttpHeaders, pattern: RegExp) =>
    Object.keys(headers).filter((name) => pattern.test(name))
  const cookies = async (...lines: string[]) =>
    (await answered(lines.map((line) => `Set-Cookie: ${line}`)))['set-cookie']
  const framed = cookieOf(seatOf({ framed: true }), accessOf())

  const removed: [Attack['rule'], string, string[]][] = [
    [
      'out: Access-Control-*',
      'opens itself to scripts of every site',
      [
        'Access-Control-Allow-Origin: https://evil.example',
        'Access-Control-Allow-Credentials: true',
        'access-control-expose-headers: *',
        'ACCESS-CONTROL-ALLOW-PRIVATE-NETWORK: true',
      ],
    ],
    ['out: Service-Worker-Allowed', 'wants a worker over all servers of the host', ['Service-Worker-Allowed: /']],
    ['out: Clear-Site-Data', 'throws out the seats of the other servers', ['Clear-Site-Data: "cookies", "storage"']],
    [
      'out: Strict-Transport-Security',
      'ties the host to something for years',
      ['Strict-Transport-Security: max-age=99999999; includeSubDomains; preload'],
    ],
    ['out: NEL', 'has browsers report to it what others visit', ['NEL: {"report_to":"x","max_age":9999999}']],
    [
      'out: Report-To',
      'says where reports go',
      ['Report-To: {"group":"x","endpoints":[{"url":"https://evil.example"}]}'],
    ],
    ['out: Reporting-Endpoints', 'says where reports go, newly', ['Reporting-Endpoints: x="https://evil.example"']],
    ['out: Alt-Svc', 'moves the whole host to a port of its own', ['Alt-Svc: h2="evil.example:443"; ma=2592000']],
    ['out: Set-Login', 'tells the browser who is signed in', ['Set-Login: logged-in']],
    [
      'out: Session-Registration',
      'binds what the browser keeps for the host to its own device key',
      ['Secure-Session-Registration: (ES256);path="/"', 'Sec-Session-Registration: (ES256);path="/"'],
    ],
    ['out: Use-As-Dictionary', 'has its bytes unpack other servers’ answers', ['Use-As-Dictionary: match="/*"']],
    [
      'out: Accept-CH',
      'asks for hints about the browser at every server',
      ['Accept-CH: Sec-CH-UA-Model', 'Critical-CH: Sec-CH-UA-Model'],
    ],
    [
      'out: Shared-Storage-Write',
      'registers something with the browser for the whole host: storage, interests, pins, a state',
      [
        'Shared-Storage-Write: clear',
        'Observe-Browsing-Topics: ?1',
        'Activate-Storage-Access: load',
        'Attribution-Reporting-Register-Source: {}',
        'Attribution-Reporting-Register-Trigger: {}',
        'Public-Key-Pins: max-age=9999; pin-sha256="x"; includeSubDomains',
        'IdP-SignIn-Status: action=signin',
      ],
    ],
    ['out: Speculation-Rules', 'has pages of other servers prefetched', ['Speculation-Rules: "/rules.json"']],
    [
      'out: commands',
      'has the nginx in front send a file of its own, and keep it for all',
      [
        'X-Accel-Redirect: /protected/secret.txt',
        'X-Accel-Expires: 60',
        'X-Accel-Limit-Rate: 1',
        'X-Accel-Charset: utf-7',
        'X-Accel-Buffering: yes',
      ],
    ],
    [
      'out: commands',
      'has Apache, lighttpd, LiteSpeed or Perlbal in front send what it names',
      [
        'X-Sendfile: /etc/passwd',
        'X-LIGHTTPD-send-file: /etc/passwd',
        'X-LIGHTTPD-Send-Tempfile: x',
        'X-Sendfile2: /etc/passwd 0-',
        'X-LiteSpeed-Location: /private',
        'X-LiteSpeed-Cache-Control: public',
        'X-LiteSpeed-Purge: *',
        'X-Reproxy-URL: http://10.0.0.1/',
        'X-REPROXY-FILE: /etc/passwd',
      ],
    ],
    [
      'out: commands',
      'has a CDN or cache in front keep its answer for all, throw away others’, or fetch what it names',
      [
        'CDN-Cache-Control: max-age=9999',
        'Cloudflare-CDN-Cache-Control: max-age=9999',
        'Vercel-CDN-Cache-Control: max-age=9999',
        'Netlify-CDN-Cache-Control: max-age=9999',
        'Netlify-Vary: query',
        'Surrogate-Control: max-age=9999, content="ESI/1.0"',
        'Surrogate-Key: all',
        'Edge-Control: max-age=9999, dca=esi',
        'Edge-Cache-Tag: all',
        'Cache-Tag: all',
        'X-Cache-Tags: all',
        'xkey: all',
        'Fastly-Restarts: 1',
        'X-Akamai-Purge: x',
        'X-Varnish-TTL: 9999',
        'X-Purge-Key: x',
        'X-ESI: 1',
        'X-Envoy-Immediate-Health-Check-Fail: true',
        'PageSpeed: on',
      ],
    ],
    ['out: X-Frame-Options', 'breaks the frame that the LMS has around it', ['X-Frame-Options: DENY']],
  ]

  attacks([
    ...removed.map(
      ([rule, name, lines]): Attack => ({
        name: `${name}: ${lines[0]}`,
        rule,
        attempt: async () => names(await answered(lines), new RegExp(`^(${lines.map(nameOf).join('|')})$`)),
        expected: [],
      }),
    ),
    {
      name: 'sends headers that command nothing: these stay',
      rule: 'out: commands',
      attempt: async () =>
        names(
          await answered(['X-Cache: HIT', 'Age: 1', 'Cache-Status: x', 'X-Key: 1', 'X-Tag: 1', 'Link: </x>']),
          /^(x-cache|age|cache-status|x-key|x-tag|link|cache-control)$/,
        ).length,
      expected: 7,
    },
    {
      name: 'sets a cookie for the whole host',
      rule: 'out: Set-Cookie',
      attempt: () => cookies('a=1; Path=/', 'b=2', 'c=3; Path=/user/bob/demo/', 'd=4; path = /; Path=/hub/'),
      expected: [`a=1; Path=${path}`, `b=2; Path=${path}`, `c=3; Path=${path}`, `d=4; Path=${path}`],
    },
    {
      name: 'CVE-2024-28233: sets a cookie for the hub and all its neighbours',
      rule: 'out: Set-Cookie',
      attempt: () => cookies('a=1; Domain=test', 'b=2; DOMAIN=.nb.test; Path=/user/ann/demo/api/', 'c=3; domain'),
      expected: [`a=1; Path=${path}`, `b=2; Path=${path}api/`, `c=3; Path=${path}`],
    },
    {
      name: "sets cookies that read like the hub's or a seat",
      rule: 'out: Set-Cookie',
      attempt: () =>
        cookies(
          `${annsSeat.split('=')[0]}=v1.k1.x.y`,
          'carrel=x',
          '__Host-Http-carrel=x',
          '__Host-carrel-first=x',
          'carrel-first=x',
          '__Http-seat-x=1',
          '__Host-Http-seat=1',
          'CARREL=x',
          '  carrel  =x',
          '=carrel=x',
          'carrel',
          '__secure-Seat-1=x',
        ),
      expected: undefined,
    },
    {
      name: 'sets a cookie in a frame: the browser must keep it, and only there',
      rule: 'out: Set-Cookie',
      attempt: async () => (await answered(['Set-Cookie: id=1; SameSite=Strict; Path=/'], framed))['set-cookie'],
      expected: [`id=1; Path=${path}; SameSite=None; Secure; Partitioned`],
    },
    {
      name: 'frames itself wherever it likes',
      rule: 'out: frame-ancestors',
      attempt: async () =>
        (
          await answered([
            'Content-Security-Policy: frame-ancestors *; script-src *, FRAME-ANCESTORS https://evil.example',
            'Content-Security-Policy: ; frame-ancestors\thttps://evil.example ; img-src *',
          ])
        )['content-security-policy'],
      expected: `script-src *, ; img-src *, frame-ancestors 'self' ${hubUrl} ${lms}`,
    },
    {
      name: 'lets other sites load its files',
      rule: 'out: Cross-Origin-Resource-Policy',
      attempt: async () =>
        (await answered(['Cross-Origin-Resource-Policy: cross-origin']))['cross-origin-resource-policy'],
      expected: 'same-origin',
    },
    {
      name: 'says nothing of referrers and sniffing',
      rule: 'out: Referrer-Policy',
      attempt: async () => (await answered([]))['referrer-policy'],
      expected: 'same-origin',
    },
    {
      name: 'answers bytes that may be taken for a script',
      rule: 'out: X-Content-Type-Options',
      attempt: async () => (await answered([]))['x-content-type-options'],
      expected: 'nosniff',
    },
    {
      name: 'wants to be found by search engines',
      rule: 'out: X-Robots-Tag',
      attempt: async () => (await answered(['X-Robots-Tag: all']))['x-robots-tag'],
      expected: 'noindex',
    },
    {
      name: "has a shared cache keep one learner's page for all",
      rule: 'out: Cache-Control',
      attempt: async () => (await answered(['Cache-Control: public, s-maxage=9999, max-age=60']))['cache-control'],
      expected: 'private, max-age=60',
    },
    {
      name: 'does all of it in the 101 of a WebSocket',
      rule: 'out: Set-Cookie',
      attempt: async () => {
        head = `${removed.flatMap(([, , lines]) => lines).join('\r\n')}\r\nSet-Cookie: carrel=x\r\nSet-Cookie: a=1; Path=/\r\n`
        const socket = openWebSocket(wire.url, `${path}ws`, { origin: serversUrl, cookie: annsSeat })
        socket.on('error', () => {})
        const headers = await new Promise<OutgoingHttpHeaders>((resolve) => {
          socket.once('upgrade', (res) => resolve(res.headers))
        })
        socket.terminate()
        const found = names(headers, new RegExp(`^(${removed.flatMap(([, , lines]) => lines.map(nameOf)).join('|')})$`))
        return [found, headers['set-cookie']]
      },
      expected: [[], [`a=1; Path=${path}`]],
    },
    {
      name: 'has the proxy drop its own additions (Connection names them)',
      rule: 'in: hop-by-hop',
      attempt: async () => {
        const protects = ['content-security-policy', 'cross-origin-resource-policy', 'x-robots-tag', 'cache-control']
        const headers = await answered([`Connection: ${protects.join(', ')}`])
        return protects.filter((name) => !(name in headers))
      },
      expected: [],
    },
    ...['a\rb: 1', 'a\x00b', 'a\nSet-Cookie: carrel=x', 'a\r\n folded\r\n\tSet-Cookie: carrel=x'].map(
      (value): Attack => ({
        name: `splits the head of its answer with ${JSON.stringify(value)}`,
        rule: 'header bytes',
        attempt: async () => {
          head = `X-Odd: ${value}\r\n`
          const cookie = `cookie: ${annsSeat}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n`
          const bytes = await raw(wire.url, `GET ${path}lab HTTP/1.1\r\nhost: nb.test\r\n${cookie}\r\n`)
          return /^set-cookie: *carrel/im.test(bytes) ? 'a cookie of ours was set' : 'no cookie of ours'
        },
        expected: 'no cookie of ours',
      }),
    ),
  ])
})

function nameOf(line: string): string {
  return (line.split(':')[0] ?? '').toLowerCase()
}
