import assert from 'node:assert/strict'
import { isOurCookie } from '../../seats/cookie.ts'
import { fixedKeys, parseKeys } from '../../seats/keys.ts'
import { type LastUserCookieScope, lastUserCookies, wasLastUser } from '../../seats/last-user.ts'

const key = (kid: string, byte: number) => `${kid}:${Buffer.alloc(32, byte).toString('base64url')}`
const ring = (...keys: string[]) => fixedKeys(parseKeys(keys.join(',')))
const tab: LastUserCookieScope = { secure: true, trusted: true, framed: false }
const frame = { ...tab, framed: true }
const plain = { ...tab, secure: false, trusted: false }

describe('the last user of a host', () => {
  const keys = ring(key('k2', 2), key('k1', 1))
  const headersFor = (user: string, scope = tab, cookies?: string, by = keys) =>
    lastUserCookies(by, { user, cookies }, scope)
  const cookieOf = (user: string, scope = tab, by = keys) =>
    headersFor(user, scope, undefined, by)[0]?.split(';')[0] ?? ''
  const isLast = (cookies: string | undefined, scope = tab, by = keys) =>
    wasLastUser(by, { user: 'ann', cookies }, scope)

  it('is the user of the cookie, and unknown without a cookie', () => {
    assert.ok(isLast(`a=b; ${cookieOf('ann')}`))
    assert.ok(!isLast(cookieOf('bob')))
    assert.ok(!isLast(undefined))
    assert.ok(!isLast('a=b'))
  })

  it('is unknown when a second cookie says otherwise, or the cookie is forged', () => {
    assert.ok(!isLast(`${cookieOf('ann')}; ${cookieOf('bob')}`))
    assert.ok(!isLast(`${cookieOf('ann')}; __Host-Http-seat-last-user=x`))
    assert.ok(!isLast(`${cookieOf('ann')}x`))
    assert.ok(!isLast(cookieOf('ann', tab, ring(key('k2', 3)))))
    assert.ok(!isLast('__Host-Http-seat-last-user=v1.k2..'))
  })

  it('is unknown with several cookies without a prefix, even with two equal ones', () => {
    const [cookie = ''] = headersFor('ann', plain).map((header) => header.split(';')[0])
    assert.ok(isLast(cookie, plain))
    assert.ok(!isLast(`${cookie}; ${cookie}`, plain))
    assert.ok(isLast(`${cookieOf('ann')}; ${cookieOf('ann')}`))
    const other = cookieOf('ann', { ...plain, framed: true })
    assert.ok(!isLast(`${cookie}; ${other}; ${other}`, plain))
  })

  it('is still known by an older key, but not by a dropped one', () => {
    const before = cookieOf('ann', tab, ring(key('k1', 1)))
    assert.ok(isLast(before))
    assert.ok(!isLast(before, tab, ring(key('k2', 2))))
  })

  it('is known in a tab by the cookie of a tab, and in a frame by that of a frame', () => {
    assert.ok(isLast(cookieOf('ann', frame), frame))
    assert.ok(!isLast(cookieOf('ann', frame), tab))
    assert.ok(!isLast(cookieOf('ann', tab), frame))
  })

  it('is unknown where a tab and a frame that may share their storage had different users', () => {
    for (const scope of [tab, frame]) {
      const other = { ...scope, framed: !scope.framed }
      assert.ok(isLast(`${cookieOf('ann', scope)}; ${cookieOf('ann', other)}`, scope))
      assert.ok(!isLast(`${cookieOf('ann', scope)}; ${cookieOf('bob', other)}`, scope))
    }
  })

  it('is known again at the next click, because a contradicting cookie of the other kind is deleted', () => {
    const [gone = '', kept = '', ...more] = headersFor('ann', tab, cookieOf('bob', frame))
    assert.deepEqual(more, [])
    assert.match(gone, /^__Host-Http-seat-last-user-framed=; Path=\/; Max-Age=0; HttpOnly; .*; Partitioned$/)
    assert.ok(isLast(kept.split(';')[0]))
    assert.equal(headersFor('ann', tab, cookieOf('ann', frame)).length, 1)
  })

  it('is kept in a cookie of ours that does not reveal the user, and that forms of the hub bring along', () => {
    const value = '=v1\\.k2\\.W10\\.[\\w-]{43}; Path=/; Max-Age=34560000; HttpOnly; '
    const expected: [LastUserCookieScope, string][] = [
      [tab, `__Host-Http-seat-last-user${value}SameSite=None; Secure`],
      [frame, `__Host-Http-seat-last-user-framed${value}SameSite=None; Secure; Partitioned`],
      [{ ...tab, secure: false }, `seat-last-user${value}SameSite=None; Secure`],
      [plain, `seat-last-user${value}SameSite=Lax`],
    ]
    for (const [scope, pattern] of expected) {
      const [header = ''] = headersFor('ann', scope)
      assert.match(header, new RegExp(`^${pattern}$`))
      assert.ok(isOurCookie(header.split('=')[0] ?? ''))
    }
  })
})
