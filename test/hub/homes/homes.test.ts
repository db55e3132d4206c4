import assert from 'node:assert/strict'
import { removeUsers } from '../../../hub/access/removal.ts'
import { newId } from '../../../hub/db/ids.ts'
import { findServer } from '../../../hub/db/servers/servers.ts'
import { ensureUser, findUser, setUserState } from '../../../hub/db/users.ts'
import type { HttpError } from '../../../hub/errors.ts'
import { claimHome } from '../../../hub/homes/claim.ts'
import { makeHome } from '../../../hub/homes/provide.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

onEachDatabase('a home', (makeDatabase) => {
  let parts: HomeParts

  const start = async (home = {}) => {
    parts = await openHomeParts(await makeDatabase(), home)
  }

  afterEach(async () => {
    assert.deepEqual(parts.world.clashes, [], 'no home was ever given to two')
    await parts.stop()
  })

  it('is made for the first run, with its labels, and is the folder in which the program starts', async () => {
    await start({ from: 'image', size: 5000 })
    const server = await parts.open(await parts.makePerson())
    const [home] = await parts.homes()
    assert.ok(home !== undefined)
    const { id, account, course, name, state, size, holder } = home
    assert.deepEqual(
      { account, course, name, state, size, holder },
      ...[
        {
          account: 'oidc:ann',
          course: 'demo',
          name: 'ann',
          state: 'ready',
          size: 5000,
          holder: { server: server.id, run: 1 },
        },
      ],
    )
    assert.deepEqual(parts.world.homes.get(id), { id, account, course, size, files: {} })
    const [object] = parts.world.objects.values()
    assert.ok(object !== undefined)
    const mounted = { id, path: '/home/jovyan/work', fromImage: true, state: { volume: `home-${id}` } }
    assert.deepEqual(object.spec.home, mounted)
    for (const argument of [
      '--ServerApp.root_dir=/home/jovyan/work',
      '--FileContentsManager.delete_to_trash=False',
      '--FileContentsManager.always_delete_dir=True',
    ])
      assert.ok(object.spec.command.includes(argument), argument)
  })

  it('is not there in a course without homes, and changes nothing of its servers', async () => {
    await start()
    delete parts.demo.home
    const server = await parts.open(await parts.makePerson())
    assert.deepEqual(await parts.homes(), [])
    assert.equal(server.home, undefined)
    const [object] = parts.world.objects.values()
    assert.equal(object?.spec.home, undefined)
    assert.ok(object?.spec.command.every((argument) => !/root_dir|trash/.test(argument)))
  })

  it('is free when the run was seen ended, and the next run has the same', async () => {
    await start()
    const user = await parts.makePerson()
    const first = await parts.open(user)
    const [made] = await parts.homes()
    let proceed = () => {}
    parts.world.behaviour.beforeStop = new Promise<void>((resolve) => (proceed = resolve))
    await stopServer(parts.hub, (await findServer(parts.hub.db, first.id)) ?? first)
    await requestServer(parts.hub, user, parts.demo)
    assert.deepEqual((await parts.home(made?.id ?? '')).holder, { server: first.id, run: 1 }, 'the run is not gone yet')
    delete parts.world.behaviour.beforeStop
    proceed()
    await parts.inState(first, 'ready')
    assert.deepEqual((await parts.home(made?.id ?? '')).holder, { server: first.id, run: 2 })
    await parts.close(first)
    assert.equal((await parts.home(made?.id ?? '')).holder, undefined)
    assert.deepEqual(parts.world.homesMade, [made?.id])
  })

  it('has one row and one object, however many ask for it at once', async () => {
    await start()
    const user = await parts.makePerson()
    const { db } = parts.hub
    const claim = () => db.transaction((trx) => claimHome(parts.hub, trx, user, parts.demo))
    const claimed = await Promise.all(Array.from({ length: 8 }, claim))
    assert.equal(new Set(claimed.map((home) => home?.id)).size, 1)
    const [home] = await parts.homes()
    assert.ok(home !== undefined)
    const other = { ...parts.hub, id: newId() }
    const signal = new AbortController().signal
    const made = await Promise.all([parts.hub, other, parts.hub, other].map((hub) => makeHome(hub, home, signal)))
    assert.equal(new Set(made.map((state) => JSON.stringify(state))).size, 1)
    assert.deepEqual(parts.world.homesMade, [home.id])
    assert.equal((await parts.home(home.id)).state, 'ready')
  })

  it('that could not be made fails the start in words, and is made by the next one', async () => {
    await start()
    const user = await parts.makePerson()
    parts.world.behaviour.homeError = new Error('the storage is full')
    const server = await requestServer(parts.hub, user, parts.demo)
    await parts.inState(server, 'failed')
    const [row] = await parts.homes()
    assert.deepEqual([row?.state, row?.holder], ['making', undefined])
    delete parts.world.behaviour.homeError
    await parts.open(user)
    assert.deepEqual(parts.world.homesMade, [row?.id])
  })

  it('stays when its user is removed, and is found by the same person who comes back', async () => {
    await start()
    const user = await parts.makePerson('ann', 'sub/1')
    const server = await parts.open(user)
    const [home] = await parts.homes()
    await parts.close(server)
    await parts.hub.db.transaction((trx) => setUserState(trx, user.id, 'deleting'))
    await removeUsers(parts.hub)
    assert.equal(await findUser(parts.hub.db, user.id), undefined)
    assert.equal((await parts.home(home?.id ?? '')).removeAt, undefined)
    const back = await parts.makePerson('ann-2', 'sub/1')
    assert.notEqual(back.id, user.id)
    assert.equal((await parts.open(back)).home, home?.id)
    assert.equal((await parts.home(home?.id ?? '')).name, 'ann-2')
    const other = await parts.makePerson('ann', 'sub/2')
    assert.notEqual((await parts.open(other)).home, home?.id, 'nobody gets it by the name')
  })

  it('of a temporary user goes at once with the user', async () => {
    await start()
    const user = await parts.makeUser()
    await parts.close(await parts.open(user))
    const [home] = await parts.homes()
    await parts.hub.db.transaction((trx) => setUserState(trx, user.id, 'deleting'))
    await removeUsers(parts.hub)
    const { removeAt, reason } = await parts.home(home?.id ?? '')
    assert.ok(removeAt !== undefined && removeAt <= Date.now() + 5000)
    assert.equal(reason, 'its temporary user was removed')
  })

  it('is refused to an account whose person nobody knows yet', async () => {
    await start()
    const awaited = { name: 'bob', kind: 'person', authenticator: 'oidc', subject: 'carrel:awaited:bob' } as const
    const user = await ensureUser(parts.hub.db, awaited)
    assert.ok(user !== undefined)
    await assert.rejects(requestServer(parts.hub, user, parts.demo), { code: 'not_here_yet' })
    assert.deepEqual(await parts.homes(), [])
  })

  it('for all courses is open in one of them at a time', async () => {
    await start({ per: 'user' })
    const user = await parts.makePerson()
    const first = await parts.open(user)
    await assert.rejects(requestServer(parts.hub, user, parts.third), ({ code, message, links }: HttpError) => {
      assert.equal(code, 'home_in_use')
      assert.equal(message, 'Your files are open in demo. Stop that notebook first, then open this one again.')
      assert.deepEqual(
        links.map(({ href, text }) => [href, String(text)]),
        [[`/hub/servers/${first.id}/stop`, 'Stop demo']],
      )
      return true
    })
    let proceed = () => {}
    parts.world.behaviour.beforeStop = new Promise<void>((resolve) => (proceed = resolve))
    await stopServer(parts.hub, (await findServer(parts.hub.db, first.id)) ?? first)
    const second = await requestServer(parts.hub, user, parts.third)
    assert.equal(second.state, 'queued')
    assert.equal(second.home, first.home)
    delete parts.world.behaviour.beforeStop
    proceed()
    await parts.inState(second, 'ready')
    assert.deepEqual(
      (await parts.homes()).map(({ course, holder }) => ({ course, holder })),
      [{ course: '', holder: { server: second.id, run: 1 } }],
    )
  })

  it('for all courses is given to one of two servers that wait for it, and then to the other', async () => {
    await start({ per: 'user' })
    const user = await parts.makePerson()
    parts.hub.config.limits.startsAtOnce = 0
    const [one, two] = await Promise.all(
      [parts.demo, parts.third].map((course) => requestServer(parts.hub, user, course)),
    )
    assert.ok(one !== undefined && two !== undefined)
    parts.hub.config.limits.startsAtOnce = 8
    await parts.hub.admission.admit()
    const states = async () =>
      (await Promise.all([one, two].map(({ id }) => findServer(parts.hub.db, id)))).map((row) => row?.state)
    await until(async () => (await states()).includes('ready'))
    assert.deepEqual((await states()).sort(), ['queued', 'ready'])
    const running = (await states())[0] === 'ready' ? one : two
    await parts.close(running)
    await parts.inState(running === one ? two : one, 'ready')
  })
})
