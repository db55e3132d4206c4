import assert from 'node:assert/strict'
import { cleanLines } from '../../../hub/jobs/clean.ts'

describe('a line of a job', () => {
  for (const [given, shown] of [
    ['clone https://ann:s3cret@git.example.org/x now', 'clone https://(hidden)@git.example.org/x now'],
    ['https://ann:s3/cr/et@git.example.org/x', 'https://(hidden)@git.example.org/x'],
    ['https://ann:s3@cr@et@git.example.org/x', 'https://(hidden)@git.example.org/x'],
    ['https://ann:://s3@cr/et@git.example.org/x', 'https://(hidden)@git.example.org/x'],
    ['https://s3cret@t@git.example.org/x', 'https://(hidden)@git.example.org/x'],
    ['https://:s3/cret@git.example.org/x', 'https://(hidden)@git.example.org/x'],
    ['a=https://s3cret@one/x,https://ann:s3/cret@two/y', 'a=https://(hidden)@one/x,https://(hidden)@two/y'],
    ['https://registry.example.org/@types/node@24 https://a:80/', undefined],
    ['git@git.example.org:x ann@example.org', undefined],
  ] as const) {
    it(`shows no password of ${given}`, () => {
      assert.deepEqual(cleanLines(given), [shown ?? given])
    })
  }

  it('is made in time that grows with its length alone', () => {
    const before = process.cpuUsage()
    for (const piece of ['://a:', '://', 'x', '@', '://a@', '\u001b]']) cleanLines(piece.repeat(100_000))
    assert.ok(process.cpuUsage(before).user < 10_000_000)
  })
})
