import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { z } from 'zod'
import type { SigningKey } from '../../seats/keys.ts'
import { claimed, onlyKey, opened, type SignedKind, sealed } from '../../seats/signed.ts'

const keyOf = (kid: string, byte: number): SigningKey => ({ kid, secret: createSecretKey(Buffer.alloc(32, byte)) })
const key = keyOf('k1', 1)

describe('a signed text', () => {
  const kind = { purpose: 'landing', payload: z.strictObject({ to: z.string() }) } satisfies SignedKind<unknown>
  const payload = { to: '/ä?b=c"' }
  const text = sealed(kind, key, payload)

  it('yields its payload to a reader with the key who knows what the text is about', () => {
    assert.match(text, /^v1\.k1\.[\w-]+\.[\w-]{43}$/)
    assert.deepEqual(opened(kind, onlyKey(key), text), payload)
    assert.deepEqual(opened(kind, onlyKey(key), sealed(kind, key, payload, 'ann.x'), 'ann.x'), payload)
  })

  it('does not reveal what it is about, and is not valid about anything else', () => {
    const about = sealed(kind, key, payload, 'ann')
    assert.equal(about.split('.')[2], text.split('.')[2])
    for (const other of ['', 'bob', 'ann.', '.ann', 'ANN'])
      assert.equal(opened(kind, onlyKey(key), about, other), undefined)
    assert.equal(opened(kind, onlyKey(key), text, 'ann'), undefined)
  })

  it('is opened by an older key with the id that it names, and by no other key', () => {
    const keys = [keyOf('k2', 2), key]
    const find = (kid: string) => keys.find((one) => one.kid === kid)
    assert.deepEqual(opened(kind, find, text), payload)
    assert.equal(
      opened(kind, () => undefined, text),
      undefined,
    )
    assert.equal(
      opened(kind, () => keys[0], text),
      undefined,
    )
    assert.equal(opened(kind, find, text.replace('k1', 'k2')), undefined)
    assert.equal(
      opened(kind, () => key, text.replace('k1', 'k2')),
      undefined,
    )
  })

  it('has one spelling', () => {
    const others = [`${text}=`, `${text}.`, `.${text}`, ` ${text}`, `${text}\n`, text.replace('v1', 'v2'), `${text}.x`]
    for (const other of [
      ...others,
      '',
      '.',
      '...',
      'v1...',
      'v1.k1..',
      text.slice(0, -1),
      text.replace(/.{44}$/, ''),
    ]) {
      assert.equal(opened(kind, onlyKey(key), other), undefined, other)
    }
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const letter of letters) {
      const other = text.slice(0, -1) + letter
      assert.equal(opened(kind, onlyKey(key), other) !== undefined, other === text)
    }
  })

  it('is refused when the payload does not fit its kind, also with a right signature', () => {
    const loose = { purpose: 'landing', payload: z.unknown() } satisfies SignedKind<unknown>
    for (const other of [{}, { to: 1 }, { to: '/', more: 1 }, ['/'], null, 'x']) {
      assert.equal(opened(kind, onlyKey(key), sealed(loose, key, other)), undefined)
    }
  })

  it('is refused without a search for a key when it is too long or has another form', () => {
    const long = `v1.k1.${'x'.repeat(20_000)}.${'A'.repeat(43)}`
    const find = () => assert.fail('a key was searched')
    for (const other of [
      long,
      'x',
      'v1.k1.x',
      `v1.${'k'.repeat(17)}.x.${'A'.repeat(43)}`,
      `v1.K1.x.${'A'.repeat(43)}`,
    ]) {
      assert.equal(opened(kind, find, other), undefined)
    }
    assert.equal(claimed(kind, long), undefined)
  })

  it('is never longer than a reader takes', () => {
    const longest = 16_384
    const room = Math.floor(((longest - 'v1.k1..'.length - 43) * 3) / 4) - '{"to":""}'.length
    const fits = sealed(kind, key, { to: 'x'.repeat(room) })
    assert.ok(fits.length > longest - 2)
    assert.deepEqual(opened(kind, onlyKey(key), fits), { to: 'x'.repeat(room) })
    assert.throws(() => sealed(kind, key, { to: 'x'.repeat(room + 2) }), /landing/)
  })

  it('can be read unchecked with `claimed`', () => {
    const other = keyOf('k1', 9)
    assert.deepEqual(claimed(kind, sealed(kind, other, payload)), payload)
    for (const body of ['e30', 'e', 'AAAA']) assert.equal(claimed(kind, `v1.k1.${body}.${'A'.repeat(43)}`), undefined)
  })
})
