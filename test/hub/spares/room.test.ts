import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { seekRoom } from '../../../hub/servers/spares/give-way.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openSpares } from './spares-world.ts'

onSqlite('starts that find no room on any machine', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  /** Opens a hub with spares, and the clock of its timers by hand. */
  const open = async () => {
    const { hub, settle, states } = await openSpares(cleanup, await makeDatabase(), {
      courses: { demo: { image: 'demo', spares: 10 }, other: { image: 'other' } },
    })
    await settle()
    mock.timers.enable({ apis: ['setInterval'] })
    cleanup.defer(() => mock.timers.reset())
    const { lackRoom, inTurn } = hub.spareUses
    return {
      lackRoom,
      seek: (id: string) => seekRoom(hub, { id, course: 'other', spare: false } as Server),
      /** Returns how many spares are left once all that was asked for is done. */
      async left() {
        await inTurn('room', async () => undefined)
        await until(async () => !(await states()).includes('stopping'))
        return (await states()).filter((state) => state === 'ready').length
      },
    }
  }

  it('each stop one spare at once, and one more every five seconds, however many they are', async () => {
    const { seek, left } = await open()
    const starts = ['a', 'b', 'c', 'd'].map(seek)
    for (const [at, start] of starts.entries()) {
      start.note(true)
      start.note(true)
      assert.equal(await left(), 9 - at)
      mock.timers.tick(1000)
    }
    mock.timers.tick(1000)
    assert.equal(await left(), 6, 'each of them has had its own within these five seconds')
    mock.timers.tick(5000)
    assert.equal(await left(), 2)
    for (const start of starts.slice(1)) start.stop()
    mock.timers.tick(5000)
    assert.equal(await left(), 1)
  })

  it('stop no more once they are over, whatever they say then', async () => {
    const { lackRoom, seek, left } = await open()
    const start = seek('a')
    start.note(true)
    assert.equal(await left(), 9)
    start.stop()
    start.note(true)
    assert.deepEqual([lackRoom.starts.size, lackRoom.timer], [0, undefined])
    mock.timers.tick(20_000)
    assert.equal(await left(), 9)
  })
})
