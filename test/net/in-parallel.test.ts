import assert from 'node:assert/strict'
import { inParallel } from '../../net/in-parallel.ts'

describe('acting in parallel', () => {
  const items = [1, 2, 3, 4, 5, 6, 7]
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('acts once on every item, and on no more items at a time than the limit', async () => {
    let under = 0
    let most = 0
    const done: number[] = []
    await inParallel(3, items, async (item) => {
      under += 1
      most = Math.max(most, under)
      await turn()
      under -= 1
      done.push(item)
    })
    assert.deepEqual([most, done.sort()], [3, items])
  })

  it('rejects with the first error, while the other items go on', async () => {
    const done: number[] = []
    const all = Promise.withResolvers<void>()
    const acting = inParallel(2, items, async (item) => {
      await turn()
      if (item === 2) throw new Error('no')
      done.push(item)
      if (done.length === items.length - 1) all.resolve()
    })
    await assert.rejects(acting, /^Error: no$/)
    await all.promise
    assert.deepEqual(done.sort(), [1, 3, 4, 5, 6, 7])
  })

  it('has nothing to do for no items', async () => {
    await inParallel(3, [], async () => assert.fail('it was called'))
  })
})
