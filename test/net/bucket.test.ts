import assert from 'node:assert/strict'
import { createBuckets, createClientBuckets } from '../../net/bucket.ts'
import { clientKey, networksOf } from '../../net/networks.ts'

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
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7%eth0', '192.0.2.7'],
    ['64:ff9b::192.0.2.7', '192.0.2.7'],
    ['::192.0.2.7', '0:0:0:0::/64'],
    ['2001:db8::1:0:0:1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0%1\n', 'fe80:0:0:0::/64'],
    ['2001:db8::9::1', '2001:db8::9::1'],
    ['2001:db8:g::', '2001:db8:g::'],
    ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:9'],
    [`::${'1'.repeat(100)}`, `::${'1'.repeat(62)}`],
    ['', ''],
  ]
  for (const [address, key] of cases) {
    it(`${address} counts as ${key}`, () => assert.equal(clientKey(address), key))
  }
})

describe('the networks of a client', () => {
  it('are its /64, /56 and /48, with wider allowances', () => {
    assert.deepEqual(networksOf('2001:db8:1:23ff::9'), [
      { key: '2001:db8:1:23ff::/64', share: 1 },
      { key: '2001:db8:1:2300::/56', share: 4 },
      { key: '2001:db8:1::/48', share: 16 },
    ])
  })

  it('are the address alone where it is of IPv4', () => {
    assert.deepEqual(networksOf('::ffff:192.0.2.7'), [{ key: '192.0.2.7', share: 1 }])
  })

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

  it('lose no turn of a narrow one where a wide one has none', () => {
    const buckets = createClientBuckets({ burst: 2, perSecond: 0.001 }, undefined, () => 0)
    taken(
      buckets,
      addresses(4, (n) => `2001:db8:1:10${n}::1`).flatMap((one) => [one, one]),
    )
    assert.ok(buckets.take('2001:db8:1:1ff::1') > 0)
    buckets.giveBack('2001:db8:1:100::1')
    assert.deepEqual([buckets.take('2001:db8:1:1ff::1'), buckets.take('2001:db8:1:1ff::2') > 0], [0, true])
  })

  it('count what is about something apart', () => {
    const buckets = createClientBuckets({ burst: 1, perSecond: 0.001 }, undefined, () => 0)
    assert.deepEqual([buckets.take('a', 'x'), buckets.take('a', 'y'), buckets.take('a', 'x') > 0], [0, 0, true])
  })
})
