import assert from 'node:assert/strict'
import { readCsv } from '../../roster/csv.ts'
import { mostPeople, type Person, type Roster, readPeople } from '../../roster/people.ts'

describe('readPeople', () => {
  const cases: Record<string, [string, Partial<Person>]> = {
    'an address only': [
      'email\nAnn.Lee-Roy@Example.org',
      {
        email: 'ann.lee-roy@example.org',
        name: 'ann.lee-roy',
        isNamed: false,
        displayName: undefined,
        likelyName: 'Ann Lee Roy',
      },
    ],
    'all columns, in any order and spelling': [
      'First name,E-MAIL?,Email,LAST-NAME,groups,username\nAnn,,ann@example.org,Lee,"maths-1, physics; chess",ANN',
      { name: 'ann', isNamed: true, displayName: 'Ann Lee', groups: ['maths-1', 'physics', 'chess'] },
    ],
    'a last name only': ['email,last_name\na@example.org,Lee', { displayName: 'Lee' }],
    'a name of another script': ['email,username\na@example.org,Zoë', { name: 'zoë' }],
    'a field that an export guards': ["email,first_name\na@example.org,'=1+1", { displayName: '=1+1' }],
    'an apostrophe of a name': ["email,last_name\na@example.org,'t Hooft", { displayName: "'t Hooft" }],
    'a group named twice': ['email,groups\na@example.org,x x', { groups: ['x'] }],
  }
  for (const [what, [text, expected]] of Object.entries(cases)) {
    it(`reads ${what}`, () => {
      const { people, bad } = roster(text)
      assert.deepEqual(bad, [])
      const [person] = people
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(person?.[key as keyof Person], value, key)
    })
  }

  const bad: Record<string, [string, RegExp]> = {
    'no address': ['email,username\n,ann', /no address/],
    'two addresses': ['email\n"a@example.org, b@example.org"', /not a mail address/],
    'an address with a header in it': ['email\n"a@example.org\nBcc: all@example.org"', /not a mail address/],
    'an address with a name': ['email\nAnn <a@example.org>', /not a mail address/],
    'an address without a domain': ['email\nann@localhost', /not a mail address/],
    'a name of an LMS learner': ['email,username\na@example.org,LMS:x', /looks like the account/],
    'a name of a temporary user': [
      'email,username\na@example.org,0b53a6b7-9c1d-4b62-9a44-6d3d6a2f7f10',
      /looks like the account/,
    ],
    'a group for a name': ['email,username\na@example.org,group:staff', /not the name of an account/],
    'a name with a path in it': ['email,username\na@example.org,../x', /not the name of an account/],
    'an address that makes no name': ["email\no'neil@example.org", /Give this person a username/],
    'a first name of two lines': ['email,first_name\na@example.org,"Ann\nBcc: b@example.org"', /one line/],
    'a first name that turns the direction': ['email,first_name\na@example.org,Ann\u202e', /one line/],
    'a group that is none': ['email,groups\na@example.org,Staff!', /not the name of a group/],
    'more fields than columns': ['email,username\na@example.org,ann,lee', /3 fields/],
  }
  for (const [what, [text, problem]] of Object.entries(bad)) {
    it(`refuses ${what}`, () => {
      const read = roster(text)
      assert.deepEqual(read.people, [])
      assert.equal(read.bad.length, 1)
      assert.equal(read.bad[0]?.line, 2)
      assert.match(read.bad[0]?.problem ?? '', problem)
    })
  }

  it('refuses the second line of an address or of a name, and names the first', () => {
    const read = roster('email,username\na@example.org,ann\nA@example.org,other\nb@example.org,Ann\nc@example.org,cat')
    assert.deepEqual(
      read.people.map(({ line }) => line),
      [2, 5],
    )
    assert.match(read.bad[0]?.problem ?? '', /^Line 2 has the address a@example.org too/)
    assert.match(read.bad[1]?.problem ?? '', /^Line 2 has the name ann too/)
  })

  it('tells which columns it ignores, and what they may have meant', () => {
    const { warnings } = roster('email,grops,password,Phone\na@example.org,x,y,z')
    assert.deepEqual(warnings, [
      'The column “grops” is not known and ignored; did you mean "groups"?',
      'The column “password” is ignored: each person chooses a password by a link of her own.',
      'The column “Phone” is not known and ignored.',
    ])
  })

  const unreadable: Record<string, [string, RegExp]> = {
    'an empty file': ['', /empty/],
    'a file without header': ['ann@example.org,ann', /no column “email”/],
    'two columns of one name': ['email,username,Username\na@example.org,a,b', /two columns “username”/],
    'too many people': [`email\n${'a@example.org\n'.repeat(mostPeople + 1)}`, /Split it/],
  }
  for (const [what, [text, problem]] of Object.entries(unreadable)) {
    it(`refuses ${what} as a whole`, () => {
      const read = readPeople(rowsOf(text))
      assert.ok('problem' in read)
      assert.match(read.problem, problem)
    })
  }
})

function rowsOf(text: string) {
  const rows = readCsv(Buffer.from(text))
  assert.ok(Array.isArray(rows))
  return rows
}

function roster(text: string): Roster {
  const read = readPeople(rowsOf(text))
  assert.ok(!('problem' in read))
  return read
}
