import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { countRows, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from './content-world.ts'

describe('a link that names no notebook, to a course of which none has come', () => {
  const cleanup = cleanupAfterEach()
  let content: ContentWorld
  let hub: TestHub

  beforeEach(async () => {
    content = await openContentWorld(cleanup)
    const { demo } = content.config.courses
    assert.ok(demo !== undefined)
    const courses = {
      demo,
      shelf: { ...demo, content: { ...demo.content, copies: 'none' as const } },
      page: { ...demo, start: '/lab' },
    }
    hub = await startTestHub({ config: { ...content.config, courses } })
    cleanup.defer(() => hub.stop())
    // The repository has no commit yet.
    for (const course of ['demo', 'shelf', 'page']) await pullEnded(hub, 0, course)
  })

  const ask = async (link: string, browser = hub.browser()) => {
    browser.setNonce()
    return browser.post('/hub/launches', { link })
  }

  it('starts no server, offers another try, and the server all the same', async () => {
    const browser = hub.browser()
    const refused = await ask('/launch/demo', browser)
    const { error, may_pass: mayPass, links } = refused.json()
    assert.deepEqual([refused.status, error, mayPass], [404, 'content_missing', true])
    assert.match(refused.json().message, /^The notebooks of demo have not come here yet\./)
    assert.deepEqual(
      links.map(({ text }: { text: string }) => text),
      ['Open my notebook without them'],
    )
    assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 0 })
    const [{ href }] = links
    assert.equal((await browser.post('/hub/launches', { link: href })).status, 201)
    assert.equal((await browser.post('/hub/launches', { link: '/launch/demo' })).status, 201, 'its server runs')
    assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 1 })
  })

  it('is the page of the link with a button, for a browser without script', async () => {
    const browser = hub.browser()
    await ask('/launch/demo', browser)
    const { status, text } = await browser.submit('/hub/launches', { link: '/launch/demo', framed: 'false' })
    assert.equal(status, 404)
    assert.match(text, /<a class="button plain" href="\/hub\/open\?to=[^"]*">Open my notebook without them<\/a>/)
    assert.match(text, /<button>Try again<\/button>/)
    assert.match(text, /data-wrong="false"/)
  })

  it('opens where nobody gets copies of the content, and where the course begins with a page', async () => {
    for (const course of ['shelf', 'page']) assert.equal((await ask(`/launch/${course}`)).status, 201, course)
  })

  it('opens once a commit is there', async () => {
    await content.course.commit({ 'intro.ipynb': notebook('Introduction') })
    const { id } = await pullEnded(hub)
    await hub.db('pulls').update({ due: 0 })
    assert.equal((await pullEnded(hub, id)).state, 'pulled')
    assert.equal((await ask('/launch/demo')).status, 201)
  })
})
