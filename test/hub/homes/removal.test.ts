import assert from 'node:assert/strict'
import { blockUser } from '../../../hub/access/ending.ts'
import { nowPlus } from '../../../hub/db/dialect.ts'
import type { Home } from '../../../hub/db/homes/homes.ts'
import { lookForHomes } from '../../../hub/homes/lost.ts'
import { keepHome, removalMilliseconds, removeDueHomes, removeHome } from '../../../hub/homes/removal.ts'
import { evict, stopAllServers } from '../../../hub/servers/evict.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { createSweep } from '../../../hub/servers/sweep.ts'
import { removeOrphans } from '../../../hub/servers/sweep-by-hand.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

const removal = { by: 'operator', reason: 'the course is over' }

onEachDatabase('the removal of a home', (makeDatabase) => {
  let parts: HomeParts
  let home: Home

  beforeEach(async () => {
    parts = await openHomeParts(await makeDatabase())
  })

  afterEach(async () => {
    assert.deepEqual(parts.world.clashes, [])
    await parts.stop()
  })

  /** Makes a home that has been used, and returns its user. */
  const used = async (name = 'ann') => {
    const user = await parts.makePerson(name)
    const server = await parts.open(user)
    await parts.close(server)
    home = await parts.home(server.home ?? '')
    return user
  }

  const letDelayPass = () =>
    parts.hub
      .db('homes')
      .whereNotNull('remove_at')
      .update({ remove_at: nowPlus(parts.hub.db, -1) })

  const isThere = () => parts.world.homes.has(home.id)

  it('is done after the delay and not before, and leaves other homes alone', async () => {
    await used('bob')
    const other = home.id
    await used()
    const wishes = () => parts.hub.db('wishes')
    for (const { account, course } of await parts.homes())
      await wishes().insert({ account, course, path: 'a.ipynb', slug: 'demo', asked: 1 })
    const { removeAt } = await removeHome(parts.hub, home.id, removal)
    assert.ok(Math.abs((removeAt ?? 0) - Date.now() - removalMilliseconds) < 60_000)
    await removeDueHomes(parts.hub)
    assert.ok(isThere())
    await letDelayPass()
    await removeDueHomes(parts.hub)
    assert.deepEqual([...parts.world.homes.keys()], [other])
    assert.deepEqual(await wishes().pluck('account'), [(await parts.home(other)).account], 'what was wished goes along')
    assert.deepEqual(
      (await parts.homes()).map(({ id }) => id),
      [other],
    )
    const kinds = await parts.hub.db('events').whereLike('kind', 'home-%').orderBy('id').pluck('kind')
    assert.deepEqual(kinds, ['home-made', 'home-made', 'home-removal', 'home-removed'])
  })

  it('leaves what was wished in courses with homes of their own, where the home of all courses goes', async () => {
    const wishes = () => parts.hub.db('wishes')
    parts.third.home = { path: '/home/jovyan', per: 'user' }
    const user = await used()
    await parts.close(await parts.open(user, parts.third))
    for (const { account } of await parts.homes())
      await wishes().insert({ account, course: 'demo', path: 'a.ipynb', slug: 'demo', asked: 1 }).onConflict().ignore()
    const ofAll = (await parts.homes()).find(({ course }) => course === '')
    await removeHome(parts.hub, ofAll?.id ?? '', { ...removal, milliseconds: 0 })
    await letDelayPass()
    await removeDueHomes(parts.hub)
    assert.ok(isThere())
    assert.deepEqual(await wishes().pluck('course'), ['demo'])
  })

  it('is harmless when it is done twice, also at once by two hubs', async () => {
    await used()
    await removeHome(parts.hub, home.id, { ...removal, milliseconds: 0 })
    await letDelayPass()
    await Promise.all([removeDueHomes(parts.hub), removeDueHomes(parts.hub)])
    await removeDueHomes(parts.hub)
    assert.deepEqual(await parts.hub.db('events').where({ kind: 'home-removed' }).pluck('kind'), ['home-removed'])
    await assert.rejects(removeHome(parts.hub, home.id, removal), { code: 'unknown_home' })
  })

  it('can be taken back until then, and not afterwards', async () => {
    await used()
    await removeHome(parts.hub, home.id, removal)
    await keepHome(parts.hub, home.id, { by: 'operator' })
    await assert.rejects(keepHome(parts.hub, home.id, { by: 'operator' }), { code: 'not_removing' })
    await letDelayPass()
    await removeDueHomes(parts.hub)
    assert.ok(isThere())
    await removeHome(parts.hub, home.id, removal)
    await letDelayPass()
    parts.world.behaviour.removeError = new Error('the engine does not answer')
    await removeDueHomes(parts.hub)
    await assert.rejects(keepHome(parts.hub, home.id, { by: 'operator' }), { code: 'not_removing' })
    delete parts.world.behaviour.removeError
    await removeDueHomes(parts.hub)
    assert.ok(!isThere(), 'tried again')
  })

  it('is taken back by its user, who opens it', async () => {
    const user = await used()
    await removeHome(parts.hub, home.id, removal)
    await letDelayPass()
    const server = await parts.open(user)
    await removeDueHomes(parts.hub)
    assert.equal(server.home, home.id)
    assert.ok(isThere())
    assert.equal((await parts.home(home.id)).removeAt, undefined)
  })

  it('is refused while a server has the home', async () => {
    await parts.open(await parts.makePerson())
    const [held] = await parts.homes()
    await assert.rejects(removeHome(parts.hub, held?.id ?? '', removal), { code: 'home_in_use' })
  })

  it('waits for a server that waits for the home', async () => {
    const user = await used()
    parts.hub.config.limits.startsAtOnce = 0
    await requestServer(parts.hub, user, parts.demo)
    await removeHome(parts.hub, home.id, { ...removal, milliseconds: 0 })
    await letDelayPass()
    await removeDueHomes(parts.hub)
    assert.ok(isThere())
  })

  it('that has begun keeps the user waiting for a new home until it has ended', async () => {
    const user = await used()
    await removeHome(parts.hub, home.id, removal)
    await letDelayPass()
    parts.world.behaviour.removeError = new Error('the engine does not answer')
    await removeDueHomes(parts.hub)
    const asked = requestServer(parts.hub, user, parts.demo)
    await assert.rejects(asked, { code: 'home_in_use', message: /are being removed just now/ })
    delete parts.world.behaviour.removeError
    await removeDueHomes(parts.hub)
    const server = await parts.open(user)
    assert.ok(server.home !== undefined && server.home !== home.id)
    assert.deepEqual([...parts.world.homes.keys()], [server.home])
  })

  it('is done by nothing else: no sweep, eviction, block, failed start or look for homes', async () => {
    const user = await used()
    const { hub, world } = parts
    const sweep = createSweep(hub)
    const attacks: Record<string, () => Promise<unknown>> = {
      'a sweep in two rounds': async () => {
        await sweep()
        await sweep()
      },
      'a sweep by hand': () => removeOrphans(hub, [`home-${home.id}`, home.id], 'operator'),
      'an eviction': async () => {
        const server = await parts.open(user)
        await evict(hub, { cause: 'sign-out', find: async () => [server] })
        await parts.inState(server, 'stopped')
      },
      'the stop of all servers': async () => {
        await parts.open(user)
        await stopAllServers(hub, 1)
      },
      'a start that fails': async () => {
        world.behaviour.startError = new Error('no room')
        await parts.inState(await requestServer(hub, user, parts.demo), 'failed')
        delete world.behaviour.startError
      },
      'a lost row of the server': () => hub.db('servers').delete(),
      'sweeps after that': async () => {
        await sweep()
        await sweep()
      },
      'looks for homes': () => lookForHomes(hub),
      'a block of the user': () => blockUser(hub, { admin: { id: 'operator' }, user }),
      'the chore of removals': () => removeDueHomes(hub),
      'a lost row of the home': async () => {
        await hub.db('homes').delete()
        await lookForHomes(hub)
        await lookForHomes(hub)
        await removeDueHomes(hub)
      },
    }
    for (const [attack, act] of Object.entries(attacks)) {
      await act()
      assert.ok(isThere(), attack)
    }
  })
})
