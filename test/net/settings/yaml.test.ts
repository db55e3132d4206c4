import assert from 'node:assert/strict'
import { readYaml } from '../../../net/settings/yaml.ts'

const typed = (text: string) => readYaml(text, { scalars: 'typed' })
const asText = (text: string) => readYaml(text, { scalars: 'text' })

describe('YAML of strangers', () => {
  it('is plain JSON, with numbers and truth where the reader wants them', () => {
    assert.deepEqual(typed('a: 1\nb: [true, null, "x", 0x10]\n').value, { a: 1, b: [true, null, 'x', 16] })
    assert.deepEqual(typed('').value, null)
  })

  it('has texts as they are written where the reader wants them, whatever versions of YAML make of them', () => {
    const text = 'a: yes\nb: 010\nc: 2027-01-18\nd: 1:30\ne: "null"\nf: null\ng: ~\nh:\n'
    assert.deepEqual(asText(text).value, {
      ...{ a: 'yes', b: '010', c: '2027-01-18', d: '1:30', e: 'null' },
      ...{ f: null, g: null, h: null },
    })
  })

  it('tells where each value stands: of a setting its key, and of what is missing what is around it', () => {
    const { placeOf } = typed('# a comment\ntitle: x\ntracks:\n  - name: one\n    sections: []\n  - name: two\n')
    assert.deepEqual(placeOf(['title']), { line: 2, column: 1 })
    assert.deepEqual(placeOf(['tracks', 1]), { line: 6, column: 5 })
    assert.deepEqual(placeOf(['tracks', 0, 'sections']), { line: 5, column: 5 })
    assert.deepEqual(placeOf(['tracks', 0, 'sections', 7, 'x']), { line: 5, column: 5 })
    assert.deepEqual(placeOf(['missing']), { line: 2, column: 1 })
  })

  it('takes aliases for what they name, which is the last one before them', () => {
    const { value, placeOf } = typed('a: &x [1]\nb: *x\nc: &x 2\nd: *x\n')
    assert.deepEqual(value, { a: [1], b: [1], c: 2, d: 2 })
    assert.deepEqual(placeOf(['b', 0]), { line: 1, column: 8 })
    assert.deepEqual(typed('outer: &o [&i 1]\ni2: &i 2\nagain: *o\nlast: *i\n').value, {
      ...{ outer: [1], i2: 2, again: [1], last: 2 },
    })
  })

  it('is read as if it had no mark of byte order, and with line ends of any kind', () => {
    assert.deepEqual(typed('\ufeffa: 1\r\nb: 2\r\n').value, { a: 1, b: 2 })
  })

  const told: [what: string, text: string, problem: RegExp, place: { line: number; column: number }][] = [
    ['a mistake in its form', 'a: 1\nb: [1\n', /is no proper YAML here: .*\. Correct it/, { line: 3, column: 1 }],
    ['a tab in front', 'a:\n\t- b\n', /is no proper YAML here/, { line: 2, column: 1 }],
    ['several documents', 'a: 1\n---\nb: 2\n', /is no proper YAML here/, { line: 2, column: 1 }],
    ['a tag of its own', 'a: !!python/object:os.system x\n', /has the tag .*: take it out/, { line: 1, column: 30 }],
    ['a key that is a list', '? [a]\n: 1\n', /a key that is no word/, { line: 1, column: 3 }],
    ['an alias of nothing', 'a: *b\n', /names \*b, and there is no &b before it/, { line: 1, column: 4 }],
  ]
  for (const [what, text, problem, place] of told) {
    it(`with ${what} is not read, and the place is told`, () => {
      const { value, problems } = typed(text)
      assert.equal(value, undefined)
      assert.equal(problems.length, 1)
      const [{ message, ...at } = { message: '' }] = problems
      assert.match(message, problem)
      assert.deepEqual(at, place)
    })
  }

  it('with a setting twice, or with what brings settings from elsewhere, is read, and that is told', () => {
    const { value, problems } = typed('base: &b { x: 1 }\na:\n  <<: *b\n  y: 2\ny: 1\ny: 2\n')
    assert.deepEqual(value, { base: { x: 1 }, a: { y: 2 }, y: 2 })
    assert.deepEqual(problems, [
      { line: 3, column: 3, message: '`<<` is not read: write out what it would bring' },
      { line: 6, column: 1, message: '`y` stands here twice, and the last one counts' },
    ])
  })
})
