import assert from 'node:assert/strict'
import type { GatewayWords } from '../../authenticators/authenticator.ts'
import { type HeaderOptions, header } from '../../authenticators/header.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { assertRefused } from '../helpers/refused.ts'
import { describeHeader } from './contract.ts'

const options: HeaderOptions = {
  from: ['10.0.0.7', 'fd00::/8'],
  headers: { user: 'X-Remote-User', displayName: 'X-Shib-Name', groups: 'X-Shib-Groups' },
}
const words = (headers: GatewayWords['headers'], address = '10.0.0.7'): GatewayWords => ({ address, headers })
const ann = { 'x-remote-user': ['ann'] }
/** Returns a text as headers have it: a character for each byte. */
const bytes = (text: string) => Buffer.from(text).toString('latin1')

describe('header', () => {
  describeHeader('header({ … })', () => ({
    authenticator: header(options),
    accepted: words({ ...ann, 'x-shib-name': ['Ann Smith'] }),
    ignored: [
      words(ann, '10.0.0.8'),
      words(ann, '127.0.0.1'),
      words(ann, 'not an address'),
      words('too-long', '10.0.0.8'),
      words({}),
      words({ 'x-remote-user': [''] }),
      words({ 'x-remote-user': ['  '] }),
      words({ 'x-shib-name': ['Ann Smith'] }),
      words({ 'X-Remote-User': ['ann'], x_remote_user: ['ann'] }),
    ],
    unclear: [
      words('too-long'),
      words({ 'x-remote-user': ['ann', 'root'] }),
      words({ 'x-remote-user': ['ann', 'ann'] }),
      words({ 'x-remote-user': ['ann, root'] }),
      words({ 'x-remote-user': ['ann,root'] }),
      words({ 'x-remote-user': ['\xe9'] }),
      words({ 'x-remote-user': ['a\x00b'] }),
      words({ 'x-remote-user': [bytes('ann\u202etoor')] }),
      words({ 'x-remote-user': ['a'.repeat(256)] }),
      words({ ...ann, 'x-shib-name': ['Ann', 'Root'] }),
    ],
  }))

  it('reads the name, the name to show and the groups that the config asks for, in UTF-8', () => {
    const identity = header({ ...options, groups: { tutors: ['staff', 'helpers'], others: 'other' } }).identify(
      words({
        'x-remote-user': [bytes(' josé ')],
        'x-shib-name': [bytes('Smith, José')],
        'x-shib-groups': ['staff, students,,admins'],
      }),
    )
    assert.deepEqual(identity, { subject: 'josé', name: 'josé', displayName: 'Smith, José', groups: ['tutors'] })
  })

  it('believes every address of a network, in each of its spellings', () => {
    const { identify } = header(options)
    for (const address of ['fd00::1', 'FD12:0::1', '::ffff:10.0.0.7'])
      assert.equal(identify(words(ann, address))?.name, 'ann')
  })

  it('takes another id than the name, and none in its place', () => {
    const { identify } = header({ ...options, headers: { user: 'X-Remote-User', id: 'X-Remote-Id' } })
    assert.deepEqual(identify(words({ ...ann, 'x-remote-id': ['4711'] })), { subject: '4711', name: 'ann' })
    assert.throws(() => identify(words(ann)), { name: 'AuthenticationError', detail: 'x-remote-id is not there' })
  })

  it('separates groups as Shibboleth does, when told so', () => {
    const { identify } = header({ ...options, groups: { admins: 'cn=a,dc=b' }, separator: ';' })
    assert.deepEqual(identify(words({ ...ann, 'x-shib-groups': ['staff;cn=a,dc=b'] }))?.groups, ['admins'])
    assert.deepEqual(identify(words(ann))?.groups, [], 'so that the hub takes away what was said earlier')
  })

  it('refuses groups without the header that has them', () => {
    const headers = { user: 'Remote-User' }
    assertRefused(header({ ...options, headers, groups: { tutors: 'staff' } }), /needs headers: \{ groups/)
  })

  it('names each header once, for the proxy to remove', () => {
    const { headers } = header({
      ...options,
      headers: { user: 'Remote-User', id: 'REMOTE-USER', groups: 'Remote-Groups' },
    })
    assert.deepEqual(headers, ['remote-user', 'remote-groups'])
  })

  it('can be the gate before temporary users', () => {
    const gate = header(options)
    assert.equal(temporary({ behind: gate }).behind, gate)
  })

  it('refuses gateways that are no addresses, none and all', () => {
    assertRefused(header({ ...options, from: [] }), /names no gateway/)
    assertRefused(header({ ...options, from: ['gateway.example.org'] }), /is an address, or a network/)
    for (const all of ['0.0.0.0/0', '::/0']) assertRefused(header({ ...options, from: [all] }), /covers every address/)
  })

  it('refuses headers that other requests need, and names that programs on the way spell anew', () => {
    for (const user of [
      'Cookie',
      'authorization',
      'Host',
      'X-Carrel-Gateway',
      'X-Forwarded-For',
      'X_Remote_User',
      'a b',
      '',
    ])
      assertRefused(header({ ...options, headers: { user } }), /is the name of a header of the gateway alone/, user)
  })

  it('refuses a way out that leads elsewhere than it says', () => {
    for (const signOutUrl of ['//evil.example', '/\\evil.example', 'http://id.example', 'javascript:alert(1)', 'x'])
      assertRefused(header({ ...options, signOutUrl }), /is a path like/, signOutUrl)
    assert.equal(header({ ...options, signOutUrl: '/oauth2/sign_out' }).signOutUrl, '/oauth2/sign_out')
  })

  it('lets nobody in by refused options', () => {
    const { identify, refusal } = header({ ...options, from: [] })
    assert.throws(() => identify(words(ann)), refusal)
  })
})
