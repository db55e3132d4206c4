import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { fromServerHeaders } from '../../../proxy/forward/headers-out.ts'
import { withoutPrefix, withPrefix } from '../../../proxy/forward/prefix.ts'
import { createRandom } from '../../fuzz/random.ts'

const path = '/user/ann/demo/'
const origin = 'https://nb.test:8443'
const at = (url: string) => ({ path, origin, url })

describe('the prefix of a program that sees none', () => {
  it('is taken off a path, and off nothing else', () => {
    for (const [url, seen] of [
      ['/user/ann/demo/', '/'],
      ['/user/ann/demo', '/'],
      ['/user/ann/demo?a=/user/ann/demo/', '/?a=/user/ann/demo/'],
      ['/user/ann/demo/static/a%20b//c?x=1&y', '/static/a%20b//c?x=1&y'],
      ['/user/ann/demo/user/ann/demo/x', '/user/ann/demo/x'],
    ] as const)
      assert.equal(withoutPrefix(url, path), seen, url)
  })

  const places: [location: string, expected: string][] = [
    ['/', path],
    ['/login?next=/x#top', `${path}login?next=/x#top`],
    ['./?folder=/srv', `${path}a/?folder=/srv`],
    ['b', `${path}a/b`],
    ['../b', `${path}b`],
    ['../../../../hub/home', `${path}hub/home`],
    ['/../../bob/demo/', `${path}bob/demo/`],
    ['/%2e%2e/%2E%2E/x', `${path}x`],
    ['/.//evil.example', `${path}/evil.example`],
    ['?x', `${path}a/?x`],
    ['#x', `${path}a/#x`],
    ['', `${path}a/`],
    ['https://nb.test:8443/x', `${path}x`],
    ['http://nb.test:8443/x', `${path}x`],
    ['//nb.test:8443/x', `${path}x`],
    ['https://user:word@NB.test:8443/x', `${path}x`],
    ['\\x', `${path}x`],
    ['/\tx', `${path}x`],
    [`${path}x`, `${path}x`],
    ['/user/ann/demo', path],
    [`https://nb.test:8443${path}x`, `${path}x`],
    ['/\u00c3\u00a4', `${path}%C3%A4`],
    // Elsewhere is elsewhere.
    ['https://nb.test/x', 'https://nb.test/x'],
    ['https://example.org/x', 'https://example.org/x'],
    ['//example.org/x', '//example.org/x'],
    ['mailto:ann@example.org', 'mailto:ann@example.org'],
    ['https://[', 'https://['],
  ]
  for (const [location, expected] of places) {
    it(`is put back into the place ${JSON.stringify(location)}`, () => {
      assert.equal(withPrefix(location, at('/a/')), expected)
    })
  }

  it('is before every place at the own host, however it is spelled', () => {
    const random = createRandom(20261129, 1)
    const parts = [
      ...(['/', '//', '\\', '..', '.', '%2e', '%2F', '%5c', '?', '#', ':', '@', 'a', ' ', '\t'] as const),
      ...['\u00e9', 'nb.test:8443', 'https:', path],
    ] as [string, ...string[]]
    for (let count = 0; count < 20_000; count += 1) {
      const location = random.times(1, 8, () => random.pick(parts)).join('')
      const to = URL.parse(withPrefix(location, at('/a/b?c')), `${origin}${path}a/b?c`)
      if (to?.origin === origin) assert.ok(to.pathname.startsWith(path), `${JSON.stringify(location)}: ${to.href}`)
    }
  })

  const answer = (headers: IncomingHttpHeaders, url = '/a/', stripped = true) =>
    fromServerHeaders(
      headers,
      {
        path,
        hubUrl: 'https://hub.test',
        ancestors: [],
        cors: [],
        framed: false,
        ...(stripped && { stripped: at(url) }),
      },
      undefined,
    )

  it('is before the paths of cookies', () => {
    for (const [given, expected] of [
      ['; Path=/', path],
      ['; Path=/sub', `${path}sub`],
      ['; path=/user/ann/demo', path],
      [`; Path=${path}sub`, `${path}sub`],
      ['; Path=/user/bob/demo/', `${path}user/bob/demo/`],
      ['; Path=sub', path],
      ['', path],
    ] as const)
      assert.deepEqual(answer({ 'set-cookie': [`a=1${given}`] })['set-cookie'], [`a=1; Path=${expected}`], given)
  })

  it('is left alone where programs see it', () => {
    assert.equal(answer({ location: '/login' }, '/a/', false).location, '/login')
    assert.deepEqual(answer({ 'set-cookie': ['a=1; Path=/sub'] }, '/a/', false)['set-cookie'], [`a=1; Path=${path}`])
    assert.equal(answer({}).location, undefined)
  })
})
