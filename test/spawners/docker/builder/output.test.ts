import assert from 'node:assert/strict'
import type { BuildProgress } from '../../../../spawners/builder.ts'
import { buildProgress, lineCutter, plainLine } from '../../../../spawners/docker/builder/output.ts'

describe('what an engine prints of a build', () => {
  const progressOf = (...texts: string[]) => texts.flatMap(buildProgress(3))
  const steps = (all: BuildProgress[]) => all.flatMap((one) => ('step' in one ? [[one.step, one.steps]] : []))
  const lines = (all: BuildProgress[]) => all.flatMap((one) => ('line' in one ? [one.line] : []))

  it('tells each step of the Dockerfile, and none of those that give labels', () => {
    const found = progressOf(
      ...['Step 1/5 : FROM tiny', '\n', ' ---> 2854aa5d2a6b\n', 'Step 2/5 : RUN echo hi', '\n'],
      ...[' ---> Running in f13d5ced11c5\n', 'hi\n', 'Removing intermediate container f13d5ced11c5\n'],
      ...['Step 3/5 : LABEL carrel.build=demo:1\n', 'Step 4/5 : LABEL carrel.installation=x\n'],
      'Successfully built a865713d5abc\n',
    )
    assert.deepEqual(found, [
      { step: 1, steps: 2 },
      { line: 'Step 1/2: FROM tiny' },
      { step: 2, steps: 2 },
      { line: 'Step 2/2: RUN echo hi' },
      { line: 'hi' },
    ])
  })

  it('is not taken for a step where a program prints it', () => {
    const printed = ['Step 1/9 : FROM tiny\n', 'Step 5/9 : done\n', 'Step 2/7 : done\n', 'Step 2/9 : RUN a\n']
    assert.deepEqual(steps(progressOf(...printed)), [
      [1, 6],
      [2, 6],
    ])
  })

  it('comes in pieces, and ends lines in any way', () => {
    assert.deepEqual(lines(progressOf('a', 'b\r', '\nc\rd\n\n', 'e', '\n')), ['ab', 'c', 'd', 'e'])
  })

  const plain: [what: string, line: string, shown: string][] = [
    ['colours', '\x1b[91mred\x1b[0m \x1b[1;32mgreen\x1b[m', 'red green'],
    ['a title of the window', '\x1b]0;title\x07text', 'text'],
    ['a link', '\x1b]8;;https://a.example\x1b\\text\x1b]8;;\x1b\\', 'text'],
    ['moves of the cursor', '\x1b[2K\x1b[1A50 %\x1bM', '50 %'],
    ['control characters', 'a\0b\x08c\x7fd\x9be', 'abcde'],
    ['what turns the direction of writing', 'a\u202eb\u2066c\u2028d', 'abcd'],
    ['half a character', 'a\ud800', 'a\ufffd'],
    ['tabs', 'a\tb', 'a    b'],
  ]
  for (const [what, line, shown] of plain) {
    it(`is shown without ${what}`, () => {
      assert.equal(plainLine(line), shown)
    })
  }

  it('is cut where a line has no end, and only its beginning is kept', () => {
    const cut = lineCutter()
    const before = process.memoryUsage().heapUsed
    const piece = 'x'.repeat(32_768)
    for (let bytes = 0; bytes < 100_000_000; bytes += piece.length) assert.deepEqual(cut(piece), [])
    const [line] = cut('end\nnext')
    assert.equal(line?.length, 2000)
    assert.ok(line?.endsWith('x…'))
    assert.ok(process.memoryUsage().heapUsed - before < 50_000_000)
    assert.deepEqual(cut('\n'), ['next'])
  })
})
