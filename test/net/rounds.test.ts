import assert from 'node:assert/strict'
import { inRounds } from '../../net/rounds.ts'

describe('rounds', () => {
  it('do together what comes in one turn of the event loop, and give each call its own result', async () => {
    const rounds: number[][] = []
    const double = inRounds(async (numbers: number[]) => {
      rounds.push(numbers)
      return numbers.map((number) => 2 * number)
    })
    assert.deepEqual(await Promise.all([1, 2, 3].map(double)), [2, 4, 6])
    assert.equal(await double(4), 8)
    assert.deepEqual(rounds, [[1, 2, 3], [4]])
  })

  it('come one after the other; what comes during a round is done in the next one', async () => {
    const first = Promise.withResolvers<void>()
    const rounds: string[][] = []
    const begun = Promise.withResolvers<void>()
    const act = inRounds(async (names: string[]) => {
      rounds.push(names)
      begun.resolve()
      if (names.includes('a')) await first.promise
      return names
    })
    const all = [act('a')]
    await begun.promise
    all.push(act('b'), act('c'))
    assert.deepEqual(rounds, [['a']])
    first.resolve()
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c'])
    assert.deepEqual(rounds, [['a'], ['b', 'c']])
  })

  it('that fail reject each of their calls, and no other', async () => {
    const act = inRounds(async (names: string[]) => {
      if (names.includes('bad')) throw new Error('no')
      return names
    })
    const [good, bad] = await Promise.allSettled([act('good'), act('bad')])
    assert.deepEqual([good?.status, bad?.status], ['rejected', 'rejected'])
    assert.equal(await act('good'), 'good')
  })
})
