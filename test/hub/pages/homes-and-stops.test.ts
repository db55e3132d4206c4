import assert from 'node:assert/strict'
import { createFakeServers, type FakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, serversUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

const home = { path: '/home/jovyan/work' }

describe('what pages say of files where one course has homes and another has none', () => {
  let world: FakeServers
  let hub: TestHub

  const start = async (per: 'course' | 'user' = 'course', servers = { url: serversUrl }) => {
    world = createFakeServers()
    hub = await startTestHub({
      world,
      config: {
        spawner: forgetfulSpawner(world),
        servers,
        authenticators: visitorsAndPeople(),
        admins: ['root'],
        sessions: { stopServersAtSignOut: true },
        courses: {
          lasting: { image: 'demo', home: { ...home, per } },
          passing: { image: 'demo', ...(per === 'user' && { home: { ...home, per } }) },
        },
      },
    })
  }

  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const as = async (name: string): Promise<HttpBrowser> => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  const serverIn = (course: string) => hub.db('servers').where({ course }).first()
  const isIn = (course: string, state: string) => until(async () => (await serverIn(course)).state === state)

  it('is true for each', async () => {
    await start()
    const [ann, root] = [await as('ann'), await as('root')]
    const page = async (browser: HttpBrowser, address: string) => (await browser.navigate(address)).text
    assert.doesNotMatch(await page(ann, '/launch/lasting'), /files are gone/)
    assert.match(await page(ann, '/launch/passing'), /files are gone/)
    await ann.enter('/launch/lasting')
    await ann.enter('/launch/passing')
    const [lasting, passing] = [await serverIn('lasting'), await serverIn('passing')]
    assert.equal((await page(ann, '/hub/home')).split('When this notebook stops, its files are gone').length, 2)
    const [kept, lost] = [/The saved files stay/, /All files in it are gone for good/]
    assert.match(await page(ann, `/hub/servers/${lasting.id}/stop`), kept)
    assert.match(await page(ann, `/hub/servers/${passing.id}/stop`), lost)
    assert.match(await page(root, `/hub/admin/servers/${lasting.id}/stop`), kept)
    assert.match(await page(root, `/hub/admin/servers/${passing.id}/stop`), lost)
    const { user } = lasting
    assert.match(await page(root, `/hub/admin/users/${user}/block`), /All files in 1 of them are gone for good/)
    assert.match(
      await page(root, `/hub/admin/users/${user}/remove`),
      /its notebooks \(2\) and all files in them\..*The files that last \(1\) are not among them: they stay/s,
    )
    assert.match(
      await page(ann, '/hub/logout'),
      /lasting, passing\. What is running there ends, and all files of passing are/,
    )
    await ann.submit(`/hub/servers/${lasting.id}/stop`)
    await ann.submit(`/hub/servers/${passing.id}/stop`)
    await isIn('lasting', 'stopped')
    await isIn('passing', 'stopped')
    const after = await page(ann, '/hub/home')
    assert.match(after, />Open<span class="unseen"> lasting/)
    assert.match(after, />Open a new one<span class="unseen"> passing/)
  })

  it('is true for each of those that staff stops together', async () => {
    await start('course', { url: 'http://*.nb.test' })
    for (const name of ['ann', 'ben', 'eve']) await (await as(name)).enter('/launch/passing')
    const home = (await hub.db('servers').orderBy('path').first('id')).id
    const root = await as('root')
    const question = async () => {
      const ids = await hub.db('servers').orderBy('path').pluck('id')
      return (await root.navigate(`/hub/course/passing/stop?${ids.map((id) => `chosen=${id}`).join('&')}`)).text
    }
    const all = await question()
    assert.match(
      all,
      /ends\. All files in them are gone for good, the saved ones too\..*>Stop them, and lose the files</s,
    )
    await hub.db('servers').where({ id: home }).update({ home: 'h' })
    const some = /All files of ben, eve are gone for good, the saved ones too\. The saved files of the others stay\./
    assert.match(await question(), some)
    await hub.db('servers').whereNot({ id: home }).update({ state: 'queued' })
    const none = await question()
    assert.match(none, /The saved files stay\..*<button[^>]*>Stop them</s)
    assert.doesNotMatch(none, /gone for good/)
  })

  it('leads from a click to the notebook that has the files, when one home is for all courses', async () => {
    await start('user')
    const ann = await as('ann')
    await ann.enter('/launch/lasting')
    const { id } = await serverIn('lasting')
    const refused = await ann.submit('/hub/launches', { link: '/launch/passing', framed: 'false' })
    assert.equal(refused.status, 409)
    assert.match(refused.text, /Your files are open in lasting\. Stop that notebook first/)
    assert.match(refused.text, new RegExp(`href="/hub/servers/${id}/stop"[^>]*>Stop lasting`))
    await ann.submit(`/hub/servers/${id}/stop`)
    await ann.enter('/launch/passing')
    assert.equal((await serverIn('passing')).home, (await serverIn('lasting')).home)
    assert.deepEqual(world.clashes, [])
  })

  it('goes on to name a notebook that runs, with the way to stop it, when its course has gone', async () => {
    await start()
    const ann = await as('ann')
    await ann.enter('/launch/passing')
    const { id } = await serverIn('passing')
    await hub.db('servers').where({ id }).update({ course: 'renamed' })
    const card = (await ann.navigate('/hub/home')).text
    assert.match(card, /<h2>renamed<\/h2>.*This course is not on this site any more\..*before you stop it/s)
    assert.doesNotMatch(card, /href="\/launch\/renamed"|_carrel.*renamed/)
    assert.match(card, new RegExp(`href="/hub/servers/${id}/stop"`))
    await ann.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await hub.db('servers').where({ id }).first()).state === 'stopped')
    assert.doesNotMatch((await ann.navigate('/hub/home')).text, /renamed/)
  })
})
