import assert from 'node:assert/strict'
import { pathName } from '../../../hub/servers/request.ts'

describe('paths of servers', () => {
  it('spell each name as one unique path segment', () => {
    const table = [
      ['ann', 'ann'],
      ['Ann.B-c_9', 'Ann.B-c_9'],
      ['a b', 'a~20b'],
      ['a~20b', 'a~7e20b'],
      ['lms:edx:é', 'lms~3aedx~3a~c3~a9'],
      ['.', '~2e'],
      ['..', '~2e~2e'],
      ['a/b', 'a~2fb'],
    ]
    for (const [name = '', segment] of table) assert.equal(pathName(name), segment)
  })
})
