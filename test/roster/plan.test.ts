import assert from 'node:assert/strict'
import { readCsv } from '../../roster/csv.ts'
import { readPeople } from '../../roster/people.ts'
import { type Account, planImport, type RosterPlan } from '../../roster/plan.ts'

const ann: Account = {
  name: 'ann',
  email: 'ann@example.org',
  displayName: 'Ann Lee',
  groups: ['maths'],
  isKept: true,
}

describe('planImport', () => {
  it('makes an account for a person who has none', () => {
    const { steps } = plan('email,first_name,groups\nbob.ray@example.org,Bob,maths')
    assert.deepEqual(steps, [
      {
        ...{ line: 2, kind: 'make', name: 'bob.ray', email: 'bob.ray@example.org', displayName: 'Bob' },
        ...{ groups: ['maths'], leaves: [], named: ['maths'] },
      },
    ])
  })

  it('gives a new account a name to show where the file has none', () => {
    assert.equal(plan('email\nbob.ray@example.org').steps[0]?.displayName, 'Bob Ray')
  })

  const unchanged: Record<string, string> = {
    'says the same': 'email,username,first_name,last_name,groups\nann@example.org,ann,Ann,Lee,maths',
    'says less': 'email\nANN@example.org',
    'leaves cells empty': 'email,username,first_name,groups\nann@example.org,,,',
  }
  for (const [what, text] of Object.entries(unchanged)) {
    it(`leaves a person alone of whom the file ${what}`, () => {
      const { steps, bad } = plan(text)
      assert.deepEqual(bad, [])
      assert.deepEqual(
        steps.map(({ kind, name }) => [kind, name]),
        [['leave', 'ann']],
      )
    })
  }

  it('adds groups, those for the whole file too, and takes none away', () => {
    const { steps } = plan('email,groups\nann@example.org,physics', { groups: ['all', 'maths'] })
    assert.deepEqual(
      steps.map(({ kind, groups }) => [kind, groups]),
      [['change', ['physics', 'all']]],
    )
  })

  it('takes people out of groups that the file does not name, only where that is wanted', () => {
    const { steps } = plan('email,groups\nann@example.org,physics', { groups: ['all'], replaceGroups: true })
    assert.deepEqual(
      steps.map(({ kind, groups, leaves, named }) => [kind, groups, leaves, named]),
      [['change', ['physics', 'all'], ['maths'], ['physics', 'all']]],
    )
    const same = plan('email,groups\nann@example.org,maths', { replaceGroups: true })
    assert.equal(same.steps[0]?.kind, 'leave')
  })

  it('changes the name to show', () => {
    const { steps } = plan('email,first_name,last_name\nann@example.org,Ann,Roy')
    assert.deepEqual(
      steps.map(({ kind, displayName }) => [kind, displayName]),
      [['change', 'Ann Roy']],
    )
  })

  it('finds a person by the address, whatever the account is called', () => {
    const { steps } = plan('email\nann@example.org', { accounts: [{ ...ann, name: 'a.lee' }] })
    assert.deepEqual(
      steps.map(({ kind, name }) => [kind, name]),
      [['leave', 'a.lee']],
    )
  })

  const bad: Record<string, [string, RegExp]> = {
    'another name for a known address': ['email,username\nann@example.org,annie', /Correct username to ann/],
    'a known name with another address': ['email,username\nmallory@example.org,ann', /already, with another address/],
    'a known name by the part before the @': ['email\nann@elsewhere.org', /already, with another address/],
    'a person who signs in elsewhere': ['email,username\nc@example.org,carol', /does not sign in with a password/],
    'a name that has a role': ['email,username\nmallory@example.org,root', /Files never give these/],
    'a name that the authenticator does not take': ['email,username\nmallory@example.org,odd', /cannot be the name/],
    'a group that has a role': ['email,groups\nann@example.org,tutors', /Files never give a role/],
  }
  for (const [what, [text, problem]] of Object.entries(bad)) {
    it(`refuses ${what}`, () => {
      const made = plan(text)
      assert.deepEqual(made.steps, [])
      assert.match(made.bad[0]?.problem ?? '', problem)
    })
  }

  it('refuses a group with a role that is meant for the whole file', () => {
    assert.equal(plan('email\nbob@example.org', { groups: ['tutors'] }).bad.length, 1)
  })

  it('leaves a person alone who has a role and an account', () => {
    const root = { ...ann, name: 'root', email: 'root@example.org' }
    assert.equal(plan('email\nroot@example.org', { accounts: [root] }).steps[0]?.kind, 'leave')
  })

  it('tells bad lines in the order of the file', () => {
    const { bad } = plan('email,username\nx@example.org,root\nnothing\ny@example.org,ann')
    assert.deepEqual(
      bad.map(({ line }) => line),
      [2, 3, 4],
    )
  })
})

function plan(text: string, { accounts = [ann], groups = [] as string[], replaceGroups = false } = {}): RosterPlan {
  const rows = readCsv(Buffer.from(text))
  assert.ok(Array.isArray(rows))
  const roster = readPeople(rows)
  assert.ok(!('problem' in roster))
  const carol: Account = { ...ann, name: 'carol', email: undefined, isKept: false }
  return planImport(roster, {
    accounts: [...accounts, carol],
    namesWithRole: new Set(['root']),
    groupsWithRole: new Set(['tutors']),
    refusedNames: new Set(['odd']),
    groups,
    replaceGroups,
  })
}
