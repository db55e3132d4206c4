import assert from 'node:assert/strict'
import { leaveHome, takeHome } from '../../../hub/db/homes/homes.ts'
import { findServer } from '../../../hub/db/servers/servers.ts'
import type { User } from '../../../hub/db/users.ts'
import { adoptHome, lookForHomes, releaseHome } from '../../../hub/homes/lost.ts'
import { whyHomeWaits } from '../../../hub/homes/waiting.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { createSweep } from '../../../hub/servers/sweep.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { startTestHub } from '../../helpers/test-hub.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

const by = { by: 'operator' }

/** Puts the database back to where it was before the user had a home. */
async function restored({ hub }: HomeParts): Promise<void> {
  await hub.db('servers').delete()
  await hub.db('homes').delete()
}

/** Returns a person whose server has ended, and the home. */
async function usedHome(parts: HomeParts, name = 'ann'): Promise<{ user: User; id: string }> {
  const user = await parts.makePerson(name)
  const server = await parts.open(user)
  await parts.close(server)
  return { user, id: server.home ?? '' }
}

onPostgresql('a home whose row is lost, of several hubs', (makeDatabase) => {
  it('is found when a hub starts, before anybody can open it', async () => {
    const database = await makeDatabase()
    const parts = await openHomeParts(database)
    try {
      const { user, id } = await usedHome(parts)
      await restored(parts)
      const hub = await startTestHub({ database, world: parts.world, proxy: parts.proxy })
      assert.equal((await parts.home(id)).state, 'found')
      await hub.stop()
      assert.equal((await parts.open(user)).home, id)
    } finally {
      await parts.stop()
    }
  })
})

onEachDatabase('a home whose row is lost', (makeDatabase) => {
  let parts: HomeParts

  beforeEach(async () => {
    parts = await openHomeParts(await makeDatabase())
  })

  afterEach(async () => {
    assert.deepEqual(parts.world.clashes, [])
    await parts.stop()
  })

  const restore = () => restored(parts)

  const sweepRounds = async (rounds: number) => {
    const sweep = createSweep(parts.hub)
    for (let round = 0; round < rounds; round += 1) await sweep()
  }

  const used = (name = 'ann') => usedHome(parts, name)

  it('is found at the spawner, and its user gets it back at the next opening', async () => {
    const { user, id } = await used()
    await restore()
    await lookForHomes(parts.hub)
    await lookForHomes(parts.hub)
    const found = await parts.home(id)
    assert.deepEqual([found.state, found.account, found.course], ['found', 'oidc:ann', 'demo'])
    assert.equal(parts.log.filter((line) => line.includes('a home has no row')).length, 1)
    const server = await parts.open(user)
    assert.equal(server.home, id)
    assert.deepEqual(parts.world.homesMade, [id], 'no second one was made')
    assert.deepEqual((await parts.home(id)).state, 'ready')
  })

  it('is nobody else’s, and not that of another course', async () => {
    const { user, id } = await used()
    await restore()
    await lookForHomes(parts.hub)
    assert.notEqual((await parts.open(await parts.makePerson('bob'))).home, id)
    assert.notEqual((await parts.open(user, parts.third)).home, id)
    assert.equal((await parts.home(id)).state, 'found')
  })

  it('is not chosen when there are several, which only staff can tell apart', async () => {
    const { user, id } = await used()
    const home = parts.world.homes.get(id)
    assert.ok(home !== undefined)
    parts.world.homes.set('z'.repeat(20), { ...home, id: 'z'.repeat(20) })
    await restore()
    await lookForHomes(parts.hub)
    await assert.rejects(requestServer(parts.hub, user, parts.demo), { code: 'several_homes' })
    await adoptHome(parts.hub, id, by)
    assert.equal((await parts.open(user)).home, id)
    await assert.rejects(adoptHome(parts.hub, 'z'.repeat(20), by), { code: 'has_home' })
  })

  it('waits until a run that the database has lost too is gone', async () => {
    const user = await parts.makePerson()
    const lost = await parts.open(user)
    await restore()
    await lookForHomes(parts.hub)
    const server = await requestServer(parts.hub, user, parts.demo)
    assert.deepEqual([server.state, server.home], ['queued', lost.home])
    assert.match(
      String(await whyHomeWaits(parts.hub, server)),
      /^Your files are in use just now\. Your notebook starts by/,
    )
    await sweepRounds(2)
    assert.equal(parts.world.objects.size, 0, 'the sweep has ended the run')
    await lookForHomes(parts.hub)
    await parts.inState(server, 'ready')
    assert.deepEqual(parts.world.homesMade, [lost.home])
  })

  it('whose row is older than the run that has it waits for that run as well', async () => {
    const { user, id } = await used()
    const second = await parts.open(user)
    assert.equal(second.run, 2)
    await parts.hub.db('servers').update({ run: 1, state: 'stopped', made_of: null, origins: null, target: null })
    await parts.hub.db('homes').update({ holder: null, holder_run: null })
    await lookForHomes(parts.hub)
    const server = await requestServer(parts.hub, user, parts.demo)
    assert.deepEqual([server.state, server.run], ['queued', 3])
    await sweepRounds(2)
    await lookForHomes(parts.hub)
    await parts.inState(server, 'ready')
    assert.deepEqual((await parts.home(id)).holder, { server: server.id, run: 3 })
  })

  it('is adopted for another user by an admin', async () => {
    const { id } = await used()
    await restore()
    await lookForHomes(parts.hub)
    const bob = await parts.makePerson('bob')
    await adoptHome(parts.hub, id, { ...by, user: bob })
    assert.equal((await parts.open(bob)).home, id)
    await assert.rejects(adoptHome(parts.hub, id, by), { code: 'not_lost' })
  })

  it('is given to another user once its account was removed and nothing has it, and not before', async () => {
    const { user, id } = await used()
    const bob = await parts.makePerson('bob')
    const give = () => adoptHome(parts.hub, id, { ...by, user: bob })
    await assert.rejects(give(), { code: 'not_lost' })
    await parts.hub.db('servers').delete()
    await parts.hub.db('users').where({ id: user.id }).delete()
    await assert.rejects(adoptHome(parts.hub, id, by), { code: 'not_lost' })
    const errand = { errand: 'anerrandofthetest' }
    await parts.hub.db.transaction((trx) => takeHome(trx, id, errand))
    await assert.rejects(give(), { code: 'not_lost' })
    await parts.hub.db.transaction((trx) => leaveHome(trx, errand))
    await give()
    assert.equal((await parts.open(bob)).home, id)
  })

  it('is forgotten when its object is gone too, and no other row is', async () => {
    const { id } = await used()
    const { id: kept } = await used('bob')
    await parts.hub.db('homes').where({ id }).delete()
    await lookForHomes(parts.hub)
    parts.world.homes.clear()
    await lookForHomes(parts.hub)
    assert.deepEqual(
      (await parts.homes()).map((home) => home.id),
      [kept],
    )
  })
})

