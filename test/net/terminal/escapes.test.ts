import assert from 'node:assert/strict'
import { withoutEscapes } from '../../../net/terminal/escapes.ts'

describe('what a program writes for a terminal', () => {
  for (const [what, written, left] of [
    ['colours', '\u001b[1;31mred\u001b[0m and \u001b[38;5;12mblue\u009b0m', 'red and blue'],
    ['a title', '\u001b]0;my title\u0007ready', 'ready'],
    ['a link', '\u001b]8;;http://a.test\u001b\\here\u001b]8;;\u001b\\.', 'here.'],
    ['a title that never ends, to the end of its line', 'a\u001b]0;b\nc', 'a\nc'],
    ['a device string', 'a\u001bPq#0\u001b\\b', 'ab'],
    ['an alphabet and a place that is kept', '\u001b(Ba\u001b7b\u001b', 'ab'],
    ['one within another', '\u001b\u001b[31m[31ma', '[31ma'],
    ['nothing of other words', '[31m ]0; naïve 猫 \t\r\n', '[31m ]0; naïve 猫 \t\r\n'],
  ] as const)
    it(`loses ${what}`, () => assert.equal(withoutEscapes(written), left))

  it('is read in a time that grows with its length alone', () => {
    const began = process.threadCpuUsage()
    for (const part of ['\u001b]', '\u001b[', '\u001b[1', '\u001bP', '\u009d', '\u001b', '\u001b]8;;', '\u001b[ '])
      withoutEscapes(part.repeat(100_000))
    const { user } = process.threadCpuUsage(began)
    assert.ok(user < 5_000_000, `${user} microseconds`)
  })
})
