import assert from 'node:assert/strict'
import { didYouMean, findNearest } from '../../../net/settings/near.ts'

const nearestTo = (wanted: string, names: string[]) =>
  findNearest(
    wanted,
    names.map((name) => ({ key: name, value: name })),
  )

describe('the nearest names to a mistyped one', () => {
  const settings = ['hub', 'servers', 'spawner', 'courses', 'culler', 'groups', 'admins', 'limits', 'authenticators']
  const rows: [wanted: string, expected: string[]][] = [
    ['cources', ['courses']],
    ['Limits', ['limits']],
    ['limmits', ['limits']],
    ['authenticator', ['authenticators']],
    ['group', ['groups']],
    ['hbu', ['hub']],
    ['image', []],
    ['xy', []],
    ['', []],
    ['x'.repeat(100_000), []],
  ]
  for (const [wanted, expected] of rows) {
    it(`of ${JSON.stringify(wanted.slice(0, 20))} are ${expected.join(', ') || 'none'}`, () => {
      assert.deepEqual(nearestTo(wanted, settings), expected)
    })
  }

  it('are not words that share no letter with a short one', () => {
    assert.deepEqual(nearestTo('ab', ['ip', 'id', 'url']), [])
    assert.deepEqual(nearestTo('id', ['ip', 'url']), ['ip'])
  })

  it('are at most three, nearest first', () => {
    assert.deepEqual(nearestTo('lab-1', ['lab-22', 'lab-2', 'lab-1', 'lab-3', 'lab-4']), ['lab-1', 'lab-2', 'lab-3'])
  })

  it('are told in a message, or nothing is', () => {
    assert.equal(didYouMean('tutor', ['tutors', 'tutors']), '; did you mean "tutors"?')
    assert.equal(didYouMean('lab-x', ['lab-1', 'lab-2']), '; did you mean "lab-1" or "lab-2"?')
    assert.equal(didYouMean('nothing', ['else']), '')
  })
})
