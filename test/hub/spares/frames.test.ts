import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfigInput } from '../../../config/config.ts'
import { signOutUser } from '../../../hub/access/ending.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import type { User } from '../../../hub/db/users.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openSpares } from './spares-world.ts'

const fiveSpares: ConfigInput['courses'] = { demo: { image: 'demo', spares: 5 } }
/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:1'

onEachDatabase('ten frames of one page at once', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  async function open() {
    const all = await openSpares(cleanup, await makeDatabase(), { courses: fiveSpares })
    await all.settle()
    const oldest: Server[] = await all.hub.db('servers').whereRaw('spare').orderBy('started').orderBy('id')
    return {
      ...all,
      oldest,
      die: (some: Server[]) =>
        all.hub
          .db('servers')
          .whereIn(
            'id',
            some.map(({ id }) => id),
          )
          .update({ target: nowhere }),
      frames: (user: User) => Promise.all(Array.from({ length: 10 }, () => all.open(user))),
      /** Checks that all frames were told of one server, which is the user's only one, and that it comes. */
      async haveOne(user: User, told: Server[]) {
        assert.equal(new Set(told.map(({ id }) => id)).size, 1)
        for (const server of told) assert.deepEqual([server.user, server.spare], [user.id, false])
        const own = await all.hub.db('servers').where({ user: user.id }).pluck('id')
        assert.deepEqual(own, [told[0]?.id])
        await until(async () => (await all.now(told[0] as Server)).state === 'ready')
        const launched = await all.hub.db('events').where({ kind: 'launched', user: user.id })
        assert.equal(launched.length, 10)
      },
    }
  }

  it('pass over the dead spares together', async () => {
    const { oldest, die, visitor, frames, haveOne, now } = await open()
    await die(oldest.slice(0, 2))
    const user = await visitor()
    const told = await frames(user)
    assert.equal(told[0]?.id, oldest[2]?.id)
    for (const { state } of told) assert.equal(state, 'ready')
    await haveOne(user, told)
    for (const dead of oldest.slice(0, 2)) {
      await until(async () => (await now(dead)).state === 'failed')
      assert.equal((await now(dead)).spare, true, 'it never was a user’s')
    }
  })

  it('wait for one start where all spares are dead', async () => {
    const { oldest, die, visitor, frames, haveOne, states } = await open()
    await die(oldest)
    const user = await visitor()
    const told = await frames(user)
    await haveOne(user, told)
    assert.equal(told[0]?.toldUser, undefined)
    assert.equal((await states()).filter((state) => state === 'ready').length, 2, 'three were tried')
  })

  it('pass over a silent spare, and take none that is silent when all are', async () => {
    const { oldest, objectOf, visitor, frames, haveOne } = await open()
    objectOf(oldest[0] as Server).isFrozen = true
    const user = await visitor()
    const told = await frames(user)
    assert.notEqual(told[0]?.id, oldest[0]?.id)
    await haveOne(user, told)
    const left = oldest.filter(({ id }) => id !== oldest[0]?.id && id !== told[0]?.id)
    for (const spare of left) objectOf(spare).isFrozen = true
    const other = await visitor()
    await haveOne(other, await frames(other))
  })

  it('have one server where spares are slow', async () => {
    const { world, visitor, frames, haveOne } = await open()
    const answer = once(world.events, 'asked').then(() => sleep(60))
    for (const object of world.objects.values()) object.busy = answer
    const user = await visitor()
    await haveOne(user, await frames(user))
  })

  it('and a sign-out in the same moment end in order, with a dead spare', async () => {
    const { hub, oldest, die, visitor, frames } = await open()
    await die(oldest.slice(0, 1))
    const user = await visitor()
    const [told] = await Promise.all([frames(user), signOutUser(hub, { admin: { id: 'operator' }, user })])
    assert.equal(new Set(told.map(({ id }) => id)).size, 1)
    const [{ state }] = await hub.db('servers').where({ user: user.id })
    assert.equal(state, 'ready')
  })
})

onPostgresql('frames of one page at two hubs', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('have one server, past dead spares', async () => {
    const database = await makeDatabase()
    const one = await openSpares(cleanup, database, { courses: fiveSpares })
    const other = await openSpares(cleanup, database, { courses: fiveSpares })
    await one.settle()
    const { db } = one.hub
    const [dead] = await db('servers').whereRaw('spare').orderBy('started').orderBy('id').pluck('id')
    await db('servers').where({ id: dead }).update({ target: nowhere })
    const user = await one.visitor()
    const told = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : other).open(user)))
    assert.equal(new Set(told.map(({ id }) => id)).size, 1)
    for (const server of told) assert.deepEqual([server.user, server.state], [user.id, 'ready'])
    assert.deepEqual(await db('servers').where({ user: user.id }).pluck('id'), [told[0]?.id])
    assert.equal((await db('servers').whereRaw('spare').where({ state: 'ready' })).length, 3)
  })
})
