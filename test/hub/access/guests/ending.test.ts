import assert from 'node:assert/strict'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../../helpers/fake-proxy.ts'
import { createFakeServers } from '../../../helpers/fake-spawners.ts'
import { type HttpBrowser, lmsUrl, redeem, secrets, startTestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { enterAsGuest, guestsAt, openAsGuest, openSchool, type School, schoolConfig, share, unshare } from './school.ts'

onEachDatabase('a guest’s permission', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  /** Opens a school in which ann shares with ben, and returns ben's browser. */
  const withBen = async (): Promise<HttpBrowser> => {
    school = await openSchool(await makeDatabase())
    await share(school.ann, 'user', 'ben')
    return school.as('ben')
  }

  it('ends with the share, at every proxy before the page is answered', async () => {
    const ben = await withBen()
    const { hub, ann, server, userId } = school
    const { seat, route } = (await enterAsGuest(hub, ben, server.path)).json()
    assert.deepEqual(guestsAt(hub, server.path), [await userId('ben')])
    assert.equal((await unshare(ann, 'user', 'ben')).status, 303)
    const held = hub.proxy.routes.get(server.path)
    assert.deepEqual(held?.access?.guests, [])
    assert.ok((held?.revision ?? 0) > route.revision)
    assert.deepEqual(held?.access?.ended, [seat.id])
    assert.equal((await openAsGuest(ben, server.path)).answer.status, 403)
    const kinds = await hub.db('events').whereIn('kind', ['shared', 'unshared']).orderBy('id').select('kind', 'user')
    const by = await userId('ann')
    assert.deepEqual(kinds, [
      { kind: 'shared', user: by },
      { kind: 'unshared', user: by },
    ])
  })

  it('does not revive an old seat when the share is made again', async () => {
    const ben = await withBen()
    const { hub, ann, server, userId } = school
    const { seat } = (await enterAsGuest(hub, ben, server.path)).json()
    await unshare(ann, 'user', 'ben')
    await share(ann, 'user', 'ben')
    const again = (await enterAsGuest(hub, ben, server.path)).json()
    assert.notEqual(again.seat.id, seat.id)
    const { access } = hub.proxy.routes.get(server.path) ?? {}
    assert.deepEqual(access?.guests, [await userId('ben')])
    assert.deepEqual(access?.ended, [seat.id])
  })

  it('can end between a ticket and its redemption', async () => {
    const ben = await withBen()
    const { hub, ann, server } = school
    const { launch } = await openAsGuest(ben, server.path)
    const { ticket } = (await ben.post(`/hub/launches/${launch}/ticket`)).json()
    await unshare(ann, 'user', 'ben')
    assert.equal((await redeem(hub, ticket)).status, 404)
    assert.equal((await ben.post(`/hub/launches/${launch}/ticket`)).status, 404)
  })

  it('stays when another share still names the guest', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server, as, userId } = school
    await share(ann, 'user', 'carl')
    await share(ann, 'group', 'colleagues')
    const carl = await as('carl')
    await enterAsGuest(hub, carl, server.path)
    await unshare(ann, 'user', 'carl')
    assert.deepEqual(guestsAt(hub, server.path), [await userId('carl')])
    await unshare(ann, 'group', 'colleagues')
    assert.deepEqual(guestsAt(hub, server.path), [])
  })

  it('ends without an effect on other guests and the owner', async () => {
    const ben = await withBen()
    const { hub, ann, server, as, userId } = school
    const grace = await as('grace')
    await enterAsGuest(hub, ben, server.path)
    await enterAsGuest(hub, grace, server.path)
    await unshare(ann, 'user', 'ben')
    assert.deepEqual(guestsAt(hub, server.path), [await userId('grace')])
    assert.equal(hub.proxy.routes.get(server.path)?.access?.ended.length, 1)
  })

  it('is not restored by a click at the moment of its end', async () => {
    const ben = await withBen()
    const { hub, ann, server } = school
    for (let round = 0; round < 8; round += 1) {
      await share(ann, 'user', 'ben')
      const clicks = Array.from({ length: 4 }, () => enterAsGuest(hub, ben, server.path))
      const [, ...answers] = await Promise.all([unshare(ann, 'user', 'ben'), ...clicks])
      assert.deepEqual(await hub.db('guests'), [], `round ${round}`)
      assert.deepEqual(guestsAt(hub, server.path), [])
      assert.equal((await hub.db('seats').where({ ended: false, user: await school.userId('ben') })).length, 0)
      assert.ok(answers.every(({ status }) => status === 200 || status === 403 || status === 404))
    }
  })

  it('ends with the run', async () => {
    const ben = await withBen()
    const { hub, ann, server } = school
    await enterAsGuest(hub, ben, server.path)
    await ann.submit(`/hub/servers/${server.id}/stop`)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    await ann.enter('/launch/demo')
    assert.deepEqual(guestsAt(hub, server.path), [])
    assert.deepEqual(await hub.db('guests'), [])
    assert.equal((await openAsGuest(ben, server.path)).answer.status, 303, 'a click makes them a guest again')
  })

  for (const state of ['blocked', 'deleting'])
    it(`ends with an account that the database says is ${state}`, async () => {
      const ben = await withBen()
      const { hub, server, userId } = school
      await enterAsGuest(hub, ben, server.path)
      await hub
        .db('users')
        .where({ id: await userId('ben') })
        .update({ state })
      await until(() => guestsAt(hub, server.path).length === 0)
      assert.equal((await openAsGuest(ben, server.path)).answer.status, 401)
    })

  it('ends with the account, and later accounts of this name get no share', async () => {
    const ben = await withBen()
    const { hub, server, userId } = school
    await enterAsGuest(hub, ben, server.path)
    await hub
      .db('users')
      .where({ id: await userId('ben') })
      .update({ state: 'deleting' })
    await until(async () => (await hub.db('users').where({ name: 'ben' })).length === 0)
    assert.deepEqual(await hub.db('shares'), [])
    assert.deepEqual(guestsAt(hub, server.path), [])
  })

  describe('ends when the hub starts with another config', () => {
    const embed = { ancestors: [lmsUrl] }
    const losses = {
      'staff is no longer named': { courses: { demo: { image: 'demo', staff: [], share: true, embed } } },
      'the group has other members': { groups: { tutors: [], colleagues: [] } },
      'sharing is switched off': {
        courses: { demo: { image: 'demo', staff: ['grace', 'group:tutors'], share: false, embed } },
      },
      'the course is for others': {
        courses: { demo: { image: 'demo', staff: ['grace', 'group:tutors'], share: true, open: ['ann'], embed } },
      },
      'the course is gone': { courses: { other: { image: 'other' } } },
      'servers share a host': { servers: { url: 'http://nb.test' } },
    } as const
    const stay: Record<keyof typeof losses, string[]> = {
      'staff is no longer named': ['carl'],
      'the group has other members': ['grace'],
      'sharing is switched off': ['grace', 'tina'],
      'the course is for others': ['grace', 'tina'],
      'the course is gone': [],
      'servers share a host': [],
    }

    /** What ends nothing: a course that closes leaves those where they are who are in. */
    const nothing = {
      courses: {
        demo: { image: 'demo', staff: ['grace', 'group:tutors'], share: true, closes: '2020-01-06T08:00Z', embed },
      },
    }
    it('but not when the course has closed', () => loses(nothing, ['grace', 'tina', 'carl']))

    for (const [what, change] of Object.entries(losses))
      it(what, () => loses(change, stay[what as keyof typeof losses]))

    /** Has the guests grace, tina and carl, and then a hub with a change of the config. Expects that only some stay. */
    async function loses(change: object, staying: string[]) {
      const database = await makeDatabase()
      const outside = { world: createFakeServers(), proxy: await startFakeProxy(secrets.proxyToken) }
      try {
        school = await openSchool(database, {}, outside)
        const { hub, ann, server, as, userId } = school
        await share(ann, 'group', 'colleagues')
        for (const name of ['grace', 'tina', 'carl'])
          assert.equal((await enterAsGuest(hub, await as(name), server.path)).status, 200)
        const expected = await Promise.all(staying.map(userId))
        await hub.stop()
        const next = await startTestHub({ database, config: schoolConfig(change as never), ...outside })
        const guests = guestsAt(next, server.path)
        await next.stop()
        assert.deepEqual(guests.sort(), expected.sort())
      } finally {
        await outside.proxy.stop()
        await outside.world.close()
      }
    }
  })
})
