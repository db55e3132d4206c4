import assert from 'node:assert/strict'
import { createSecretFinder, isSameSecret } from '../../net/same-secret.ts'

describe('isSameSecret', () => {
  it('is true for equal texts, and false for texts that differ in a letter or in length', () => {
    assert.equal(isSameSecret('secret', 'secret'), true)
    assert.equal(isSameSecret('', ''), true)
    for (const other of ['', 'secreT', 'secre', 'secrets']) assert.equal(isSameSecret('secret', other), false)
  })
})

describe('a finder of secrets', () => {
  it('names the secret that a text is, and none for any other text', () => {
    const nameOf = createSecretFinder({ proxy: 'secret', culler: 'other', metrics: undefined })
    assert.deepEqual(['secret', 'other'].map(nameOf), ['proxy', 'culler'])
    for (const text of ['', 'undefined', 'secreT', 'secrets', 'proxy']) assert.equal(nameOf(text), undefined)
  })
})
