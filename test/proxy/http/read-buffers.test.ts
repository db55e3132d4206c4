import assert from 'node:assert/strict'
import { createReadBuffers } from '../../../proxy/http/read-buffers.ts'

describe('memory for reads', () => {
  it('is lent to one at a time, and to so many at most', () => {
    const buffers = createReadBuffers(2)
    const [first, second] = [buffers.take(), buffers.take()]
    assert.ok(first !== undefined && second !== undefined && first !== second)
    assert.equal(buffers.take(), undefined)
    buffers.giveBack(first)
    assert.equal(buffers.take(), first)
    assert.equal(buffers.lent, 2)
  })

  it('is not lent to two after it was given back twice', () => {
    const buffers = createReadBuffers(2)
    const first = buffers.take()
    assert.ok(first !== undefined)
    buffers.giveBack(first)
    buffers.giveBack(first)
    assert.notEqual(buffers.take(), buffers.take())
  })
})
