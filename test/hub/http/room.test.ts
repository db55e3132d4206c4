import assert from 'node:assert/strict'
import { createRoom } from '../../../hub/http/room.ts'

describe('room for bodies', () => {
  it('is taken by so many bytes in all, and by so many bodies of one user', () => {
    const room = createRoom({ bytes: 10, ofOneKey: 2 })
    const first = room.take('ann', 4)
    assert.ok(first !== undefined && room.take('ann', 1) !== undefined)
    assert.equal(room.take('ann', 1), undefined, 'a third of hers')
    assert.equal(room.take('ben', 6), undefined, 'more than is left')
    const other = room.take('ben', 5)
    assert.ok(other)
    assert.equal(room.take('carl', 1), undefined)
    first()
    first()
    assert.ok(room.take('ann', 4), 'what is given back twice counts once')
    assert.equal(room.take('carl', 1), undefined)
  })
})
