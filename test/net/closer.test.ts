import assert from 'node:assert/strict'
import { closerOf } from '../../net/closer.ts'

describe('what closes all that was opened', () => {
  /** Opens two parts, as a start does, and fails after them where it is told to. */
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

  it('closes it once, what came last first, and keeps each that asks until all is closed', async () => {
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

  it('is not needed where the start fails: all is closed before that is heard', async () => {
    const closed: string[] = []
    await assert.rejects(start(closed, Promise.resolve(), new Error('no')), /^Error: no$/)
    assert.deepEqual(closed, ['second', 'first'])
  })
})
