import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { addRoute, ask, startBackend } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { knock, seenBy, startWire, type Wire } from './wire.ts'

const lab = '/user/ann/demo/lab'

describe('attack: headers that command the program before or behind', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup)
  })

  const table: Attack[] = [
    ...(
      [
        [
          'who it is, as only a gate may say',
          [
            ...['Remote-User', 'X-Remote-User', 'X-Remote-Groups', 'X-WEBAUTH-USER', 'X-Auth-Request-User', 'X-User'],
            ...['X-Forwarded-User', 'X-SSL-Client-S-DN', 'SSL-Client-Cert', 'X-Client-Verify', 'X-Goog-IAP-JWT'],
            ...[
              'X-Amzn-Oidc-Identity',
              'X-MS-Client-Principal',
              'X-Authenticated-User',
              'Cf-Access-Jwt',
              'X-Auth-Email',
            ],
          ],
        ],
        [
          'where it is, as only a gateway may say',
          [
            ...['Client-IP', 'True-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'CF-Connecting-IP', 'X-Forwarded'],
            ...['Fastly-Client-IP', 'X-Azure-ClientIP', 'X-Envoy-External-Address', 'X-Real-Port', 'X-ProxyUser-IP'],
          ],
        ],
        [
          'another method or address than the rules have judged',
          [
            ...['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method', 'X-Original-URL', 'X-Rewrite-URL'],
            ...['X-Original-URI', 'X-Original-Host', 'X-Host', 'X-Script-Name', 'X-Url-Scheme', 'Front-End-Https'],
          ],
        ],
        [
          'how and through what the next one sends (CVE-2016-5385, CVE-2025-61780)',
          ['Proxy', 'X-Sendfile-Type', 'X-Accel-Mapping', 'X-Accel-Redirect', 'X-Lighttpd-Send-File'],
        ],
        [
          'all of that with _ for -, which gateways read alike',
          [
            'X_Forwarded_For',
            'X_Remote_User',
            'remote_user',
            'X_HTTP_Method_Override',
            'X-Original_URL',
            'x_carrel_user',
          ],
        ],
      ] as const
    ).map(
      ([what, sent]): Attack => ({
        name: `a client says ${what}: neither server nor hub hears it`,
        rule: 'in: commands',
        attempt: async () => {
          const headers = Object.fromEntries(sent.map((name) => [name, 'x']))
          const server = await seenBy(wire, lab, { headers })
          await knock(wire, '/hub/home', { host: 'hub.test', headers })
          const hub = wire.hub.requests.at(-1)?.headers ?? {}
          return [server, hub].flatMap((seen) => sent.filter((name) => name.toLowerCase() in seen))
        },
        expected: [],
      }),
    ),
    {
      name: 'a page sends headers of its own: those arrive',
      rule: 'in: commands',
      attempt: async () => {
        const own = ['x-xsrftoken', 'x-requested-with', 'x-auth-token', 'x-api-key', 'x-goog-api-key', 'x-my_header']
        const seen = await seenBy(wire, lab, { headers: Object.fromEntries(own.map((name) => [name, 'x'])) })
        return own.filter((name) => seen[name] !== 'x')
      },
      expected: [],
    },
    {
      name: 'sends commands as the hub, or at a route without seats, which may: they stay',
      rule: 'out: commands',
      attempt: async () => {
        const commanding = await startBackend(cleanup, (_req, res) => {
          res.writeHead(200, { 'x-accel-buffering': 'no', 'surrogate-control': 'max-age=1' })
          res.end()
        })
        const other = await startWire(cleanup, { hubs: [commanding.url] })
        await addRoute(other.proxy, { path: '/services/x/', target: commanding.url })
        const answers = [
          await ask(other.url, '/hub/home', { host: 'hub.test' }),
          await ask(other.url, '/services/x/y', {}),
        ]
        return answers.map(({ headers }) => [headers['x-accel-buffering'], headers['surrogate-control']])
      },
      expected: Array(2).fill(['no', 'max-age=1']),
    },
  ]
  attacks(table)
})
