import assert from 'node:assert/strict'
import { looking } from '../../../hub/http/limits.ts'
import { createUnderWay } from '../../../net/under-way.ts'

describe('looks at notebooks', () => {
  it('are few at once over all users, and give their places back also when they fail', async () => {
    const hub = { limits: { looks: createUnderWay() } }
    const free = Promise.withResolvers<void>()
    const begun: string[] = []
    const look = (user: string) =>
      looking(hub, user, async () => {
        begun.push(user)
        await free.promise
        throw new Error('no such notebook')
      })
    const users = Array.from({ length: 9 }, (_, at) => `user-${at}`)
    const looks = Promise.allSettled(users.map(look))
    await assert.rejects(look('user-8'), { status: 429, seconds: 5 })
    free.resolve()
    await looks
    assert.deepEqual(begun, users.slice(0, 8))
    assert.equal(await looking(hub, 'user-8', async () => 'seen'), 'seen')
  })
})
