import assert from 'node:assert/strict'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

onSqlite('the pages about images', (makeDatabase) => {
  let images: FakeImages
  let world: FakeServers
  let hub: TestHub

  beforeEach(async () => {
    images = createFakeImages(2)
    images.engines.forEach((engine) => void engine.set('one', fakeId('a')))
    world = createFakeServers({ errandOutput: 'os\tDebian 12\npython\t3.12.1\njupyterlab\t4.4.0\n' }, images)
    hub = await startTestHub({
      database: await makeDatabase(),
      world,
      config: {
        authenticators: visitorsAndPeople(),
        admins: ['root'],
        servers: { url: 'https://*.nb.test' },
        hub: { url: 'https://hub.test', port: 0 },
        courses: {
          demo: { image: 'one', title: 'Demo <1>', staff: ['grace'] },
          bad: { image: 'missing', staff: ['otto'] },
        },
      },
    })
    await until(async () => (await hub.db('images')).length === 2)
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const as = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }

  it('show admins all images, those first that are missing, and what is in them', async () => {
    const root = await as('root')
    await until(async () => (await hub.db('contents')).length === 1)
    const { status, text } = await root.navigate('/hub/images')
    assert.equal(status, 200)
    assert.ok(text.indexOf('<code>missing</code>') < text.indexOf('<code>one</code>'))
    assert.match(text, /class="notice">It is missing\. No engine has the image missing\./)
    assert.match(text, /It is at all 2 places where notebooks start\./)
    assert.match(text, /<p>Debian 12, Python 3\.12\.1, JupyterLab 4\.4\.0<\/p>/)
    assert.ok(text.includes(fakeId('a')) && text.includes('Demo &#60;1&#62;'))
    assert.match((await root.navigate('/hub/admin')).text, /href="\/hub\/images"/)
  })

  it('show staff the images of their own courses, and say where one is missing', async () => {
    const grace = await as('grace')
    const own = (await grace.navigate('/hub/images')).text
    assert.ok(own.includes('<code>one</code>') && !own.includes('<code>missing</code>'))
    assert.match((await grace.navigate('/hub/course/demo')).text, /<summary>Image <code>one<\/code><\/summary>/)
    assert.doesNotMatch((await grace.navigate('/hub/home')).text, /image is missing/)

    const otto = await as('otto')
    assert.match((await otto.navigate('/hub/course/bad')).text, /The image of this course is missing/)
    assert.match((await otto.navigate('/hub/home')).text, /Its image is missing\./)
    images.engines.forEach((engine) => void engine.set('missing', fakeId('c')))
    await hub
      .db('images')
      .where({ image: 'missing' })
      .update({ places_having: 1, id: fakeId('c') })
    assert.doesNotMatch((await otto.navigate('/hub/course/bad')).text, /is missing/)
    assert.match((await otto.navigate('/hub/images')).text, /It is at 1 of the 2 places/)
  })

  it('say which image a notebook is of, and how many are of another one', async () => {
    const ann = await as('ann')
    await ann.enter('/launch/demo')
    const grace = await as('grace')
    const short = fakeId('a').slice(0, 19)
    const card = async () =>
      /Image <code>sha256:\w{12}<\/code>[^<]*</.exec((await grace.navigate('/hub/course/demo')).text)?.[0]
    assert.equal(await card(), `Image <code>${short}</code><`)
    assert.doesNotMatch((await grace.navigate('/hub/images')).text, /of another image/)
    await hub
      .db('images')
      .where({ image: 'one' })
      .update({ id: fakeId('b') })
    assert.match((await grace.navigate('/hub/images')).text, /A running notebook is of another image of this name/)
    assert.equal(await card(), `Image <code>${short}</code>, which is not the one of the course any more<`)
  })

  it('are closed to all others, and tell learners nothing', async () => {
    const eve = await as('eve')
    assert.equal((await eve.navigate('/hub/images')).status, 403)
    assert.notEqual((await hub.browser().navigate('/hub/images')).status, 200)
    assert.doesNotMatch((await eve.navigate('/hub/home')).text, /image is|\/hub\/images/)
    assert.doesNotMatch((await eve.navigate('/launch/bad')).text, /image is|\/hub\/images/)
  })
})
