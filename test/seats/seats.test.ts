import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { cookieHeader, cookieValues, isOurCookie, seatCookieName } from '../../seats/cookie.ts'
import { framesNeedHttps, normalHost } from '../../seats/host.ts'
import { derive, fixedKeys, parseKeys, parseServerToken, type SigningKey, serverToken } from '../../seats/keys.ts'
import { type Access, routesDigest } from '../../seats/route.ts'
import { runSecrets } from '../../seats/run-secrets.ts'
import { mintSeat, openSeat, type Seat, seatProblem } from '../../seats/seat.ts'
import { seatChecker } from '../../seats/seat-check.ts'
import { decodedPath, queryTokens, withoutToken } from '../../seats/spelling.ts'

const secretOf = (byte: number) => Buffer.alloc(32, byte).toString('base64url')
const keys = parseKeys(`new:${secretOf(1)},old:${secretOf(2)}`)
const access: Access = {
  server: 's1',
  run: 3,
  kid: 'old',
  label: 'label0001',
  user: 'u1',
  guests: [],
  since: 1000,
  ended: ['g'],
  ancestors: [],
  cors: [],
}
const seat: Seat = { id: 'i', server: 's1', run: 3, user: 'ü=;1', framed: true, issued: 1000, expires: 5000 }

const keyOf = (byte: number): SigningKey => ({ kid: 'old', secret: createSecretKey(Buffer.alloc(32, byte)) })

describe('keys', () => {
  const malformed = [
    '',
    'a',
    `A:${secretOf(1)}`,
    `a:${secretOf(1)},`,
    'a:AAAA',
    `a:${secretOf(1)}=`,
    `a:${secretOf(1)},a:${secretOf(2)}`,
  ]
  for (const text of malformed) {
    it(`are not read from ${text.slice(0, 12)}… of ${text.length}, which the error does not repeat`, () => {
      assert.throws(
        () => parseKeys(text),
        (error: Error) => !error.message.includes(secretOf(1)) && /key/.test(error.message),
      )
    })
  }

  it('yield another secret for each key, purpose, server and run', () => {
    const [one, two] = keys
    assert.ok(one && two)
    const all = [
      derive(one, 'seat', 's1', 1),
      derive(two, 'seat', 's1', 1),
      derive(one, 'server-token', 's1', 1),
      derive(one, 'seat', 's2', 1),
      derive(one, 'seat', 's1', 2),
      derive(one, 'seat', 's1,1:2', 1),
      derive(one, 'seat', 's', 11),
    ]
    assert.equal(new Set(all.map(String)).size, all.length)
    const token = serverToken(one, 's1', 12)
    assert.match(token, /^carrel-server-s1-12-[\w-]{43}$/)
    assert.deepEqual(parseServerToken(token), { server: 's1', run: 12 })
  })

  it('make server tokens, and no other text is read as one', () => {
    const mac = 'A'.repeat(43)
    const others = ['', mac, `s1-${mac}`, `s1-0-${mac}`, `s1-01-${mac}`, `S1-1-${mac}`, `s1-1-${mac}A`, `s1-1-${mac}\n`]
    for (const rest of others) assert.equal(parseServerToken(`carrel-server-${rest}`), undefined, rest)
    assert.equal(parseServerToken(`s1-1-${mac}`), undefined)
  })

  it('yield a run’s secrets from the key that its route names', () => {
    const secretsOf = runSecrets(fixedKeys(keys))
    assert.equal(secretsOf(access), secretsOf(access))
    assert.equal(secretsOf(access)?.seatKey.kid, 'old')
    assert.deepEqual(secretsOf(access)?.seatKey.secret.export(), keys[1] && derive(keys[1], 'seat', 's1', 3))
    assert.equal(secretsOf({ ...access, kid: 'gone' }), undefined)
  })
})

