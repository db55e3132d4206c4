import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { accessOf, addRoute, ask, cookieOf, ownPage, routeOf, seatOf, startBackend } from '../../../proxy/world.ts'
import { type Attack, attacks } from '../../table.ts'
import { annsSeat, startWire, type Wire } from '../wire.ts'

const path = '/user/ann/demo/'
const access = accessOf({ program: { prefix: 'stripped', look: '/', authorization: 'none' } })

describe('attack: a program that sees no prefix', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup)
    await addRoute(wire.proxy, routeOf(wire.ann, { access, revision: 2 }))
  })

  /** Sends a request, and returns its status and the paths that servers saw. */
  async function seen(target: string): Promise<unknown[]> {
    const before = [wire.ann.requests.length, wire.bob.requests.length]
    const { status } = await ask(wire.url, target, { headers: { ...ownPage, cookie: annsSeat } })
    const [ann, bob] = [wire.ann, wire.bob].map(({ requests }, index) =>
      requests.slice(before[index]).map(({ url }) => url),
    )
    return [status, ...(ann ?? []), ...(bob ?? []).map((url) => `at bob's: ${url}`)]
  }

  const refused = [
    ...['/evil.example/', '%2fevil.example', '%2F%2Fevil.example', '\\evil.example', '%5cevil.example'],
    ...['%09/evil.example', '%20%2fevil.example', '%0a\\evil.example', '%00/evil.example', '/', '//'],
    ...['../../bob/demo/', '%2e%2e/%2e%2e/bob/demo/', '..%2f..%2fbob', 'a/..%5c..%5cx', '.%2e/', 'a/%2e/', '%'],
  ]
  attacks([
    ...refused.map(
      (rest): Attack => ({
        name: `a link names a host, or leads out, behind the prefix that the proxy takes off: ${rest}`,
        rule: 'row 1',
        attempt: () => seen(path + rest),
        expected: [400],
      }),
    ),
    ...[
      ['a//evil.example', '/a//evil.example'],
      ['a/%2fevil.example', '/a/%2fevil.example'],
      ['?to=//evil.example', '/?to=//evil.example'],
      ['%252fevil.example', '/%252fevil.example'],
      ['..evil', '/..evil'],
    ].map(
      ([rest, expected]): Attack => ({
        name: `a path stays the program's own, byte for byte: ${rest}`,
        rule: 'row 1',
        attempt: () => seen(path + rest),
        expected: [200, expected],
      }),
    ),
    ...['/user/ann/demo%2fx', '/user/ann%2fdemo/x', '/user/%61nn/demo/x', '/user/ann/demo\\x', '//user/ann/demo/x'].map(
      (target): Attack => ({
        name: `spells the prefix so that another part of the path would be taken off: ${target}`,
        rule: 'row 1',
        attempt: async () => (await seen(target)).slice(1),
        expected: [],
      }),
    ),
    {
      name: 'makes up a prefix, by which the program would write its addresses',
      rule: 'in: X-Forwarded-*',
      attempt: async () => {
        const made = { 'x-forwarded-prefix': '//evil.example', 'x-script-name': '/evil', X_Forwarded_Prefix: '/evil' }
        await ask(wire.url, path, { headers: { ...ownPage, cookie: annsSeat, ...made } })
        const { headers = {} } = wire.ann.requests.at(-1) ?? {}
        return [headers['x-forwarded-prefix'], headers['x-script-name'], headers.x_forwarded_prefix]
      },
      expected: ['/user/ann/demo', undefined, undefined],
    },
    {
      name: 'reads a token that it does not check, to show it elsewhere',
      rule: 'in: Authorization',
      attempt: async () => {
        await ask(wire.url, path, { headers: { ...ownPage, cookie: annsSeat, authorization: 'Basic eDp5' } })
        return wire.ann.requests.at(-1)?.headers.authorization
      },
      expected: undefined,
    },
    {
      name: "a program sets cookies for another server's path, and one of our names",
      rule: 'out: Set-Cookie',
      attempt: async () => {
        const hostile = await startBackend(cleanup, (_req, res) => {
          res.setHeader('set-cookie', [
            'a=1; Path=/user/bob/demo/',
            'b=1; Path=/../../',
            'seat-label0001=x; Path=/',
            'c=1; Domain=nb.test',
          ])
          res.end()
        })
        const server = { server: 's3', label: 'label0003', user: 'u3' }
        const its = '/user/eve/demo/'
        await addRoute(wire.proxy, routeOf(hostile, { path: its, access: { ...access, ...server } }))
        const cookie = cookieOf(seatOf(server), accessOf(server))
        const { headers } = await ask(wire.url, its, { headers: { ...ownPage, cookie } })
        return headers['set-cookie']
      },
      expected: [
        'a=1; Path=/user/eve/demo/user/bob/demo/',
        'b=1; Path=/user/eve/demo/../../',
        'c=1; Path=/user/eve/demo/',
      ],
    },
  ])
})
