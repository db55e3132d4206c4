import assert from 'node:assert/strict'
import { SpawnError } from '../../../spawners/spawner.ts'
import { createFakeServers, type FakeServers, failingSpawner, slowSpawner } from '../../helpers/fake-spawners.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

describe('a launch that does not succeed', () => {
  let world: FakeServers
  let hub: TestHub
  beforeEach(() => {
    world = createFakeServers()
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const ending = async (error: Error) => {
    hub = await startTestHub({ world, config: { spawner: failingSpawner(world, error) } })
    const browser = hub.browser()
    const launch = await browser.open('/tmplogin?course=demo')
    const last: { message: string; again?: string } = await browser.follow(launch)
    const { text } = await browser.navigate(`/hub/launches/${launch}`)
    return { ...last, buttons: [...text.matchAll(/<button>([^<]*)<\/button>/g)].map(([, word]) => word), text }
  }

  it('offers another try where that can help, with one advice', async () => {
    const { message, again, buttons, text } = await ending(new SpawnError('The registry does not answer.'))
    assert.equal(
      message,
      'The registry does not answer. Try again. If it happens again, tell your teacher the reference below.',
    )
    assert.deepEqual([again, buttons], ['Try again', ['Try again']])
    assert.match(text, /Reference: <code>\w+-1</)
    assert.match(text, /data-wrong="true"/)
  })

  it('offers none where every try ends the same way', async () => {
    const { message, again, buttons, text } = await ending(new SpawnError('The image is not there.', { lasts: true }))
    assert.equal(message, 'The image is not there. Trying again does not help. Tell your teacher the reference below.')
    assert.deepEqual([again, buttons], [undefined, []])
    assert.match(text, /Reference: <code>\w+-1</)
  })

  it('offers a start, and no reference, where the notebook was only stopped', async () => {
    hub = await startTestHub({ world })
    const browser = hub.browser()
    const { launch } = await browser.enter('/tmplogin?course=demo')
    await browser.submit(`/hub/servers/${(await hub.db('servers').first('id')).id}/stop`)
    const { text } = await browser.navigate(`/hub/launches/${launch}`)
    assert.match(text, /Your notebook (was|is being) stopped\./)
    assert.match(text, /<button>Start it again<\/button>/)
    assert.doesNotMatch(text, /tell your teacher/)
    assert.match(text, /data-wrong="false"/, 'looks like no failure')
  })

  it('because the queue is full is told on the page of its course, with a button', async () => {
    let proceed = () => {}
    const spawner = slowSpawner(world, new Promise<void>((resolve) => (proceed = resolve)))
    const courses = { demo: { image: 'demo', title: 'A first course' } }
    const limits = { startsAtOnce: 1, waiting: 1 }
    hub = await startTestHub({ world, config: { spawner, courses, limits, authenticators: [people] } })
    const browsers = await Promise.all(
      ['ann', 'ben', 'carl'].map(async (username) => {
        const browser = hub.browser()
        await browser.submit('/hub/login/local', { username, password: 'right' })
        return browser
      }),
    )
    const pages = []
    for (const browser of browsers) pages.push(await browser.navigate('/launch/demo'))
    const page = pages.at(-1)
    assert.equal(page?.status, 429)
    assert.ok(page?.headers['retry-after'])
    assert.match(page?.text ?? '', /<h1>A first course<\/h1>/)
    assert.match(page?.text ?? '', /Too many people are waiting for a notebook just now\. Try again in a few minutes\./)
    assert.match(
      page?.text ?? '',
      /data-refused="true".*<form method="post" action="\/hub\/launches".*Try again<\/button>/s,
    )
    assert.doesNotMatch(page?.text ?? '', /Error id|Reference: <code>\w/)
    // The same from the button, without script.
    const again = await browsers.at(-1)?.submit('/hub/launches', { link: '/launch/demo', framed: 'false' })
    assert.equal(again?.status, 429)
    assert.match(again?.text ?? '', /<h1>A first course<\/h1>.*Try again<\/button>/s)
    const script = await browsers.at(-1)?.post('/hub/launches', { link: '/launch/demo' })
    assert.deepEqual([script?.json().error, script?.json().may_pass], ['queue_full', true])
    proceed()
  })
})