describe('a seat', () => {
  const key = keyOf(7)
  const value = mintSeat(key, seat)

  it('is read as it was written', () => {
    assert.match(value, /^v1\.old\.[\w-]+\.[\w-]{43}$/)
    assert.deepEqual(openSeat(key, value), seat)
  })

  it('is refused when any character is changed, added or missing', () => {
    for (let i = 0; i < value.length; i += 1) {
      const other = value[i] === 'A' ? 'B' : 'A'
      assert.equal(openSeat(key, value.slice(0, i) + other + value.slice(i + 1)), undefined, `changed at ${i}`)
      assert.equal(openSeat(key, value.slice(0, i)), undefined, `cut at ${i}`)
    }
    for (const other of [`${value}=`, `${value}.`, `${value}A`, `.${value}`, '', '.', '...', 'v1.old..']) {
      assert.equal(openSeat(key, other), undefined, other)
    }
    assert.equal(openSeat(keyOf(8), value), undefined)
    assert.equal(openSeat({ ...key, kid: 'new' }, value), undefined)
  })

  const problems: [string, Partial<Seat>, Partial<Access>, ReturnType<typeof seatProblem>][] = [
    ['counts', {}, {}, undefined],
    ['has ended with another run', {}, { run: 4 }, 'ended'],
    ['has ended at another server', {}, { server: 's2' }, 'ended'],
    ['has ended for another user', {}, { user: 'u2' }, 'ended'],
    ['has ended when the route says so', { id: 'g' }, {}, 'ended'],
    ['has ended when it was issued before', { issued: 999 }, {}, 'ended'],
    ['has expired', { expires: 2000 }, {}, 'expired'],
    ['has ended rather than expired', { id: 'g', expires: 2000 }, {}, 'ended'],
  ]
  for (const [what, ofSeat, ofAccess, expected] of problems) {
    it(what, () =>
      assert.equal(seatProblem({ ...seat, user: 'u1', ...ofSeat }, { ...access, ...ofAccess }, 2000), expected),
    )
  }
})

