import assert from 'node:assert/strict'
import { isOurCookie } from '../../seats/cookie.ts'
import { fixedKeys, parseKeys } from '../../seats/keys.ts'
import { satHereLast, sitterCookieHeader } from '../../seats/sitter.ts'

const key = (kid: string, byte: number) => `${kid}:${Buffer.alloc(32, byte).toString('base64url')}`
const ring = (...keys: string[]) => fixedKeys(parseKeys(keys.join(',')))

describe('who sat here last', () => {
  const keys = ring(key('k2', 2), key('k1', 1))
  const cookieOf = (user: string, by = keys) =>
    sitterCookieHeader(by, user, { secure: true, framed: false }).split(';')[0] ?? ''
  const sat = (cookies: string | undefined, by = keys) => satHereLast(by, cookies, 'ann', true)

  it('is the user of the cookie, and nobody where there is none', () => {
    assert.ok(sat(`a=b; ${cookieOf('ann')}`))
    assert.ok(!sat(cookieOf('bob')))
    assert.ok(!sat(undefined))
    assert.ok(!sat('a=b'))
  })

  it('is nobody when a second cookie says otherwise, or the cookie is forged', () => {
    assert.ok(!sat(`${cookieOf('ann')}; ${cookieOf('bob')}`))
    assert.ok(!sat(`${cookieOf('ann')}; __Host-Http-seat-sitter=x`))
    assert.ok(!sat(`${cookieOf('ann')}x`))
    assert.ok(!sat(cookieOf('ann', ring(key('k2', 3)))))
    assert.ok(!sat('__Host-Http-seat-sitter=k2.'))
  })

  it('is nobody where several cookies without prefix say so, be it twice the same', () => {
    const [plain = ''] = sitterCookieHeader(keys, 'ann', { secure: false, framed: false }).split(';')
    assert.ok(satHereLast(keys, plain, 'ann', false))
    assert.ok(!satHereLast(keys, `${plain}; ${plain}`, 'ann', false))
    assert.ok(sat(`${cookieOf('ann')}; ${cookieOf('ann')}`))
  })

  it('is still known by an older key, and by a dropped one no more', () => {
    const before = cookieOf('ann', ring(key('k1', 1)))
    assert.ok(sat(before))
    assert.ok(!sat(before, ring(key('k2', 2))))
  })

  it('travels in a cookie of ours that says nothing about the user', () => {
    const header = sitterCookieHeader(keys, 'ann', { secure: true, framed: true })
    assert.match(header, /^__Host-Http-seat-sitter=k2\.[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=None; /)
    assert.ok(isOurCookie('__Host-Http-seat-sitter'))
    assert.ok(isOurCookie('seat-sitter'))
  })
})
