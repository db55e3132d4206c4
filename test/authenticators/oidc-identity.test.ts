import assert from 'node:assert/strict'
import { findClaim, identityFromClaims } from '../../authenticators/oidc-identity.ts'

const read = (claims: Record<string, unknown>, names: { usernameClaim?: string; groupsClaim?: string } = {}) =>
  identityFromClaims(claims, { provider: 'id.example.org', usernameClaim: undefined, groupsClaim: undefined, ...names })

describe('oidc identity', () => {
  const accepted: [string, Record<string, unknown>, object, object][] = [
    ['a user name', { sub: '1', preferred_username: 'ann' }, {}, { subject: '1', name: 'ann' }],
    ['no user name', { sub: 'u-1' }, {}, { subject: 'u-1', name: 'u-1' }],
    ['an empty user name', { sub: 'u-1', preferred_username: '' }, {}, { subject: 'u-1', name: 'u-1' }],
    ['a full name', { sub: 'u', name: 'Ann Lee' }, {}, { subject: 'u', name: 'u', displayName: 'Ann Lee' }],
    ['an odd full name', { sub: 'u', name: 'Ann\u202e' }, {}, { subject: 'u', name: 'u' }],
    ['other letters', { sub: '1', preferred_username: 'Zoë' }, {}, { subject: '1', name: 'Zoë' }],
    [
      'a mail address',
      { sub: '1', email: 'a@b.org', email_verified: true },
      { usernameClaim: 'email' },
      { subject: '1', name: 'a@b.org' },
    ],
    ['a nested claim', { sub: '1', user: { id: 'ann' } }, { usernameClaim: 'user.id' }, { subject: '1', name: 'ann' }],
    ['groups', { sub: 'u', g: ['a', 'b', 'a'] }, { groupsClaim: 'g' }, { subject: 'u', name: 'u', groups: ['a', 'b'] }],
    ['one group', { sub: 'u', g: 'a' }, { groupsClaim: 'g' }, { subject: 'u', name: 'u', groups: ['a'] }],
    ['no groups', { sub: 'u' }, { groupsClaim: 'g' }, { subject: 'u', name: 'u', groups: [] }],
    [
      'odd groups',
      { sub: 'u', g: ['a', 7, '', null] },
      { groupsClaim: 'g' },
      { subject: 'u', name: 'u', groups: ['a'] },
    ],
  ]
  for (const [what, claims, names, identity] of accepted) {
    it(`reads ${what}`, () => assert.deepEqual(read(claims, names), identity))
  }

  const uuid = '2f1c1c4e-6d63-4c4d-9a7e-0d7f7a1b2c3d'
  const refused: [string, Record<string, unknown>, object, RegExp][] = [
    ['no subject', { preferred_username: 'ann' }, {}, /did not say who you are/],
    ['a subject that is no text', { sub: 7 }, {}, /did not say who you are/],
    ['an endless subject', { sub: 'x'.repeat(256) }, {}, /did not say who you are/],
    ['a subject with a line break', { sub: 'a\nb' }, {}, /did not say who you are/],
    ['a long name', { sub: '1', preferred_username: 'x'.repeat(129) }, {}, /1 to 128 printable characters/],
    ['a control character', { sub: '1', preferred_username: 'a\0' }, {}, /1 to 128 printable characters/],
    ['half a character', { sub: '1', preferred_username: 'a\ud800' }, {}, /1 to 128 printable characters/],
    ['space around the name', { sub: '1', preferred_username: ' ann' }, {}, /1 to 128 printable characters/],
    ['a name that is no text', { sub: '1', preferred_username: { a: 1 } }, {}, /1 to 128 printable characters/],
    ['a name that is a path', { sub: '1', preferred_username: '..' }, {}, /means something else/],
    ['a learner', { sub: '1', preferred_username: 'LMS:edx:17' }, {}, /the hub makes itself/],
    ['a temporary user', { sub: '1', preferred_username: uuid }, {}, /the hub makes itself/],
    ['a subject like a temporary user', { sub: uuid.toUpperCase() }, {}, /the hub makes itself/],
    ['no such claim', { sub: '1' }, { usernameClaim: 'email' }, /cannot be used here: there is none/],
    [
      'an unverified address',
      { sub: '1', email: 'a@b', email_verified: false },
      { usernameClaim: 'email' },
      /verified/,
    ],
    ['a name from the prototype', { sub: '1' }, { usernameClaim: 'constructor.name' }, /there is none/],
  ]
  for (const [what, claims, names, message] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => read(claims, names), { name: 'AuthenticationError', message }))
  }

  it('finds a claim whose own name has dots before it looks for a path', () => {
    const claims = { 'https://example.org/groups': ['a'], realm_access: { roles: ['b'] } }
    assert.deepEqual(findClaim(claims, 'https://example.org/groups'), ['a'])
    assert.deepEqual(findClaim(claims, 'realm_access.roles'), ['b'])
    assert.equal(findClaim(claims, 'realm_access.roles.0'), 'b')
    assert.equal(findClaim(claims, 'realm_access.none.deeper'), undefined)
  })
})
