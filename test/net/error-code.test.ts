import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { codeOf, lineOf, undefinedIf } from '../../net/error-code.ts'

describe('the code of an error', () => {
  const missing = () => readFile('/does/not/exist')

  it('is that of the system, or undefined without one', async () => {
    assert.equal(await missing().catch(codeOf), 'ENOENT')
    assert.equal(codeOf(new Error('no code')), undefined)
    assert.equal(codeOf({ code: 'ENOENT' }), undefined)
  })

  it('makes undefined of the errors that are named, and rejects for others', async () => {
    assert.equal(await missing().catch(undefinedIf('EEXIST', 'ENOENT')), undefined)
    await assert.rejects(missing().catch(undefinedIf('EEXIST')), { code: 'ENOENT' })
    await assert.rejects(Promise.reject(new Error('no code')).catch(undefinedIf('EEXIST')), /no code/)
  })
})

describe('the line of an error', () => {
  const cases: [unknown, string][] = [
    [new Error('connect ECONNREFUSED 127.0.0.1:9'), 'connect ECONNREFUSED 127.0.0.1:9'],
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new TypeError('two\n  lines'), 'two lines'],
    [new TypeError(), 'TypeError'],
    ['thrown', 'thrown'],
  ]
  for (const [error, line] of cases) it(line, () => assert.equal(lineOf(error), line))
})
