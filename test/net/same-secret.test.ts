import assert from 'node:assert/strict'
import { isSameSecret } from '../../net/same-secret.ts'

describe('isSameSecret', () => {
  it('is true for equal texts, and false for texts that differ in a letter or in length', () => {
    assert.equal(isSameSecret('secret', 'secret'), true)
    assert.equal(isSameSecret('', ''), true)
    for (const other of ['', 'secreT', 'secre', 'secrets']) assert.equal(isSameSecret('secret', other), false)
  })
})
