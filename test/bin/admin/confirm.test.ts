import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { isConfirmed } from '../../../bin/admin/confirm.ts'
import { UsageError } from '../../../bin/options.ts'

describe('a question of a command', () => {
  const answer = (typed: string, isTTY = true) => {
    const [input, output] = [Object.assign(new PassThrough(), { isTTY }), new PassThrough()]
    output.on('data', (piece) => {
      if (/\? \[y\/N\] /.test(String(piece))) input.end(typed)
    })
    return isConfirmed('Go on?', { input, output })
  }

  for (const [typed, isYes] of [
    ['y\r', true],
    [' YES \r', true],
    ['n\r', false],
    ['yesterday\r', false],
    ['\r', false],
    ['', false],
  ] as const)
    it(`takes ${JSON.stringify(typed)} for ${isYes ? 'yes' : 'no'}`, async () =>
      assert.equal(await answer(typed), isYes))

  it('is for a person: a script is told what to say', async () => {
    await assert.rejects(answer('y\r', false), (error) => error instanceof UsageError && /--yes/.test(error.message))
  })
})
