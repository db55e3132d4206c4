import assert from 'node:assert/strict'
import { temporary } from '../../../authenticators/temporary.ts'
import { startsOfRunning } from '../../../hub/db/servers/servers.ts'
import { knownOfSpares } from '../../../hub/db/servers/spares.ts'
import { listUsers } from '../../../hub/db/servers/user-list.ts'
import { countUsers, findUserByName } from '../../../hub/db/users.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { countRows } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openSpares } from './spares-world.ts'

onEachDatabase('a spare', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const open = async (config = {}) => openSpares(cleanup, await makeDatabase(), config)

  it('is the server of a user whom nobody knows, and has no route', async () => {
    const { hub, proxy, settle, states } = await open()
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
    assert.deepEqual(await countRows(hub.db, 'users', 'servers', 'events'), { users: 2, servers: 2, events: 0 })
    const [{ name }] = await hub.db('users').select('name')
    assert.deepEqual(await hub.db('users').distinct('state', 'kind').select(), [{ state: 'spare', kind: 'temporary' }])
    assert.equal(await findUserByName(hub.db, name), undefined)
    assert.equal(await countUsers(hub.db), 0)
    assert.deepEqual(await listUsers(hub.db, { name: '' }, { order: 'id', offset: 0, limit: 10 }), [])
    assert.equal(proxy.routes.size, 0)
  })

  it('becomes the server of a visitor, who gets the name that it was told, and all counts from then', async () => {
    const { hub, world, proxy, settle, age, visitor, open: click, named, objectOf, states } = await open()
    await settle()
    await age(60_000)
    const user = await visitor()
    const server = await click(user)
    assert.equal(server.state, 'ready')
    assert.equal(server.run, 1)
    assert.equal(world.made.length, 2, 'nothing was started')
    const { env, path } = objectOf(server)
    assert.equal(server.path, path)
    assert.equal(`/user/${await named(user)}/demo/`, path)
    assert.equal(server.toldUser, await named(user))
    assert.equal(env.JUPYTERHUB_USER ?? server.toldUser, server.toldUser)
    const route = proxy.routes.get(path)
    assert.equal(route?.access?.user, user.id)
    assert.equal(route?.revision, server.revision)
    assert.ok((server.started ?? 0) >= user.created)
    assert.ok(server.since >= user.created)
    assert.deepEqual(await states(), ['ready'])
    assert.deepEqual(await hub.db('events').orderBy('id').pluck('kind'), ['claimed', 'launched'])
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 2 }, 'the user that it had is gone')
    await until(async () => (await knownOfSpares(hub.db)).get('demo')?.hits === 1)
  })

  it('says nothing of how long starts take for people, also when it was taken', async () => {
    const { hub, settle, visitor, open: click } = await open()
    const noted: string[] = []
    hub.usualStarts.note = (course) => void noted.push(course)
    await settle()
    await click(await visitor())
    assert.deepEqual(await startsOfRunning(hub.db), [])
    await click(await visitor(), 'other')
    await until(() => noted.length > 0)
    assert.deepEqual(noted, ['other'])
    assert.deepEqual(
      (await startsOfRunning(hub.db)).map(({ course }) => course),
      ['other'],
    )
    await hub.db('servers').where({ course: 'demo' }).whereRaw('not spare').update({ run: 2 })
    assert.equal((await startsOfRunning(hub.db)).length, 2, 'a later start of the same server does count')
  })

  it('keeps the name that it was told with a user who has one', async () => {
    const { visitor, settle, open: click, named, objectOf, now, hub } = await open()
    await settle()
    const user = await visitor()
    const first = await click(user, 'other')
    const name = await named(user)
    assert.equal(first.path, `/user/${name}/other/`)
    const server = await click(user)
    assert.equal(await named(user), name)
    assert.equal(server.state, 'ready')
    assert.equal(server.path, `/user/${server.toldUser}/demo/`)
    assert.notEqual(server.toldUser, name)
    await stopServer(hub, server)
    await until(async () => (await now(server)).state === 'stopped')
    const again = await click(user)
    await until(async () => (await now(again)).state === 'ready')
    assert.equal(again.id, server.id)
    assert.equal((await now(again)).run, 2)
    assert.equal(objectOf(await now(again)).path, server.path, 'the address stays')
  })

  it('is for nobody who has a server of the course, nor for one whose run is made otherwise', async () => {
    const courses = {
      demo: {
        image: 'demo',
        spares: 1,
        choices: { size: [{ name: 'small' }, { name: 'large', limits: { memory: '4G' } }] },
        questions: { repo: { kind: 'text' as const, env: 'REPO' } },
        rules: [{ when: { role: 'person' as const }, env: { KIND: 'person' } }],
        tags: { next: { image: 'next', open: 'everyone' as const } },
      },
    }
    const { hub, settle, visitor, open: click, now, states } = await open({ courses })
    await settle()
    assert.deepEqual(await states(), ['ready'])
    const queued = [
      await click(await visitor(), 'demo', { asked: { size: 'large' } }),
      await click(await visitor(), 'demo', { answers: { repo: { text: 'x' } } }),
      await click(await visitor(), 'demo--next'),
      await click({ ...(await visitor()), kind: 'person' }),
    ]
    for (const one of queued) assert.notEqual(one.toldUser ?? 'none', one.path.split('/')[2])
    assert.deepEqual(await states(), ['ready'])
    const user = await visitor()
    const taken = await click(user, 'demo', { asked: { size: 'small' } })
    assert.equal(taken.state, 'ready')
    await stopServer(hub, taken)
    await until(async () => (await now(taken)).state === 'stopped')
    await settle()
    assert.equal((await click(user)).id, taken.id, 'its own server starts again')
    assert.deepEqual(await states(), ['ready'])
    await until(async () => (await knownOfSpares(hub.db)).get('demo')?.others === 3)
  })

  it('is not given to a user from whom an answer is needed first', async () => {
    const questions = { repo: { kind: 'text' as const, env: 'REPO', required: true } }
    const {
      settle,
      visitor,
      open: click,
      states,
    } = await open({
      courses: { demo: { image: 'demo', spares: 1, questions } },
    })
    await settle()
    assert.deepEqual(await states(), [], 'and so there is none')
    await assert.rejects(click(await visitor()), { code: 'answer_needed' })
  })

  it('where nothing listens is put away, and the next one taken', async () => {
    const { hub, proxy, settle, visitor, open: click, states, named, now } = await open()
    await settle()
    const [oldest] = await hub.db('servers').whereRaw('spare').orderBy('started').orderBy('id')
    await hub.db('servers').where({ id: oldest.id }).update({ target: 'http://127.0.0.1:1' })
    const dead = await now(oldest)
    const user = await visitor()
    const server = await click(user)
    assert.equal(server.state, 'ready')
    assert.notEqual(server.id, dead.id)
    assert.equal(await named(user), server.toldUser)
    await until(async () => (await now(dead)).state === 'failed')
    assert.notEqual((await now(dead)).user, user.id)
    assert.equal(proxy.routes.has(dead.path), false)
    assert.deepEqual(await states(), ['failed'])
    assert.deepEqual(await hub.db('servers').where({ user: user.id }).pluck('id'), [server.id])
    await settle()
    assert.equal(await now(dead), undefined)
    assert.match((await knownOfSpares(hub.db)).get('demo')?.failure ?? '', /did not answer/)
  })

  it('that is slow is passed over, waits on, and is taken when it is the last and answers', async () => {
    const { hub, settle, visitor, open: click, objectOf, states, now } = await open()
    await settle()
    const [oldest] = await hub.db('servers').whereRaw('spare').orderBy('started').orderBy('id')
    const slow = await now(oldest)
    objectOf(slow).isFrozen = true
    assert.notEqual((await click(await visitor())).id, slow.id)
    assert.deepEqual(await states(), ['ready'])
    objectOf(slow).isFrozen = false
    assert.equal((await click(await visitor())).id, slow.id)
    assert.equal((await knownOfSpares(hub.db)).get('demo')?.failure, undefined)
  })

  it('is looked for three times, and then a server is started', async () => {
    const {
      world,
      settle,
      visitor,
      open: click,
      states,
      now,
    } = await open({
      courses: { demo: { image: 'demo', spares: 4 } },
    })
    await settle()
    for (const object of world.objects.values()) object.isFrozen = true
    const user = await visitor()
    const server = await click(user)
    await until(async () => (await now(server)).state === 'ready')
    assert.equal(server.spare, false)
    assert.equal(server.toldUser, undefined)
    assert.equal((await states()).filter((state) => state === 'ready').length, 4, 'none is stopped for that')
  })

  it('goes to one only of many who come at once, and ten frames of one visitor take one', async () => {
    const {
      hub,
      settle,
      visitor,
      open: click,
      states,
    } = await open({
      courses: { demo: { image: 'demo', spares: 4 } },
    })
    await settle()
    const users = await Promise.all(Array.from({ length: 6 }, () => visitor()))
    const servers = await Promise.all(users.map((user) => click(user)))
    const told = servers.flatMap(({ toldUser }) => toldUser ?? [])
    assert.equal(told.length, 4)
    assert.equal(new Set(told).size, 4)
    assert.deepEqual(await states(), [])
    await settle()
    const one = await visitor()
    const frames = await Promise.all(Array.from({ length: 10 }, () => click(one)))
    assert.equal(new Set(frames.map(({ id }) => id)).size, 1)
    assert.equal((await states()).length, 3)
    assert.deepEqual(await hub.db('servers').where({ user: one.id }).pluck('state'), ['ready'])
  })

  it('leaves room for people where temporary users have all that they may have', async () => {
    const people = { kind: 'password' as const, name: 'local', label: 'Sign in', authenticate: async () => undefined }
    const {
      settle,
      visitor,
      open: click,
      states,
    } = await open({
      authenticators: [temporary(), people],
      limits: { servers: 4 },
      courses: { demo: { image: 'demo', spares: 4 } },
    })
    await settle()
    const servers = []
    for (let count = 0; count < 4; count += 1) servers.push(await click(await visitor()))
    assert.equal(servers.filter(({ toldUser }) => toldUser !== undefined).length, 3)
    assert.ok((await states()).length <= 1)
  })

  it('is not made where hooks of the config make each run for its user', async () => {
    const { settle, states } = await open({ hooks: { beforeStart: async () => ({}) } })
    await settle()
    assert.deepEqual(await states(), [])
  })
})
