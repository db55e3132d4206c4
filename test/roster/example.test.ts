import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCsv } from '../../roster/csv.ts'
import { templateProblem } from '../../roster/letter.ts'
import { readPeople } from '../../roster/people.ts'

const folder = join(import.meta.dirname, '../../examples/class')

describe('examples/class', () => {
  it('has a list without a mistake', () => {
    const rows = readCsv(readFileSync(join(folder, 'class.csv')))
    assert.ok(Array.isArray(rows))
    const roster = readPeople(rows)
    assert.ok(!('problem' in roster))
    assert.deepEqual([roster.people.length, roster.bad, roster.warnings], [3, [], []])
  })

  for (const name of ['welcome.txt', 'welcome.fr.txt']) {
    it(`has a good template, ${name}`, () => {
      assert.equal(templateProblem(readFileSync(join(folder, name), 'utf8')), undefined)
    })
  }
})
