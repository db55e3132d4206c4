import assert from 'node:assert/strict'
import { filesOfRestart, filesOfStart } from '../../../hub/homes/at-start.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

onEachDatabase('the files with which a server would start', (makeDatabase) => {
  let parts: HomeParts

  const start = async (home = {}) => {
    parts = await openHomeParts(await makeDatabase(), home)
  }

  afterEach(() => parts.stop())

  it("are those of the learner's home in the course, before and after it is made, and of no other learner's", async () => {
    await start({ from: 'image' })
    const [ann, bob] = [await parts.makePerson('ann'), await parts.makePerson('bob')]
    const none = { server: undefined, image: parts.demo.image }
    assert.deepEqual(await filesOfStart(parts.hub, parts.demo, { user: ann, server: undefined }), none)
    const server = await parts.open(ann)
    await parts.open(bob)
    const [home] = await parts.homes()
    assert.ok(home)
    const mounted = { id: home.id, state: home.spawnerState, path: '/home/jovyan/work', fromImage: true }
    const whole = { server: server.id, image: parts.demo.image, home: mounted }
    assert.deepEqual(await filesOfRestart(parts.hub, parts.demo, server), whole)
    await parts.close(server)
    assert.deepEqual(await filesOfStart(parts.hub, parts.demo, { user: ann, server }), whole)
    assert.deepEqual(await filesOfStart(parts.hub, parts.third, { user: ann, server: undefined }), {
      ...none,
      image: parts.third.image,
    })
  })

  it('are none of the image where the course brings none of its', async () => {
    await start()
    const ann = await parts.makePerson()
    const asked = await filesOfStart(parts.hub, parts.demo, { user: ann, server: undefined })
    assert.deepEqual(asked, { server: undefined, image: '' })
    const server = await parts.open(ann)
    assert.equal((await filesOfRestart(parts.hub, parts.demo, server)).home?.fromImage, false)
  })

  it('are those of a home whose row was lost and found, and of none on its way out', async () => {
    await start()
    const ann = await parts.makePerson()
    await parts.close(await parts.open(ann))
    const homeAt = async () => (await filesOfStart(parts.hub, parts.demo, { user: ann, server: undefined })).home?.id
    const [home] = await parts.homes()
    for (const [state, expected] of [
      ['making', home?.id],
      ['found', home?.id],
      ['deleting', undefined],
    ] as const) {
      await parts.hub.db('homes').update({ state })
      assert.equal(await homeAt(), expected, state)
    }
  })

  it('are those of the server alone where the course has no home', async () => {
    await start()
    delete parts.demo.home
    const ann = await parts.makePerson()
    const server = await parts.open(ann)
    const expected = { server: server.id, image: parts.demo.image }
    assert.deepEqual(await filesOfStart(parts.hub, parts.demo, { user: ann, server }), expected)
    assert.deepEqual(await filesOfRestart(parts.hub, parts.demo, server), expected)
  })
})
