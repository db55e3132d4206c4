import assert from 'node:assert/strict'
import { createFakeServers, type FakeServers, forgetfulSpawner, quickSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

describe('what stops or deletes asks first, and says what is lost', () => {
  let world: FakeServers
  let hub: TestHub
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const start = async (keepsFiles: boolean) => {
    world = createFakeServers()
    const spawner = keepsFiles ? quickSpawner(world) : forgetfulSpawner(world)
    hub = await startTestHub({ world, config: { spawner, authenticators: visitorsAndPeople(), admins: ['root'] } })
  }
  const as = async (name: string): Promise<HttpBrowser> => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  const idOf = async (name: string) => (await hub.db('users').where({ name }).first('id')).id
  const isIn = (state: string) => until(async () => (await hub.db('servers').first('state')).state === state)

  it('at home, in words that are true for the spawner', async () => {
    for (const [keepsFiles, loss] of [
      [true, /What is not saved is lost\. The saved files stay for when you open it again\./],
      [false, /All files in it are gone for good, the saved ones too\. Download what you want to keep first\./],
    ] as const) {
      if (!keepsFiles) {
        await hub.stop()
        await world.close()
      }
      await start(keepsFiles)
      const ann = await as('ann')
      await ann.enter('/launch/demo')
      const { id } = await hub.db('servers').first('id')
      const home = (await ann.navigate('/hub/home')).text
      assert.equal(home.includes('When this notebook stops, its files are gone.'), !keepsFiles)
      assert.ok(!home.includes(`action="/hub/servers/${id}/stop"`), 'no button of the list stops anything')
      const question = (await ann.navigate(`/hub/servers/${id}/stop`)).text
      assert.match(question, /<h1>Stop demo\?<\/h1>/)
      assert.match(question, loss)
      assert.match(
        question,
        /<a class="button plain" href="\/hub\/home">Keep it running<\/a>\s*<form.*class="danger">Stop/s,
      )
      assert.equal((await hub.db('servers').first('state')).state, 'ready')
      await ann.submit(`/hub/servers/${id}/stop`)
      await isIn('stopped')
      const after = (await ann.navigate('/hub/home')).text
      assert.match(after, keepsFiles ? />Open<span class="unseen"> demo/ : />Open a new one<span class="unseen"> demo/)
      assert.equal(after.includes('Its files are gone.'), !keepsFiles)
      // A question about what has ended meanwhile leads back to the list.
      const late = await ann.navigate(`/hub/servers/${id}/stop`)
      assert.match(
        (await ann.navigate(String(late.headers.location))).text,
        /demo is not running, or has just changed\./,
      )
    }
  })

  it('on the launch page, once, where no files outlive a stop', async () => {
    for (const keepsFiles of [true, false]) {
      if (!keepsFiles) {
        await hub.stop()
        await world.close()
      }
      await start(keepsFiles)
      const told = (text: string) => text.split('its files are gone').length - 1
      const ann = await as('ann')
      assert.equal(told((await hub.browser().navigate('/launch/demo')).text), keepsFiles ? 0 : 1)
      assert.equal(told((await ann.navigate('/launch/demo')).text), keepsFiles ? 0 : 1)
    }
  })

  it('says of a start that has failed nothing about files', async () => {
    await start(false)
    const ann = await as('ann')
    world.behaviour.startError = new Error('no')
    await ann.follow(await ann.open('/launch/demo'))
    await isIn('failed')
    const home = (await ann.navigate('/hub/home')).text
    assert.doesNotMatch(home, /files are gone/)
    assert.match(home, />Open<span class="unseen"> demo/)
  })

  it('for admins, who come back to where they were in the list', async () => {
    await start(true)
    const [ann, root] = [await as('ann'), await as('root')]
    await ann.enter('/launch/demo')
    const id = await idOf('ann')
    const server = (await hub.db('servers').first('id')).id
    const list = (await root.navigate('/hub/admin?q=an')).text
    for (const act of ['sign-out', 'block', 'remove'])
      assert.ok(list.includes(`href="/hub/admin/users/${id}/${act}?q=an"`), act)
    const cases = [
      [`users/${id}/sign-out`, /Sign ann out everywhere\?.*not saved there is lost.*What is running goes on/s],
      [`servers/${server}/stop`, /Stop demo of ann\?.*not saved is lost.*Its owner is not asked/s],
      [`users/${id}/block`, /Block ann\?.*The notebook that is running will stop.*the saved files stay/s],
      [`users/${id}/remove`, /Remove ann\?.*its notebooks \(1\) and all files in them. Nothing brings them back/s],
    ] as const
    for (const [address, words] of cases) {
      const question = await root.navigate(`/hub/admin/${address}?q=an`)
      assert.match(question.text, words)
      assert.match(question.text, /name="q" value="an"/)
      assert.equal((await ann.navigate(`/hub/admin/${address}`)).status, 403)
    }
    assert.equal((await hub.db('servers').first('state')).state, 'ready')
    assert.equal((await ann.navigate('/hub/home')).status, 200)
    assert.equal((await root.navigate(`/hub/admin/users/${id}/unblock`)).status, 404)
    assert.equal((await root.navigate(`/hub/admin/users/${id}/toString`)).status, 404)

    const { headers } = await root.submit(`/hub/admin/users/${id}/block`, { q: 'an', page: '1' })
    assert.match(String(headers.location), /^\/hub\/admin\?q=an&notice=/)
    const back = (await root.navigate(String(headers.location))).text
    assert.match(back, /<p class="notice" role="status">ann is blocked: signed out everywhere/)
    assert.match(back, /action="\/hub\/admin\/users\/\w+\/unblock"/, 'what loses nothing needs no question')
    assert.match((await root.navigate('/hub/admin?q=zoe')).text, /No user has “zoe”.*<a href="\/hub\/admin">Show all/s)
  })
})
