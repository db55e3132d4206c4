import assert from 'node:assert/strict'
import { headersOf } from '../../../proxy/http/headers.ts'

describe("a backend's headers", () => {
  it('are joined, listed or counted once, as Node does it', () => {
    const raw = [
      'X-A',
      '1',
      'set-cookie',
      'a=1',
      'x-a',
      '2',
      'Set-Cookie',
      'b=2',
      'Content-Type',
      'a',
      'content-type',
      'b',
    ]
    assert.deepEqual(headersOf(raw), { 'x-a': '1, 2', 'set-cookie': ['a=1', 'b=2'], 'content-type': 'a' })
  })

  it('may have the names of what every object has', () => {
    const headers = headersOf(['constructor', 'a', 'Constructor', 'b', '__proto__', 'c', 'hasownproperty', 'd'])
    assert.deepEqual(Object.entries(headers), [
      ['constructor', 'a, b'],
      ['hasownproperty', 'd'],
    ])
    assert.equal(Object.getPrototypeOf(headers), Object.prototype)
  })
})
