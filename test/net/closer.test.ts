import assert from 'node:assert/strict'
import { closerOf } from '../../net/closer.ts'

describe('the function that closes all opened parts', () => {
  /** Opens two parts, as a start does, and then throws `problem` if there is one. */
  async function start(closed: string[], closing: Promise<void>, problem?: Error) {
    await using opened = new AsyncDisposableStack()
    opened.defer(() => void closed.push('first'))
    opened.defer(async () => {
      await closing
      closed.push('second')
    })
    if (problem !== undefined) throw problem
    return closerOf(opened)
  }

  it('closes each part once, the last one first, and lets each caller wait until all are closed', async () => {
    const closed: string[] = []
    const closing = Promise.withResolvers<void>()
    const stop = await start(closed, closing.promise)
    assert.deepEqual(closed, [])
    const stops = [stop(), stop()].map((stopped) => stopped.then(() => closed.length))
    closing.resolve()
    assert.deepEqual(await Promise.all(stops), [2, 2])
    await stop()
    assert.deepEqual(closed, ['second', 'first'])
  })

  it('is not needed where the start fails: all parts are closed before the failure is known', async () => {
    const closed: string[] = []
    await assert.rejects(start(closed, Promise.resolve(), new Error('no')), /^Error: no$/)
    assert.deepEqual(closed, ['second', 'first'])
  })
})
