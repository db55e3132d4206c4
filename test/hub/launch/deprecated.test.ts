import assert from 'node:assert/strict'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

onEachDatabase('a course on its way out', (makeDatabase) => {
  let hub: TestHub
  const end = 'Ask for the new one in May.'
  beforeEach(async () => {
    hub = await startTestHub({
      database: await makeDatabase(),
      config: {
        authenticators: [
          temporary(),
          people,
          lms({ issuer: 'edx', courses: ['old', 'next'], pages: [lmsUrl], signed: false }),
        ],
        admins: ['root'],
        courses: {
          last: { image: 'last', deprecated: { message: end } },
          old: { image: 'old', title: 'Python 2', deprecated: { instead: 'next' }, embed: { ancestors: [lmsUrl] } },
          next: {
            image: 'next',
            title: 'Python 3',
            embed: { ancestors: [lmsUrl] },
            tags: {
              v1: { image: 'next:1', open: 'everyone', deprecated: { instead: 'v2' } },
              v2: { image: 'next:2', open: 'everyone' },
            },
          },
        },
      },
    })
  })
  afterEach(() => hub.stop())

  const as = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  /** Opens a link, and returns the course and the landing of what has opened. */
  const open = async (browser: HttpBrowser, link: string) => {
    browser.setNonce()
    const posted = await browser.post('/hub/launches', { link })
    assert.equal(posted.status, 201, posted.text)
    const { launch } = posted.json()
    const progress = await browser.follow(launch)
    const { server, landing } = await hub.db('launches').orderBy('created', 'desc').first('server', 'landing')
    const { course, id } = await hub.db('servers').where({ id: server }).first('course', 'id')
    return { launch, progress, landing, course, id }
  }
  const stop = async (browser: HttpBrowser, id: string) => {
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await hub.db('servers').where({ id }).first('state')).state === 'stopped')
  }

  it('tells so before each run of it opens for the first time, and waits until that was read', async () => {
    const ann = await as('ann')
    const { launch, progress, id } = await open(ann, '/launch/last')
    assert.deepEqual([progress.state, progress.told], ['ready', end])
    const page = await ann.navigate(`/hub/launches/${launch}`)
    assert.match(page.text, new RegExp(`<p id="before" aria-live="polite" >${end}</p>`))
    assert.match(page.text, /data-tells="true"/)
    assert.equal((await open(ann, '/launch/last')).progress.told, end)
    assert.equal((await ann.post(`/hub/launches/${launch}/read`, {})).status, 200)
    assert.equal((await open(ann, '/launch/last')).progress.told, undefined)

    await stop(ann, id)
    assert.equal((await open(ann, '/launch/last')).progress.told, end)
  })

  it('is read by those only who have opened it', async () => {
    const ann = await as('ann')
    const { launch } = await open(ann, '/launch/last')
    assert.equal((await (await as('eve')).post(`/hub/launches/${launch}/read`, {})).status, 403)
    assert.equal((await open(ann, '/launch/last')).progress.told, end)
  })

  it('has its links open the one that has replaced it, with file, options and front end', async () => {
    const ann = await as('ann')
    const links = [
      '/launch/old/week1/a.ipynb',
      '/tmplogin?course=OLD&notebook=week1/a.ipynb',
      '/hub/at/old/user-redirect/lab',
    ]
    const seen = []
    for (const link of links) {
      const page = await ann.navigate(link)
      assert.equal(page.status, 200)
      assert.match(page.text, /<p class="notice">Python 3 has replaced Python 2\.<\/p>/)
      assert.match(page.text, /<h1[^>]*>Python 3<\/h1>/)
      const { course, landing, progress } = await open(ann, link)
      assert.equal(progress.told, undefined)
      seen.push([course, landing])
    }
    const file = '/user/ann/next/lab/workspaces/next/tree/week1/a.ipynb'
    assert.deepEqual(seen, [
      ['next', file],
      ['next', file],
      ['next', '/user/ann/next/lab'],
    ])
    assert.equal((await hub.db('servers').where({ course: 'old' })).length, 0)
    assert.equal((await open(ann, '/launch/old?tag=v2')).course, 'next--v2')
  })

  it('has links to its replaced tags open the other tag', async () => {
    const ann = await as('ann')
    assert.equal((await open(ann, '/launch/next?tag=v1')).course, 'next--v2')
    assert.equal((await open(ann, '/launch/next--v1/a.ipynb')).course, 'next--v2')
  })

  it('has links of an LMS open the other course for their learner', async () => {
    const link = '/ipythonExercice/old/week1/a/1234'
    const learner = hub.browser()
    learner.setNonce()
    const page = await learner.navigate(link, { referer: `${lmsUrl}/`, 'sec-fetch-dest': 'iframe' })
    const proof = /data-proof="([^"]+)"/.exec(page.text)?.[1]
    const posted = await learner.post('/hub/launches', { link, proof })
    assert.equal(posted.status, 201, posted.text)
    assert.equal((await learner.follow(posted.json().launch)).state, 'ready')
    assert.deepEqual(await hub.db('servers').pluck('course'), ['next'])
  })

  it('is no answer to a link that names no course, or a misspelt one, and one that goes on tells its message there', async () => {
    const ann = await as('ann')
    const which = await ann.navigate('/hub/spawn')
    assert.match(which.text, /<h1>Which course\?<\/h1>/)
    assert.ok(which.text.includes(`<h2>last</h2><p>${end}</p>`), which.text)
    assert.ok(which.text.includes('<h2>Python 3</h2>') && !which.text.includes('Python 2'))
    const offered = async (link: string) => (await ann.navigate(link)).text.match(/(?<=href="\/launch\/)[^"]+/g)
    assert.deepEqual(await offered('/launch/lasd'), ['last'])
    assert.equal(await offered('/launch/olt'), null)
  })

  it('is listed with what is to be known of it, and not any more once another has replaced it', async () => {
    const { text } = await hub.browser().navigate('/hub/courses')
    assert.ok(text.includes(`<h2>last</h2><p>${end}</p>`), text)
    assert.ok(text.includes('<h2>Python 3</h2>'))
    assert.ok(!text.includes('Python 2'))
  })

  it('stays open by its own address to those who have a notebook in it', async () => {
    const ann = await as('ann')
    const path = '/user/ann/old/'
    const { course, progress, id } = await open(ann, `/hub/open?to=${encodeURIComponent(`${path}lab`)}`)
    assert.deepEqual([course, progress.told], ['old', 'Python 3 has replaced Python 2.'])
    const { text } = await ann.navigate('/hub/home')
    assert.ok(text.includes('<p>Python 3 has replaced Python 2.</p>'))
    assert.ok(text.includes(`href="/hub/open?to=${encodeURIComponent(path)}"`), text)
    await stop(ann, id)
    assert.equal((await open(ann, `/open?to=${encodeURIComponent(path)}`)).course, 'old')
  })
})
