import assert from 'node:assert/strict'
import { createBuckets, createClientBuckets } from '../../net/bucket.ts'

describe('buckets', () => {
  let now = 0
  beforeEach(() => {
    now = 0
  })
  const make = (burst: number, perSecond: number, keys?: number) => createBuckets({ burst, perSecond }, keys, () => now)

  it('give as many turns at once as they hold, and then say how long to wait', () => {
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

  it('take a turn back for an attempt that turned out well', () => {
    const buckets = make(1, 0.1)
    assert.equal(buckets.take('a'), 0)
    buckets.giveBack('a')
    assert.deepEqual([buckets.take('a'), buckets.take('a')], [0, 10])
  })

  it('remember a limited number of keys, and forget those not used for longest', () => {
    const buckets = make(1, 0.001, 3)
    for (const key of ['a', 'b', 'c', 'd']) assert.equal(buckets.take(key), 0)
    assert.equal(buckets.take('a'), 0)
    assert.ok(buckets.take('d') > 0)
  })
})

describe('the networks of a client', () => {
  const addresses = (count: number, spell: (n: string) => string) =>
    Array.from({ length: count }, (_, index) => spell(index.toString(16)))
  const taken = (buckets: ReturnType<typeof createClientBuckets>, from: string[]) =>
    from.filter((address) => buckets.take(address) === 0).length

  it('count together, so that many addresses help as far as the allowance of their network', () => {
    const make = () => createClientBuckets({ burst: 10, perSecond: 0.001 }, undefined, () => 0)
    assert.equal(
      taken(
        make(),
        addresses(1000, (n) => `2001:db8:1:2::${n}`),
      ),
      10,
    )
    assert.equal(
      taken(
        make(),
        addresses(256, (n) => `2001:db8:1:2${n.padStart(2, '0')}::1`).flatMap((one) => [one, one]),
      ),
      40,
    )
    assert.equal(
      taken(
        make(),
        addresses(60_000, (n) => `2001:db8:1:${n}::1`),
      ),
      160,
    )
    assert.equal(
      taken(
        make(),
        addresses(1000, (n) => `2001:db8:${n}:1::1`),
      ),
      1000,
    )
  })

  it('are not forgotten while an attacker has more addresses than are remembered', () => {
    const buckets = createClientBuckets({ burst: 1, perSecond: 0.001 }, 100, () => 0)
    assert.equal(
      taken(
        buckets,
        addresses(60_000, (n) => `2001:db8:1:${n}::1`),
      ),
      16,
    )
    assert.equal(
      taken(
        buckets,
        addresses(60_000, (n) => `2001:db8:1:${n}::1`),
      ),
      0,
    )
  })

  it('lose no turn of a narrow network where a wide network has none left', () => {
    const buckets = createClientBuckets({ burst: 2, perSecond: 0.001 }, undefined, () => 0)
    taken(
      buckets,
      addresses(4, (n) => `2001:db8:1:10${n}::1`).flatMap((one) => [one, one]),
    )
    assert.ok(buckets.take('2001:db8:1:1ff::1') > 0)
    buckets.giveBack('2001:db8:1:100::1')
    assert.deepEqual([buckets.take('2001:db8:1:1ff::1'), buckets.take('2001:db8:1:1ff::2') > 0], [0, true])
  })

  it('count each subject apart', () => {
    const buckets = createClientBuckets({ burst: 1, perSecond: 0.001 }, undefined, () => 0)
    assert.deepEqual([buckets.take('a', 'x'), buckets.take('a', 'y'), buckets.take('a', 'x') > 0], [0, 0, true])
  })
})
