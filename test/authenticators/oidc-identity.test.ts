import assert from 'node:assert/strict'
import { findClaim } from '../../authenticators/oidc-claims.ts'
import { identityFromClaims } from '../../authenticators/oidc-identity.ts'

interface Names {
  usernameClaim?: string
  groupsClaim?: string
  groups?: Record<string, string | string[]>
}
const read = (claims: Record<string, unknown>, names: Names = {}) =>
  identityFromClaims(claims, { provider: 'id.example.org', usernameClaim: undefined, ...names })
const groups = { a: 'a', b: ['/school/b', '/school/c'] }

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
    [
      'groups',
      { sub: 'u', g: ['a', '/school/c', 'a'] },
      { groupsClaim: 'g', groups },
      { subject: 'u', name: 'u', groups: ['a', 'b'] },
    ],
    [
      'groups of the usual claim',
      { sub: 'u', groups: ['/school/b'] },
      { groups },
      { subject: 'u', name: 'u', groups: ['b'] },
    ],
    [
      'groups that nobody has asked for',
      { sub: 'u', groups: ['b', 'A', 'group:a', 'a\n', ' a', ['a'], { a: 'a' }] },
      { groups },
      { subject: 'u', name: 'u', groups: [] },
    ],
    [
      'thousands of groups',
      { sub: 'u', groups: [...Array.from({ length: 50_000 }, (_, index) => `g${index}`), 'a'] },
      { groups },
      { subject: 'u', name: 'u', groups: ['a'] },
    ],
    [
      'a name in lower case',
      { sub: '1', preferred_username: 'Ann' },
      { lowerCaseNames: true },
      { subject: '1', name: 'ann' },
    ],
    [
      'a name by the map, after lower case',
      { sub: '1', preferred_username: 'Ann.Lee' },
      { lowerCaseNames: true, nameMap: { 'ann.lee': 'ann' } },
      { subject: '1', name: 'ann' },
    ],
    [
      'a person whom a rule lets in by the name here',
      { sub: '1', preferred_username: 'x' },
      { nameMap: { x: 'ann' }, allow: { names: ['ann'] } },
      { subject: '1', name: 'ann' },
    ],
    [
      'a person whom a rule lets in by the address',
      { sub: '1', email: 'Ann@Example.org', email_verified: true },
      { allow: { emails: ['ann@example.ORG'] } },
      { subject: '1', name: '1' },
    ],
    [
      'groups by other claims',
      { sub: 'u', role: ['x', 'admin'], mfa: true },
      { groups: { operators: { role: 'admin', mfa: true }, others: { role: 'admin', mfa: false } } },
      { subject: 'u', name: 'u', groups: ['operators'] },
    ],
    ['one group', { sub: 'u', g: 'a' }, { groupsClaim: 'g', groups }, { subject: 'u', name: 'u', groups: ['a'] }],
    ['no groups', { sub: 'u' }, { groupsClaim: 'g', groups }, { subject: 'u', name: 'u', groups: [] }],
    [
      'odd groups',
      { sub: 'u', g: ['a', 7, '', null] },
      { groupsClaim: 'g', groups },
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
    ['a person whom no rule lets in', { sub: '1' }, { allow: { names: ['ann'] } }, /not one of those that may come in/],
    [
      'a person who fits a rule and lacks a claim',
      { sub: '1', preferred_username: 'ann' },
      { allow: { names: ['ann'] }, requiredClaims: { hd: 'example.org' } },
      /not one of those that may come in/,
    ],
    [
      'a person with too many groups to say',
      { sub: '1', _claim_names: { groups: 'src1' } },
      { groups },
      /did not say in which groups you are, because they are too many/,
    ],
    [
      'a name that the map gives to another person',
      { sub: '1', preferred_username: 'ann' },
      { nameMap: { 'ann.lee': 'ann' } },
      /it is kept for another person/,
    ],
    ['letters that cannot be seen', { sub: '1', preferred_username: 'ann\u200b' }, {}, /letters that cannot be seen/],
    ['the name of a group', { sub: '1', preferred_username: 'group:tutors' }, {}, /looks like one of a group/],
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
