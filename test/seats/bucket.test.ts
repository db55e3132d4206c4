import assert from 'node:assert/strict'
import { clientKey, createBuckets } from '../../seats/bucket.ts'

describe('buckets', () => {
  let now = 0
  beforeEach(() => {
    now = 0
  })
  const make = (burst: number, perSecond: number, keys?: number) => createBuckets({ burst, perSecond }, keys, () => now)

  it('give so many turns at once, and then say how long to wait', () => {
    const buckets = make(3, 0.5)
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => buckets.take('a')),
      [0, 0, 0, 2, 2],
    )
    now = 1
    assert.equal(buckets.take('a'), 1)
    now = 2
    assert.deepEqual([buckets.take('a'), buckets.take('a')], [0, 2])
  })

  it('count each key by itself', () => {
    const buckets = make(1, 1)
    assert.deepEqual([buckets.take('a'), buckets.take('b'), buckets.take('a')], [0, 0, 1])
  })

  it('are never more than full', () => {
    const buckets = make(2, 1)
    buckets.take('a')
    now = 1000
    for (let i = 0; i < 5; i += 1) buckets.giveBack('a')
    assert.deepEqual(
      [1, 2, 3].map(() => buckets.take('a')),
      [0, 0, 1],
    )
  })

  it('give a turn back for what turned out well', () => {
    const buckets = make(1, 0.1)
    assert.equal(buckets.take('a'), 0)
    buckets.giveBack('a')
    assert.deepEqual([buckets.take('a'), buckets.take('a')], [0, 10])
  })

  it('remember those keys that were used last, and no more than they may', () => {
    const buckets = make(1, 0.001, 3)
    for (const key of ['a', 'b', 'c', 'd']) assert.equal(buckets.take(key), 0)
    assert.equal(buckets.take('a'), 0)
    assert.ok(buckets.take('d') > 0)
  })
})

describe('a client', () => {
  const cases: [string, string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ]
  for (const [address, key] of cases) {
    it(`${address} counts as ${key}`, () => assert.equal(clientKey(address), key))
  }
})
