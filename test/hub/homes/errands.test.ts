import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { newId } from '../../../hub/db/ids.ts'
import { exportHome, homeFor, importHome, measureHome } from '../../../hub/homes/copies.ts'
import { type ErrandRequest, runErrand } from '../../../hub/homes/errand.ts'
import { createErrandSweep, endLostErrands } from '../../../hub/homes/errand-sweep.ts'
import { releaseHome } from '../../../hub/homes/lost.ts'
import { removeDueHomes, removeHome } from '../../../hub/homes/removal.ts'
import { whyHomeWaits } from '../../../hub/homes/waiting.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

const options = { by: 'operator', signal: new AbortController().signal }

onEachDatabase('an errand', (makeDatabase) => {
  let parts: HomeParts
  let proceed: () => void

  beforeEach(async () => {
    parts = await openHomeParts(await makeDatabase())
    proceed = () => {}
  })

  afterEach(async () => {
    proceed()
    assert.deepEqual(parts.world.clashes, [])
    await parts.stop()
  })

  const used = async () => {
    const user = await parts.makePerson()
    const server = await parts.open(user)
    await parts.close(server)
    return { user, server, id: server.home ?? '' }
  }

  /** Runs an errand in the home that waits in its midst until `proceed` is called. */
  const begin = async (id: string, { signal }: { signal: AbortSignal } = options) => {
    parts.world.behaviour.midErrand = new Promise<void>((resolve) => (proceed = resolve))
    const begun = once(parts.world.events, 'errand')
    const request: ErrandRequest = { purpose: 'export', image: 'demo', command: ['true'], home: { id, path: '/home' } }
    const running = runErrand(parts.hub, request, { signal })
    running.catch(() => undefined)
    const [errand] = await begun
    return { running, errand: String(errand) }
  }

  const countErrands = async () => (await parts.hub.db('errands')).length

  it('keeps a launch waiting, with words, and the notebook starts by itself afterwards', async () => {
    const { user, id } = await used()
    const { running } = await begin(id)
    const server = await requestServer(parts.hub, user, parts.demo)
    assert.equal(server.state, 'queued')
    assert.equal(
      String(await whyHomeWaits(parts.hub, server)),
      'Your files are in use just now (export). Your notebook starts by itself afterwards.',
    )
    await parts.open(await parts.makePerson('bob'))
    proceed()
    assert.deepEqual(await running, { code: 0, lines: [] })
    await parts.inState(server, 'ready')
    assert.equal(await countErrands(), 0)
  })

  it('is refused while a notebook, another errand or nothing has the home', async () => {
    const { user, id } = await used()
    const ask = (home: string) =>
      runErrand(parts.hub, { purpose: 'x', image: 'demo', command: [], home: { id: home, path: '/home' } }, options)
    const { running } = await begin(id)
    await assert.rejects(ask(id), {
      code: 'home_in_use',
      message: 'An errand has these files (export). Wait for its end.',
    })
    await assert.rejects(removeHome(parts.hub, id, { by: '', reason: '' }), { code: 'home_in_use' })
    await assert.rejects(releaseHome(parts.hub, id, options), { code: 'home_in_use' })
    proceed()
    await running
    await parts.open(user)
    await assert.rejects(ask(id), { code: 'home_in_use', message: 'A notebook has these files open. Stop it first.' })
    await assert.rejects(ask(newId()), { code: 'unknown_home' })
    assert.equal(await countErrands(), 0)
  })

  it('that is broken off is ended before its home is free', async () => {
    const { id } = await used()
    const controller = new AbortController()
    const { running } = await begin(id, controller)
    controller.abort(new Error('the admin has gone'))
    await assert.rejects(running, { message: 'the admin has gone' })
    assert.equal(parts.world.errands.size, 0)
    assert.equal((await parts.home(id)).holder, undefined)
  })

  it('that cannot be ended keeps its home until the housekeeper has ended it', async () => {
    const { id } = await used()
    const controller = new AbortController()
    const { running, errand } = await begin(id, controller)
    parts.world.behaviour.endError = new Error('the engine does not answer')
    controller.abort(new Error('gone'))
    await assert.rejects(running)
    assert.deepEqual((await parts.home(id)).holder, { errand })
    await endLostErrands(parts.hub)
    assert.deepEqual((await parts.home(id)).holder, { errand })
    delete parts.world.behaviour.endError
    await endLostErrands(parts.hub)
    assert.equal((await parts.home(id)).holder, undefined)
    assert.deepEqual([parts.world.errands.size, await countErrands()], [0, 0])
  })

  it('that could not be started leaves nothing behind', async () => {
    const { id } = await used()
    parts.world.behaviour.errandError = new Error('no such image')
    await assert.rejects(exportHome(parts.hub, id, new PassThrough(), options), { message: 'no such image' })
    assert.equal((await parts.home(id)).holder, undefined)
    assert.equal(await countErrands(), 0)
  })

  it('of a living hub is left alone, and one of a dead hub is ended', async () => {
    const { id } = await used()
    const { running, errand } = await begin(id)
    await endLostErrands(parts.hub)
    assert.ok(parts.world.errands.has(errand))
    await parts.hub.db('errands').update({ hub: newId() })
    await endLostErrands(parts.hub)
    assert.equal(parts.world.errands.size, 0)
    assert.equal((await parts.home(id)).holder, undefined)
    assert.equal((await running).code, 137)
  })

  it('at the spawner that has no row is ended after two sweeps', async () => {
    const { id } = await used()
    const { running, errand } = await begin(id)
    const sweep = createErrandSweep(parts.hub)
    await sweep()
    await sweep()
    assert.ok(parts.world.errands.has(errand), 'it has a row')
    await parts.hub.db('errands').delete()
    await sweep()
    assert.ok(parts.world.errands.has(errand))
    await sweep()
    assert.equal(parts.world.errands.size, 0)
    await running
  })

  it('writes a home out as an archive and in again, and leaves what is there', async () => {
    const { id } = await used()
    const home = parts.world.homes.get(id)
    assert.ok(home !== undefined)
    home.files = { 'a.txt': 'hers' }
    await importHome(parts.hub, id, Readable.from(['{"a.txt":"theirs","b.txt":"new"}']), options)
    assert.deepEqual(home.files, { 'a.txt': 'hers', 'b.txt': 'new' })
    await importHome(parts.hub, id, Readable.from(['{"a.txt":"theirs"}']), { ...options, overwrite: true })
    const stdout = new PassThrough()
    const [archive] = await Promise.all([text(stdout), exportHome(parts.hub, id, stdout, options)])
    assert.deepEqual(JSON.parse(archive), { 'a.txt': 'theirs', 'b.txt': 'new' })
    assert.deepEqual(await measureHome(parts.hub, id, options.signal), { bytes: 9 })
    assert.equal((await parts.home(id)).bytes, 9)
  })

  it('has the options and limits of the course whose home it is', async () => {
    const { id } = await used()
    parts.demo.options = { node: 'near-the-disk' }
    parts.demo.limits = { memory: 2 ** 30 }
    const errands: object[] = []
    parts.world.events.on('errand', (errand: string) => {
      const { options: given, limits } = parts.world.errands.get(errand)?.spec ?? {}
      errands.push({ options: given, limits })
    })
    await importHome(parts.hub, id, Readable.from(['{}']), options)
    assert.deepEqual(errands, [{ options: { node: 'near-the-disk' }, limits: { memory: 2 ** 30 } }])
  })

  it('brings files for a user who has not opened the course yet', async () => {
    const user = await parts.makePerson()
    const home = await homeFor(parts.hub, user, parts.demo)
    await importHome(parts.hub, home.id, Readable.from(['{"a.txt":"brought"}']), options)
    assert.equal((await parts.open(user)).home, home.id)
    assert.deepEqual(parts.world.homes.get(home.id)?.files, { 'a.txt': 'brought' })
    assert.deepEqual(parts.world.homesMade, [home.id])
  })

  it('keeps a removal that is due waiting', async () => {
    const { id } = await used()
    await removeHome(parts.hub, id, { by: 'operator', reason: 'old', milliseconds: 0 })
    const { running } = await begin(id)
    await parts.hub.db('homes').update({ remove_at: 1 })
    await removeDueHomes(parts.hub)
    assert.ok(parts.world.homes.has(id))
    proceed()
    await running
    await removeDueHomes(parts.hub)
    assert.ok(!parts.world.homes.has(id))
  })
})
