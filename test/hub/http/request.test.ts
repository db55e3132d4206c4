import assert from 'node:assert/strict'
import { safeNext } from '../../../hub/http/request.ts'

describe('forms that name the next page', () => {
  it('continue only to paths of the hub', () => {
    for (const next of ['/', '/hub/home', '/launch/demo?x=1']) assert.equal(safeNext(next, 'http://hub.test'), next)
    for (const next of ['', '//a', '/\\a', 'a', 'http://a', '/a\\b', '/\na', undefined, `/${'a'.repeat(4001)}`]) {
      assert.equal(safeNext(next, 'http://hub.test'), undefined, next)
    }
  })
})
