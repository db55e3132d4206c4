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

  it('are those that a plain count of letters finds, for all short words', () => {
    const words = [...'abc']
    for (const word of words) if (word.length < 4) words.push(...[...'abc'].map((letter) => word + letter))
    /** Counts letters that are put in, left out, replaced, or swapped with their neighbour, as the definition says. */
    const count = (a: string, b: string): number => {
      if (a === '' || b === '') return a.length + b.length
      const [left, right] = [a.slice(0, -1), b.slice(0, -1)]
      const isSame = a.at(-1) === b.at(-1)
      const all = [count(left, b) + 1, count(a, right) + 1, count(left, right) + (isSame ? 0 : 1)]
      const isSwap = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)
      return Math.min(...all, ...(isSwap ? [count(left.slice(0, -1), right.slice(0, -1)) + 1] : []))
    }
    for (const wanted of ['abca', 'aabb', 'cab', 'bc']) {
      for (const word of words) {
        const distance = count(wanted, word)
        const isNear = distance <= 2 && distance < 0.6 * Math.max(word.length, wanted.length)
        assert.deepEqual(nearestTo(wanted, [word]), isNear ? [word] : [], `${wanted} ${word}`)
      }
    }
  })

  it('are told in a message, or nothing is', () => {
    assert.equal(didYouMean('tutor', ['tutors', 'tutors']), '; did you mean "tutors"?')
    assert.equal(didYouMean('lab-x', ['lab-1', 'lab-2']), '; did you mean "lab-1" or "lab-2"?')
    assert.equal(didYouMean('nothing', ['else']), '')
  })
})
