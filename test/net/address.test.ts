import assert from 'node:assert/strict'
import {
  callableIp,
  clientKey,
  isEverywhere,
  isLinkLocal,
  isLoopback,
  isPublic,
  networksOf,
  readRange,
  spelledIp,
} from '../../net/address.ts'
import { hostOf, hostPort } from '../../net/endpoint.ts'

describe('the key of a client', () => {
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
    it(`is ${key} for ${address}`, () => assert.equal(clientKey(address), key))
  }
})

describe('the networks of an address', () => {
  it('are its /64, /56 and /48, with wider allowances', () => {
    assert.deepEqual(networksOf('2001:db8:1:23ff::9'), [
      { key: '2001:db8:1:23ff::/64', share: 1 },
      { key: '2001:db8:1:2300::/56', share: 4 },
      { key: '2001:db8:1::/48', share: 16 },
    ])
  })

  it('are only the address itself for IPv4', () => {
    assert.deepEqual(networksOf('::ffff:192.0.2.7'), [{ key: '192.0.2.7', share: 1 }])
  })

  it('are equal each time, also after a thousand other addresses', () => {
    const before = networksOf('2001:db8:1:23ff::9')
    for (let i = 0; i < 2500; i += 1) networksOf(`2001:db8::${i.toString(16)}`)
    assert.deepEqual(networksOf('2001:db8:1:23ff::9'), before)
  })
})

describe('an address', () => {
  const spellings: [string, string | undefined][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['2001:0DB8:0:0:0::9', '2001:db8::9'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207'],
    ['10.1', undefined],
    ['0x7f.0.0.1', undefined],
    ['010.0.0.1', undefined],
    ['2130706433', undefined],
    ['[::1]', undefined],
    ['192.0.2.7:80', undefined],
    ['unknown', undefined],
    ['', undefined],
  ]
  for (const [text, spelled] of spellings) {
    it(`${JSON.stringify(text)} is spelled ${spelled}`, () => assert.equal(spelledIp(text), spelled))
  }

  const kinds: [string, (text: string) => boolean, string[], string[]][] = [
    [
      'of loopback',
      isLoopback,
      ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
      ['128.0.0.1', '::2', '0.0.0.0', '127.example.org', 'localhost', '127.1'],
    ],
    [
      'of every address',
      isEverywhere,
      ['0.0.0.0', '::', '0::0', '::ffff:0.0.0.0'],
      ['127.0.0.1', '::1', '0.1.2.3', ''],
    ],
    ['of one link', isLinkLocal, ['169.254.1.1', 'fe80::1', 'febf::1%eth0'], ['fec0::1', '169.253.1.1']],
    [
      'of the internet',
      isPublic,
      ['8.8.8.8', '172.32.0.1', '172.15.0.1', '100.63.0.1', '2001:db8::1', '::ffff:8.8.8.8'],
      ['::ffff:10.0.0.1', '172.16.0.1', '100.127.0.1', 'fc00::1', 'fdff::1', 'name.example.org'],
    ],
  ]
  for (const [what, is, these, others] of kinds) {
    it(`is told to be ${what} or not`, () => {
      assert.deepEqual(these.filter(is), these)
      assert.deepEqual(others.filter(is), [])
    })
  }

  it('of a listener on all addresses is called at the address of loopback', () => {
    assert.deepEqual(['0.0.0.0', '::', '10.0.0.5', 'hub'].map(callableIp), ['127.0.0.1', '::1', '10.0.0.5', 'hub'])
  })

  it('of IPv6 stands in brackets before a port, and without brackets alone', () => {
    assert.deepEqual(
      [hostPort('::1', 80), hostPort('127.0.0.1', 80), hostPort('hub', 80)],
      ['[::1]:80', '127.0.0.1:80', 'hub:80'],
    )
    assert.deepEqual(['http://[::1]:80/x', 'http://127.0.0.1', 'https://hub:1'].map(hostOf), [
      '::1',
      '127.0.0.1',
      'hub',
    ])
  })
})

describe('a range', () => {
  it('is a network or an address', () => {
    assert.deepEqual(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1'].map(readRange), [
      { address: '10.0.0.0', bits: 8, family: 'ipv4' },
      { address: '192.0.2.7', bits: 32, family: 'ipv4' },
      { address: 'fd00::', bits: 8, family: 'ipv6' },
      { address: '::1', bits: 128, family: 'ipv6' },
    ])
  })

  for (const wrong of ['10.0.0.0/33', '10/8', '0x0a.0.0.0/8', 'fd00::/129', '::/-1', '10.0.0.0/', '/8', 'all', '']) {
    it(`is never ${JSON.stringify(wrong)}`, () => assert.equal(readRange(wrong), undefined))
  }
})
