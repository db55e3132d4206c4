import assert from 'node:assert/strict'
import { readCsv } from '../../roster/csv.ts'
import { writeCsv } from '../../roster/export.ts'
import { readPeople } from '../../roster/people.ts'
import { planImport } from '../../roster/plan.ts'

const displayNames = [
  undefined,
  'Ann',
  'Ann Lee',
  'Ann van der Lee',
  'Lee, "Ann"; the first',
  '=HYPERLINK("https://evil.example.org")',
  '+1 2',
  '-1 2',
  '@SUM(A1) b',
  "'=1",
  "''",
  "'t Hooft",
  'Ann =1+1',
  'Zoë 李',
]

describe('writeCsv', () => {
  const accounts = displayNames.map((displayName, at) => ({
    name: `name${at}`,
    email: `name${at}@example.org`,
    displayName,
    groups: at % 2 === 0 ? ['maths', 'physics'] : [],
    isKept: true,
  }))
  const file = writeCsv(accounts)

  it('writes what an import leaves alone', () => {
    const rows = readCsv(Buffer.from(file))
    assert.ok(Array.isArray(rows))
    const roster = readPeople(rows)
    assert.ok(!('problem' in roster))
    const none = new Set<string>()
    const { steps, bad } = planImport(roster, {
      ...{ accounts, namesWithRole: none, groupsWithRole: none, refusedNames: none, groups: [], replaceGroups: true },
    })
    assert.deepEqual(bad, [])
    assert.deepEqual(
      steps.filter(({ kind }) => kind !== 'leave'),
      [],
    )
    assert.equal(steps.length, accounts.length)
  })

  it('writes no field that a spreadsheet calculates', () => {
    const rows = readCsv(Buffer.from(file))
    assert.ok(Array.isArray(rows))
    for (const field of rows.flatMap(({ fields }) => fields)) assert.doesNotMatch(field, /^[=+\-@\t\r]/)
  })

  it('begins with a byte order mark and ends lines as spreadsheets do', () => {
    assert.match(file, /^\ufeffemail,username,first_name,last_name,groups\r\n/)
    assert.equal(writeCsv([]), '\ufeffemail,username,first_name,last_name,groups\r\n')
  })
})
