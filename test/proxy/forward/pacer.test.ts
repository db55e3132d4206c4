import assert from 'node:assert/strict'
import { createPacer } from '../../../proxy/forward/pacer.ts'

describe('a pacer', () => {
  it('lets one go on at a time, in their order, and never at once', async () => {
    const pacer = createPacer(1)
    const came: string[] = []
    let turn = 0
    await new Promise<void>((resolve) => {
      for (const name of ['a', 'b', 'c']) {
        pacer.wait(() => {
          came.push(`${name}${turn}`)
          setImmediate(() => {
            turn += 1
          })
          if (name === 'c') resolve()
        })
      }
      assert.deepEqual(came, [])
    })
    assert.deepEqual(came, ['a0', 'b1', 'c2'])
    pacer.close()
  })

  it('passes over those that have left its queue', async () => {
    const pacer = createPacer(1)
    const leave = pacer.wait(() => assert.fail('it has left'))
    const turn = new Promise<void>((resolve) => pacer.wait(resolve))
    leave()
    await turn
    pacer.wait(() => assert.fail('it has left too'))()
    await new Promise<void>((resolve) => pacer.wait(resolve))
    pacer.close()
  })

  it('calls nothing after its end', async () => {
    const pacer = createPacer(1)
    pacer.wait(() => assert.fail('it is closed'))
    pacer.close()
    await new Promise((resolve) => setTimeout(resolve, 5))
  })
})
