import assert from 'node:assert/strict'
import { settled } from '../../../spawners/docker/settled.ts'
import type { ServerStatus } from '../../../spawners/spawner.ts'

describe('the cause of the end of a container', () => {
  const killed: ServerStatus = { state: 'exited', code: 137, reason: 'it was killed' }
  const outOfMemory: ServerStatus = { state: 'exited', code: 137, outOfMemory: true }

  /** Returns what is settled when the engine says these one after the other, the last for ever, and how often it was asked. */
  async function told(first: ServerStatus, ...later: (ServerStatus | undefined)[]) {
    let asked = 0
    const status = await settled<ServerStatus>(first, async () => {
      asked += 1
      return later[Math.min(asked, later.length) - 1]
    })
    return { status, asked }
  }

  it('is asked for once more while a killed container has none', async () => {
    assert.deepEqual(await told(killed, killed, killed, outOfMemory), { status: outOfMemory, asked: 3 })
  })

  it('is that it was killed where the engine learns no other, or has the container no more', async () => {
    assert.deepEqual((await told(killed, killed)).status, killed)
    assert.deepEqual((await told(killed, undefined)).status, killed)
  })

  it('is not asked for of a container that runs, or ended by itself', async () => {
    for (const first of [outOfMemory, { state: 'running' }, { state: 'exited', code: 1 }] as ServerStatus[]) {
      assert.deepEqual(await told(first, killed), { status: first, asked: 0 })
    }
  })
})
