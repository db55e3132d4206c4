import assert from 'node:assert/strict'
import { isOurCookie } from '../../seats/cookie.ts'
import { fixedKeys, parseKeys } from '../../seats/keys.ts'
import { lastUserCookie, wasLastUser } from '../../seats/last-user.ts'

const key = (kid: string, byte: number) => `${kid}:${Buffer.alloc(32, byte).toString('base64url')}`
const ring = (...keys: string[]) => fixedKeys(parseKeys(keys.join(',')))

describe('the last user of a host', () => {
  const keys = ring(key('k2', 2), key('k1', 1))
  const cookieOf = (user: string, by = keys) =>
    lastUserCookie(by, user, { secure: true, framed: false }).split(';')[0] ?? ''
  const isLast = (cookies: string | undefined, by = keys) => wasLastUser(by, cookies, 'ann', true)

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
    assert.ok(!isLast(cookieOf('ann', ring(key('k2', 3)))))
    assert.ok(!isLast('__Host-Http-seat-last-user=v1.k2..'))
  })

  it('is unknown with several cookies without a prefix, even with two equal ones', () => {
    const [plain = ''] = lastUserCookie(keys, 'ann', { secure: false, framed: false }).split(';')
    assert.ok(wasLastUser(keys, plain, 'ann', false))
    assert.ok(!wasLastUser(keys, `${plain}; ${plain}`, 'ann', false))
    assert.ok(isLast(`${cookieOf('ann')}; ${cookieOf('ann')}`))
  })

  it('is still known by an older key, but not by a dropped one', () => {
    const before = cookieOf('ann', ring(key('k1', 1)))
    assert.ok(isLast(before))
    assert.ok(!isLast(before, ring(key('k2', 2))))
  })

  it('is kept in a cookie of ours that does not reveal the user', () => {
    const header = lastUserCookie(keys, 'ann', { secure: true, framed: true })
    assert.match(
      header,
      /^__Host-Http-seat-last-user=v1\.k2\.W10\.[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=None; /,
    )
    assert.ok(isOurCookie('__Host-Http-seat-last-user'))
    assert.ok(isOurCookie('seat-last-user'))
  })
})
