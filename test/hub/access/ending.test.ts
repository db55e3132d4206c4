import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  areOpen,
  closedBy,
  type FrontDoors,
  openAt,
  openCourse,
  type SeatedUser,
  startFrontDoors,
} from '../../helpers/front-doors.ts'
import { cull } from '../../helpers/test-hub.ts'

onEachDatabase('a user’s seats at three proxies end with', (makeDatabase) => {
  let world: FrontDoors
  let ann: SeatedUser
  let bob: SeatedUser

  beforeEach(async () => {
    world = await startFrontDoors({ database: await makeDatabase() })
    ann = await openCourse(world)
    bob = await openCourse(world)
  })
  afterEach(async () => {
    for (const socket of [...ann.sockets, ...bob.sockets]) socket.terminate()
    await world?.stop()
  })

  /** Asserts that the act itself closes Ann's WebSockets at all proxies, and leaves Bob's open. */
  async function endsAnnsAlone(act: () => Promise<unknown>): Promise<void> {
    await closedBy(world.hub.db, ann.sockets, act)
    for (const door of world.doors) await assert.rejects(openAt(door, ann))
    assert.ok(areOpen(bob.sockets))
  }

  it('a stop', () =>
    endsAnnsAlone(async () => {
      const row = await world.hub.db('servers').where({ path: ann.path }).first()
      assert.equal((await ann.browser.submit(`/hub/servers/${row.id}/stop`)).status, 303)
    }))

  it('a cull', () =>
    endsAnnsAlone(async () => {
      assert.equal((await cull(world.hub, 'DELETE', `/${ann.name}/servers/demo`)).status, 202)
    }))

  it('a new run', () =>
    endsAnnsAlone(async () => {
      for (const object of world.hub.world.objects.values()) {
        if (object.path === ann.path) object.status = { state: 'exited', code: 1 }
      }
      world.hub.world.behaviour.isMute = true
      await ann.browser.open('/tmplogin?course=demo')
    }))

  it('a sign-out here', () =>
    endsAnnsAlone(async () => {
      const page = await ann.browser.submit('/hub/logout')
      assert.match(page.text, /You are signed out</)
      assert.doesNotMatch(page.text, /did not answer/)
    }))

  it('a sign-out everywhere, from another browser', async () => {
    const other = world.hub.browser()
    for (const [name, value] of ann.browser.jar) other.jar.set(name, value)
    await endsAnnsAlone(async () => {
      const page = await other.submit('/hub/logout', { everywhere: 'true' })
      assert.match(page.text, /You are signed out everywhere</)
    })
    assert.equal((await ann.browser.navigate('/hub/home')).status, 302)
  })
})
