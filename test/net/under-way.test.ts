import assert from 'node:assert/strict'
import { createUnderWay } from '../../net/under-way.ts'

describe('a count of what is under way', () => {
  const [ann, all] = [
    { name: 'ann', most: 1 },
    { name: 'all', most: 2 },
  ]
  const bob = { name: 'bob', most: 2 }

  it('takes a place of each name, or of none where one name is full', () => {
    const { take, fullOf } = createUnderWay()
    assert.ok(take([ann, all]))
    assert.equal(take([bob, ann]), undefined)
    assert.equal(fullOf([bob, all]), undefined)
    assert.ok(take([bob, all]))
    assert.equal(fullOf([bob, all, ann]), all)
    assert.equal(take([all]), undefined)
    assert.ok(take([bob]))
  })

  it('gives places back only once', () => {
    const { take, fullOf } = createUnderWay()
    const leave = take([all, bob])
    const other = take([all])
    assert.equal(fullOf([all]), all)
    leave?.()
    leave?.()
    assert.ok(take([all]))
    assert.equal(fullOf([all]), all)
    other?.()
    assert.equal(fullOf([all]), undefined)
  })

  it('takes any number without a name', () => {
    const { take } = createUnderWay()
    for (let i = 0; i < 100; i += 1) assert.ok(take([]))
  })
})