describe('seats among cookies', () => {
  const secrets = runSecrets(fixedKeys(keys))(access) ?? { seatKey: keyOf(0), token: '' }
  const scope = { ownHost: false, secure: true }
  const name = seatCookieName('label0001', scope)
  const good = { ...seat, user: 'u1' }
  const cookie = (changes: Partial<Seat> = {}) => `${name}=${mintSeat(secrets.seatKey, { ...good, ...changes })}`

  it('with __Host- count when one of them is valid, and otherwise the most telling problem is named', () => {
    const own = { ownHost: true, secure: true }
    const renamed = (header: string | undefined) => header?.replaceAll(`${name}=`, `${seatCookieName('', own)}=`)
    const check = (header: string | undefined, now = 2000) =>
      seatChecker(own)(renamed(header), access, secrets, now).state
    assert.equal(check(undefined), 'missing')
    assert.equal(check('a=b'), 'missing')
    assert.equal(check(`${name}=x; a=b`), 'invalid')
    assert.equal(check(`${name}=x; ${cookie({ expires: 1500 })}`), 'expired')
    assert.equal(check(`${cookie({ expires: 1500 })}; ${name}=x`), 'expired')
    assert.equal(check(`${name}=x; ${cookie({ expires: 1500 })}; ${cookie()}`), 'valid')
  })

  for (const scope of [
    { ownHost: false, secure: true },
    { ownHost: false, secure: false },
    { ownHost: true, secure: false },
  ]) {
    const name = seatCookieName('label0001', scope)
    it(`do not count when there are several ${name}, not even the first one`, () => {
      const good = cookie().replace(/^[^=]*/, name)
      const check = (header: string) => seatChecker(scope)(header, access, secrets, 2000).state
      assert.equal(check(good), 'valid')
      assert.equal(check(`${name}x=1; ${good}; x${name}=1`), 'valid')
      for (const header of [`${good}; ${name}=x`, `${name}=x; ${good}`, `${good}; ${good}`, `${good}; a=b; ${name}=`]) {
        assert.equal(check(header), 'ambiguous', header)
      }
      assert.equal(seatChecker(scope)(`${good}; ${good}`, access, secrets, 2000).state, 'ambiguous')
    })
  }

  it('expire and end also when they are remembered', () => {
    const checkSeat = seatChecker(scope)
    assert.equal(checkSeat(cookie(), access, secrets, 2000).state, 'valid')
    assert.equal(checkSeat(cookie(), access, secrets, 5000).state, 'expired')
    assert.equal(checkSeat(cookie(), { ...access, ended: ['i'] }, secrets, 2000).state, 'ended')
    assert.equal(
      checkSeat(cookie(), { ...access, run: 4 }, runSecrets(fixedKeys(keys))({ ...access, run: 4 }) ?? secrets, 2000)
        .state,
      'invalid',
    )
  })

  it('are remembered with the route’s access that let them in, and with no other', () => {
    const checkSeat = seatChecker(scope)
    // Under a key that did not sign a seat, only a remembered seat counts.
    const otherKey = { ...secrets, seatKey: keyOf(9) }
    assert.equal(checkSeat(cookie(), access, otherKey, 2000).state, 'invalid')
    assert.equal(checkSeat(cookie(), access, secrets, 2000).state, 'valid')
    assert.equal(checkSeat(cookie(), access, otherKey, 2000).state, 'valid')
    assert.equal(checkSeat(cookie({ id: 'j' }), access, otherKey, 2000).state, 'invalid')
    assert.equal(checkSeat(cookie(), access, otherKey, 5000).state, 'invalid')
    assert.equal(checkSeat(cookie(), { ...access }, otherKey, 2000).state, 'invalid')
    for (const changes of [{ ended: ['i'] }, { since: 1001 }, { user: 'u2' }]) {
      assert.equal(checkSeat(cookie(), { ...access, ...changes }, secrets, 2000).state, 'ended')
    }
    const guest = cookie({ user: 'u9' })
    assert.equal(checkSeat(guest, { ...access, guests: ['u9'] }, secrets, 2000).state, 'valid')
    assert.equal(checkSeat(guest, { ...access, guests: [] }, secrets, 2000).state, 'ended')
  })

  it('are remembered in a limited number for each access', () => {
    const checkSeat = seatChecker(scope, 2)
    const otherKey = { ...secrets, seatKey: keyOf(9) }
    const ids = ['a', 'b', 'c', 'd', 'e']
    for (const id of ids) assert.equal(checkSeat(cookie({ id }), access, secrets, 2000).state, 'valid')
    const remembered = ids.filter((id) => checkSeat(cookie({ id }), access, otherKey, 2000).state === 'valid')
    assert.ok(remembered.length <= 2 && remembered.includes('e'), remembered.join())
  })

  it('have a name for each server, with a prefix on https', () => {
    assert.equal(name, '__Http-seat-label0001')
    assert.equal(seatCookieName('label0001', { ownHost: false, secure: false }), 'seat-label0001')
    assert.equal(seatCookieName('label0001', { ownHost: true, secure: true }), '__Host-Http-seat')
    assert.equal(seatCookieName('label0001', { ownHost: true, secure: false }), 'seat')
  })

  const common = { name: 'n', value: 'v', path: '/p/', maxAgeSeconds: 60 }
  const attributes: [boolean, boolean, string][] = [
    [true, false, 'SameSite=Lax; Secure'],
    [false, false, 'SameSite=Lax'],
    [true, true, 'SameSite=None; Secure; Partitioned'],
    [false, true, 'SameSite=None; Secure; Partitioned'],
  ]
  for (const [secure, framed, end] of attributes) {
    it(`end with ${end} when ${secure ? 'https' : 'http'}${framed ? ', in a frame' : ''}`, () => {
      assert.equal(cookieHeader({ ...common, secure, framed }), `n=v; Path=/p/; Max-Age=60; HttpOnly; ${end}`)
    })
  }

  it('come with forms of other sites only where they are meant to', () => {
    const cookie = { ...common, secure: false, framed: false, fromOtherSites: true }
    assert.equal(cookieHeader(cookie), 'n=v; Path=/p/; Max-Age=60; HttpOnly; SameSite=None; Secure')
  })

  it('are found by their exact name, eight at most', () => {
    assert.deepEqual(cookieValues('a=1;b=2; a=3;aa=4; a =5; A=6; a=7=8', 'a'), ['1', '3', '7=8'])
    assert.deepEqual(cookieValues('b=a=1; "a=2"; ba=3;\t a=4 ;;a=', 'a'), ['4', ''])
    assert.equal(cookieValues(Array.from({ length: 20 }, () => 'a=1').join(';'), 'a').length, 8)
  })

  for (const ours of [
    'carrel',
    'carrel-first',
    'seat-00',
    'seat',
    '__Host-Http-seat',
    '__Http-seat-00',
    '__host-carrel-first',
    ' __HTTP-SEAT-00',
  ]) {
    it(`"${ours}" is ours`, () => assert.ok(isOurCookie(ours)))
  }
  for (const others of ['_xsrf', 'seats', 'carrels', 'username-nb-test', 'my-seat-00', 'jupyterhub-session-id']) {
    it(`"${others}" is not ours`, () => assert.ok(!isOurCookie(others)))
  }
})

