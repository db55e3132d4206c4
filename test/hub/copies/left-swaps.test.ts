import assert from 'node:assert/strict'
import { once } from 'node:events'
import { finishLostSwaps, finishSwaps, requireInPlace } from '../../../hub/copies/finish.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { HttpError } from '../../../hub/errors.ts'
import type { Hub } from '../../../hub/hub.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeObject } from '../../helpers/fake-spawners.ts'
import { until } from '../../helpers/until.ts'
import { mine, openReplaceWorld, owner, path, type ReplaceWorld } from './replace-world.ts'

const { signal } = new AbortController()

onEachDatabase('a replacement that its hub could not end', (makeDatabase) => {
  let { parts, server, files, bytes, read, names, replace } = {} as ReplaceWorld

  beforeEach(async () => {
    ;({ parts, server, files, bytes, read, names, replace } = await openReplaceWorld(await makeDatabase()))
  })
  afterEach(async () => parts.stop())

  const rows = () => parts.hub.db('swaps')
  const objectOf = ({ id, run }: Server) => parts.world.objects.get(`carrel-${id}-${run}`) as FakeObject

  /** Returns the hub with a database that does not do some transactions, or loses the answer, and some statements about `swaps`. */
  function hubWhose(refuses: { before?: number[]; answer?: number[]; statement?: () => boolean }): Hub {
    let transactions = 0
    const db = new Proxy(parts.hub.db, {
      apply(target, self, [table]) {
        if (table === 'swaps' && refuses.statement?.()) throw new Error('the database is away')
        return Reflect.apply(target, self, [table])
      },
      get(target, name) {
        if (name !== 'transaction') return Reflect.get(target, name)
        return async (act: never) => {
          transactions += 1
          if (refuses.before?.includes(transactions)) throw new Error('the database is away')
          const done: unknown = await target.transaction(act)
          if (refuses.answer?.includes(transactions)) throw new Error('the answer is lost')
          return done
        }
      },
    })
    return { ...parts.hub, db }
  }

  it('nor leave, is ended by the next opening, and by that hub’s own look at what was left', async () => {
    for (const end of [() => finishSwaps(parts.hub, server), () => finishLostSwaps(parts.hub, signal)]) {
      let isAway = false
      parts.world.behaviour.beforeChange = ({ method }) => {
        isAway ||= method === 'PATCH'
        // The renaming that puts hers aside is done.
        return method === 'PATCH' && !names().includes(path) ? 500 : undefined
      }
      await assert.rejects(replace(hubWhose({ statement: () => isAway })), HttpError)
      assert.deepEqual((await rows()).length, 1)
      assert.ok(!names().includes(path))
      delete parts.world.behaviour.beforeChange
      await end()
      assert.deepEqual([read(), names(), await rows()], ['{"her":1}', ['week1', path], []])
    }
  })

  it('since it does not know that it has begun, is ended by the next opening', async () => {
    await assert.rejects(replace(hubWhose({ answer: [1] })), HttpError)
    assert.equal((await rows()).length, 1)
    await finishSwaps(parts.hub, server)
    assert.deepEqual([read(), names(), await rows()], ['{"her":1}', ['week1', path], []])
  })

  it('lets no launch put another notebook into its place', async () => {
    const tag = 'x'
    await rows().insert({ holder: server.id, path, tag, ...owner, commit: null, digest: 'd'.repeat(64), placed: false })
    await assert.rejects(requireInPlace(parts.hub, server, path), { status: 409, code: 'notebook_being_replaced' })
    await requireInPlace(parts.hub, server, 'another.ipynb')
  })

  it('is one that it is not at any more', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    parts.world.behaviour.beforeChange = () => {
      Object.assign(objectOf(server), { busy: promise })
      return undefined
    }
    const replaced = replace(parts.hub)
    await until(async () => (await rows()).length === 1)
    await finishLostSwaps(parts.hub, signal)
    assert.equal((await rows()).length, 1)
    resolve()
    assert.deepEqual(await replaced, { reload: true })
    assert.deepEqual([read(), names(), await rows()], ['new', ['week1', path], []])
  })

  it('with the other notebook in its place, has replaced it, and is ended later', async () => {
    // Only the end is not written; or not even that the other notebook is in its place.
    for (const isNoted of [true, false]) {
      let isAway = false
      parts.world.behaviour.beforeChange = ({ method }) => {
        isAway ||= method === 'PATCH'
        return undefined
      }
      bytes[path] = mine
      const hub = hubWhose(isNoted ? { statement: () => isAway } : { before: [2, 3] })
      assert.deepEqual(await replace(hub), { reload: true })
      assert.equal(read(), 'new')
      assert.deepEqual(
        (await rows()).map(({ placed }) => Boolean(placed)),
        [isNoted],
      )
      assert.ok(parts.log.some((line) => line.includes('could not clear up beside it')))
      await finishSwaps(parts.hub, server)
      assert.deepEqual([read(), names(), await rows()], ['new', ['week1', path], []])
      assert.equal(await parts.hub.db('copies').where({ path }).delete(), 1)
    }
  })

  /** Writes a row that a hub has left, with the learner's notebook aside. */
  async function leave({ id: holder }: Pick<Server, 'id'>, lesson: string): Promise<void> {
    const tag = lesson
    const rest = { commit: null, digest: 'd'.repeat(64), owner: null, placed: false }
    await rows().insert({ holder, path: `${lesson}.ipynb`, tag, ...owner, ...rest })
    files[`${lesson}-${tag}-1.ipynb`] = 'notebook'
    bytes[`${lesson}-${tag}-1.ipynb`] = mine
  }

  it('does not wait for others for ever that cannot be ended', async () => {
    const hopeless = Array.from({ length: 25 }, (_, at) => `a${String(at).padStart(2, '0')}`)
    for (const lesson of hopeless) await leave(server, lesson)
    await leave(server, 'good')
    parts.world.behaviour.beforeChange = ({ address }) => (address.includes('good') ? undefined : 500)
    await finishLostSwaps(parts.hub, signal)
    await finishLostSwaps(parts.hub, signal)
    assert.deepEqual((await rows().select('path')).map(({ path }) => path.slice(0, 3)).sort(), hopeless)
    assert.ok(names().includes('good.ipynb'))
  })

  it('does not wait for a server that does not answer', async () => {
    const other = await parts.makeReady()
    await leave(server, 'stuck')
    await leave(other, 'good')
    await rows().where({ holder: other.id }).update({ tried: 1 })
    const { promise, resolve } = Promise.withResolvers<void>()
    Object.assign(objectOf(server), { busy: promise })
    const asked = once(parts.world.events, 'asked')
    const round = finishLostSwaps(parts.hub, signal)
    await asked
    await until(async () => (await rows()).length === 1)
    assert.ok(names().includes('good.ipynb'))
    resolve()
    await round
    assert.deepEqual(await rows(), [])
  })
})
