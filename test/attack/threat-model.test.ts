import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from '../helpers/carrel.ts'
import { rules } from './rules.ts'

const model = read('docs/security.md')
const suite = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.test.ts'),
)

describe('the threat model, docs/security.md', () => {
  it('names tests that exist', () => {
    // Finds entries like `test/attack/x.test.ts` “first test”, “second test”, with a line for each title.
    const named = [...model.matchAll(/`(test\/[\w/.-]+\.ts)`((?:,?\s+“[^”]+”)*)/g)]
    assert.ok(named.length > 10)
    const wrong = named.flatMap(([, file = '', names = '']) => {
      if (!existsSync(join(projectDir, file))) return [`${file} is not there`]
      const text = read(file)
      const wanted = [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name)
      return wanted.filter((name) => !text.includes(name)).map((name) => `${file} has no “${name}”`)
    })
    assert.deepEqual(wrong, [])
  })

  it('names every rule, with a test that attacks it', () => {
    // The entry of a rule is a row of a table, or a heading with the text below it.
    const entries = [...model.matchAll(/^(?:\| `([^`]+)` \|.*|#### `([^`]+)`\n(?:(?!#).*\n)+)/gm)]
    const unnamed = rules.filter(
      (rule) => !entries.some(([entry, row, heading]) => rule === (row ?? heading) && entry.includes('`test/')),
    )
    assert.deepEqual(unnamed, [])
  })

  it('names every file of the suite', () => {
    assert.deepEqual(
      suite.filter((name) => !model.includes(`\`test/attack/${name}\``)),
      [],
    )
  })

  it('has only rules that a test attacks', () => {
    const texts = suite.map((name) => read(join('test/attack', name))).join('\n')
    assert.deepEqual(
      rules.filter((rule) => !texts.includes(`'${rule}'`)),
      [],
    )
  })
})

function read(file: string): string {
  return readFileSync(join(projectDir, file), 'utf8')
}