describe('spelling', () => {
  const queries: [string, string, string[]][] = [
    ['/a', '/a', []],
    ['/a?', '/a?', []],
    ['/a?b=%2f&&c=?', '/a?b=%2f&&c=?', []],
    ['/a?token=x', '/a', ['x']],
    ['/a?token', '/a', ['token']],
    ['/a?b&token=x&c=%2F', '/a?b&c=%2F', ['x']],
    ['/a?token=x&b&token=y%20z', '/a?b', ['x', 'y z']],
    ['/a?%74%6Fken=x&b=+', '/a?b=+', ['x']],
    ['/a?tokens=x&atoken=y&Token=z', '/a?tokens=x&atoken=y&Token=z', []],
    ['/a?b=token=x', '/a?b=token=x', []],
    ['/a?%zz&token=x', '/a?%zz', ['x']],
    ['/token=x?b', '/token=x?b', []],
  ]
  for (const [url, without, tokens] of queries) {
    it(`${url} is ${without} without its token`, () => {
      assert.equal(withoutToken(url), without)
      assert.deepEqual(queryTokens(url), tokens)
    })
  }

  it('resolves escapes once', () => {
    assert.equal(decodedPath('/a%2525'), '/a%25')
    assert.equal(decodedPath('/%'), undefined)
  })

  const hosts: [string, 'http:' | 'https:', string][] = [
    ['A.B', 'http:', 'a.b'],
    ['a:80', 'http:', 'a'],
    ['a:443', 'http:', 'a:443'],
    ['a:443', 'https:', 'a'],
    ['a:80', 'https:', 'a:80'],
    ['[::1]:80', 'http:', '[::1]'],
    ['a:8080', 'http:', 'a:8080'],
  ]
  for (const [host, scheme, normal] of hosts) {
    it(`${host} is ${normal} on ${scheme}`, () => assert.equal(normalHost(host, scheme), normal))
  }
})

describe('a digest of routes', () => {
  const routes = [
    { path: '/a/', target: 'x', revision: 1 },
    { path: '/b/', target: 'y', revision: 2 },
  ]

  it('does not depend on the order, and leaves foreign routes out', () => {
    const digest = routesDigest(routes)
    assert.deepEqual(routesDigest([...routes].reverse()), digest)
    assert.deepEqual(routesDigest([...routes, { path: '/c/', target: 'z' }]), digest)
    assert.equal(digest.count, 2)
  })

  it('differs by path, revision and number', () => {
    const digests = [
      routes,
      routes.slice(1),
      [{ path: '/a/', target: 'x', revision: 2 }],
      [{ path: '/b/', target: 'x', revision: 1 }],
      [],
    ]
    assert.equal(new Set(digests.map((one) => routesDigest(one).digest)).size, digests.length)
  })
})

describe('frames of other sites', () => {
  for (const [url, needed] of [
    ['http://hub.example.org', true],
    ['http://192.168.0.7:8000', true],
    ['https://hub.example.org', false],
    ['http://127.0.0.1:8000', false],
    ['http://[::1]:8000', false],
    ['http://localhost:8000', false],
    ['http://hub.localhost', false],
    ['http://localhost.example.org', true],
  ] as const) {
    it(`${needed ? 'need https instead of' : 'work at'} ${url}`, () => assert.equal(framesNeedHttps(url), needed))
  }
})