onEachDatabase('a home whose holder is never seen gone', (makeDatabase) => {
  let parts: HomeParts

  beforeEach(async () => {
    parts = await openHomeParts(await makeDatabase())
  })

  afterEach(() => parts.stop())

  it('is released by an admin, and the waiting launch goes on', async () => {
    const user = await parts.makePerson()
    const first = await parts.open(user)
    const id = first.home ?? ''
    await assert.rejects(releaseHome(parts.hub, id, by), { code: 'home_in_use' })
    parts.world.behaviour.stopFailures = 1000
    await stopServer(parts.hub, (await findServer(parts.hub.db, first.id)) ?? first)
    await requestServer(parts.hub, user, parts.demo)
    assert.equal((await findServer(parts.hub.db, first.id))?.state, 'stopping')
    await releaseHome(parts.hub, id, by)
    await parts.inState(first, 'ready')
    const second = await findServer(parts.hub.db, first.id)
    assert.deepEqual([second?.run, second?.home], [2, id])
    assert.deepEqual((await parts.home(id)).holder, { server: first.id, run: 2 })
    assert.equal(parts.world.objects.size, 2, 'nothing at the spawner was touched')
    const [event] = await parts.hub.db('events').where({ kind: 'home-released' })
    assert.equal(JSON.parse(event.detail).by, 'operator')
    await assert.rejects(releaseHome(parts.hub, 'nothing', by), { code: 'unknown_home' })
  })

  it('is not to be released when nothing has it', async () => {
    const server = await parts.open(await parts.makePerson())
    await parts.close(server)
    await assert.rejects(releaseHome(parts.hub, server.home ?? '', by), { code: 'not_held' })
  })
})
