import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { forgetPreviews } from '../../../hub/db/content/previews.ts'
import { putImageNotebooks } from '../../../hub/db/images/image-notebooks.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, neverSpawner, quickSpawner } from '../../helpers/fake-spawners.ts'
import { createFakeImages } from '../../helpers/fakes/fake-images.ts'
import { type HttpBrowser, launchPageData, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { openDesk } from '../desk/desk-world.ts'

/** A picture of one point. */
const point = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

onEachDatabase('the notebook to read while a server starts', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let content: ContentWorld
  let hub: TestHub
  let browser: HttpBrowser

  beforeEach(async () => {
    content = await openContentWorld(cleanup)
    await content.course.commit({
      'week1/intro.ipynb': notebook('Introduction', '# Sums\n\n![a point](img/point.png)\n\n<script>alert(1)</script>'),
      'week1/img/point.png': Buffer.from(point, 'base64'),
      'broken.ipynb': '{"nbformat": 3}',
    })
  })

  async function start(spawner = neverSpawner): Promise<void> {
    const world = createFakeServers({ files: {}, bytes: {}, changes: [] })
    const { demo } = content.config.courses
    const config = {
      ...content.config,
      spawner: spawner(world),
      authenticators: [temporary(), lms({ issuer: 'edx', courses: ['demo'], pages: [lmsUrl], signed: false })],
      courses: { demo: { ...demo, embed: { ancestors: [lmsUrl] } } },
    }
    hub = await startTestHub({ world, database: await makeDatabase(), config: config as never })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    await pullEnded(hub)
    browser = hub.browser()
  }

  const made = (path: string) => hub.db('previews').where({ path }).first()
  const isMade = (path: string) => until(async () => (await made(path)) !== undefined)
  /** Opens a link as the script of the launch page does, and returns what the page is told. */
  async function begin(link: string) {
    await browser.navigate(link)
    if (!browser.jar.has('carrel-first')) browser.setNonce()
    return (await browser.post('/hub/launches', { link })).json()
  }
  const read = (address: string, headers = {}) =>
    browser.navigate(address, { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'same-origin', ...headers })

  it('is made by the pull, with pictures of the repository, and shown to the session of the launch alone', async () => {
    await start()
    await isMade('week1/intro.ipynb')
    const { launch, reading } = await begin('/launch/demo/week1/intro.ipynb')
    assert.deepEqual(reading, {
      says: 'You can read the notebook meanwhile. It opens for you to work in as soon as it is ready.',
      address: `/hub/launches/${launch}/preview`,
      name: 'To read: Introduction',
    })
    const { status, headers, text } = await read(reading.address)
    assert.equal(status, 200, text)
    assert.match(text, /<h1 id="n-Sums">Sums<\/h1>/)
    assert.ok(text.includes(`<img src="data:image/png;base64,${point}" alt="a point">`))
    assert.doesNotMatch(text, /<script|alert\(/)
    const policy = String(headers['content-security-policy'])
    for (const part of [
      "default-src 'none'",
      'img-src data:;',
      `frame-ancestors 'self' ${lmsUrl}`,
      'sandbox allow-popups',
    ])
      assert.ok(policy.includes(part), `${part} in ${policy}`)
    assert.doesNotMatch(policy, /allow-scripts|allow-same-origin|script-src/)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['access-control-allow-origin'], undefined)
    const packed = await read(reading.address, { 'accept-encoding': 'gzip' })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    // A browser with an identity gets the page with the frame at once.
    const page = await browser.navigate('/launch/demo/week1/intro.ipynb')
    const [frame = ''] = /<iframe[^>]*>/.exec(page.text) ?? []
    assert.match(frame, /title="To read: Introduction"/)
    assert.match(frame, /sandbox="allow-popups allow-popups-to-escape-sandbox"/)
    const [, address = ''] = /src="(\/hub\/launches\/[\w-]{43}\/preview)"/.exec(frame) ?? []
    assert.equal((await read(address)).status, 200)
    assert.match(page.text, /<noscript><p><a href="\/hub\/launches\/[\w-]{43}\/preview" target="_blank">/)
    assert.match(String(page.headers['content-security-policy']), /frame-src 'self'/)
    const other = hub.browser()
    assert.equal((await other.navigate(reading.address)).status, 403)
    await other.open('/launch/demo/week1/intro.ipynb')
    assert.equal((await other.navigate(reading.address)).status, 403)
  })

  it('is made when it is asked for where it is not there, and anew where a picture has changed', async () => {
    await start()
    await isMade('week1/intro.ipynb')
    await until(async () => (await hub.db('previews')).length === 2)
    await hub.db('previews').delete()
    const { reading } = await begin('/launch/demo/week1/intro.ipynb')
    assert.match((await read(reading.address)).text, /Sums/)
    const before = await made('week1/intro.ipynb')
    await content.course.commit({ 'week1/img/point.png': null })
    const { id } = await pullEnded(hub)
    await hub.db('pulls').update({ due: 0 })
    await pullEnded(hub, id)
    await until(async () => (await made('week1/intro.ipynb'))?.pictures !== before.pictures)
    assert.match((await read(reading.address)).text, /Not shown here: the picture “a point”/)
    await hub.db('notebooks').delete()
    await forgetPreviews(hub.db)
    assert.equal((await hub.db('previews')).length, 0)
  })

  it('is not there for what is no notebook of the course, or cannot be read', async () => {
    await start()
    await isMade('broken.ipynb')
    const { launch, reading } = await begin('/launch/demo/broken.ipynb')
    assert.equal(reading, undefined)
    assert.equal((await read(`/hub/launches/${launch}/preview`)).status, 404)
    assert.equal((await read(`/hub/launches/${'a'.repeat(43)}/preview`)).status, 404)
  })

  it('is a page with near matches where the course has no such notebook, before any server starts', async () => {
    await start()
    const { error, message, links } = await begin('/launch/demo/week2/intro2.ipynb')
    assert.equal(error, 'notebook_missing')
    assert.match(message, /There is no "week2\/intro2\.ipynb" among the files of demo\..* Did you mean one of these\?/)
    assert.deepEqual(
      links.map(({ text }: { text: string }) => text),
      [
        'week1/intro.ipynb',
        'Show the files of the course',
        'Start my notebook and look there',
        'Make a new notebook of that name',
      ],
    )
    assert.equal((await hub.db('servers')).length, 0)
    assert.equal(links[0].href, '/launch/demo/week1/intro.ipynb')
    assert.ok((await begin(links[2].href)).launch)
    // A user who has a server may have the file in it.
    assert.ok((await begin('/launch/demo/week2/intro2.ipynb')).launch)

    // A learner of an LMS gets links as her LMS writes them, since no others open a course for her.
    browser = hub.browser()
    const exercise = (name: string, learner = 'ann%201') => `/ipythonExercice/demo/${name}/${learner}`
    const fromLms = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site', referer: `${lmsUrl}/` }
    const launched = async (link: string) => {
      const answer = await browser.navigate(link, fromLms)
      const { proof } = launchPageData(answer.text)
      if (!browser.jar.has('carrel-first')) browser.setNonce()
      return browser.post('/hub/launches', { link, framed: true, ...(proof && { proof }) })
    }
    const missing = await launched(exercise('week2/intro2'))
    assert.deepEqual([missing.status, missing.json().error], [404, 'notebook_missing'])
    assert.match(missing.json().message, /There is no "week2\/intro2\.ipynb" .* Did you mean one of these\?/)
    const theirs = missing.json().links
    assert.deepEqual(
      theirs.map(({ href }: { href: string }) => href),
      [
        exercise('week1/intro.ipynb'),
        '/ipythonForward/demo/ann%201/lab/workspaces/demo',
        '/ipythonForward/demo/ann%201/lab/workspaces/demo/tree/week2/intro2.ipynb',
        exercise('week2/intro2.ipynb'),
      ],
    )
    assert.equal((await hub.db('servers')).length, 1)
    // The page's own links are followed from the hub's page, in the same frame.
    const inFrame = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'same-origin' }
    assert.equal((await browser.navigate(theirs[0].href, inFrame)).status, 200)
    assert.equal((await browser.post('/hub/launches', { link: theirs[0].href, framed: true })).status, 201)
    // Without the LMS's proof no one becomes another learner by such a link.
    const other = await browser.post('/hub/launches', { link: exercise('week1/intro.ipynb', 'bob'), framed: true })
    assert.deepEqual([other.status, other.json().error], [403, 'lms_needed'])
    browser = hub.browser()
    const [, , anyway] = (await launched(exercise('week2/intro2', 'bob'))).json().links
    assert.equal((await browser.post('/hub/launches', { link: anyway.href, framed: true })).status, 201)
  })

  it('says that a copy of the learner’s own is coming where there is one', async () => {
    await start(quickSpawner)
    await isMade('week1/intro.ipynb')
    const { launch } = await browser.enter('/launch/demo/week1/intro.ipynb')
    // A page that goes on at once shows nothing to read, so this one is asked for by no navigation.
    const { text } = await browser.fetch(`/hub/launches/${launch}`, { headers: { accept: 'text/html' } })
    assert.doesNotMatch((await browser.navigate(`/hub/launches/${launch}`)).text, /To read/)
    assert.match(text, /Your own copy, with all that you have changed, opens as soon as it is ready/)
    assert.equal((await begin('/launch/demo/week1/intro.ipynb')).reading, undefined)

    // The desk shows it until the program has opened it, where the copy is new.
    const desk = await openDesk(hub, browser, '/launch/demo/week1/intro.ipynb')
    const askDesk = (rest: string) => desk.ask('GET', `${rest}?path=week1%2Fintro.ipynb`)
    assert.deepEqual((await askDesk('reading')).json(), { title: 'Introduction' })
    const page = await askDesk('reading/page')
    assert.match(page.text, /<h1 id="n-Sums">Sums<\/h1>/)
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, new RegExp(`^default-src 'none';.* frame-ancestors 'self' ${lmsUrl}; sandbox allow-popups`))
    for (const path of ['', '?path=other.ipynb']) {
      const { status } = await desk.ask('GET', `reading${path}`)
      assert.equal(status, path === '' ? 400 : 404)
    }
    // By now she may have changed it.
    await hub.db('copies').decrement('made', 150_000)
    for (const rest of ['reading', 'reading/page'])
      assert.deepEqual([(await askDesk(rest)).status, (await askDesk(rest)).json().error], [404, 'nothing_to_read'])
  })

  it('is that of the image where the course has no content, with near matches for one that is not there', async () => {
    const images = createFakeImages()
    const world = createFakeServers({}, images)
    hub = await startTestHub({ world, database: await makeDatabase(), config: { spawner: quickSpawner(world) } })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    browser = hub.browser()
    const place = { image: 'demo', folder: '' }
    const page = { path: 'week1/intro.ipynb', title: 'Introduction', html: gzipSync('<h1>Sums</h1>') }
    await putImageNotebooks(hub.db, place, { state: '1 a' }, [page])

    const missing = await begin('/launch/demo/week1/intor.ipynb')
    assert.equal(missing.error, 'notebook_missing')
    assert.equal(missing.links[0].href, '/launch/demo/week1/intro.ipynb')
    assert.equal((await hub.db('servers')).length, 0)
    const { launch } = await begin('/launch/demo/week1/intro.ipynb')
    const waiting = await browser.fetch(`/hub/launches/${launch}`, { headers: { accept: 'text/html' } })
    assert.match(waiting.text, /title="To read: Introduction"/)
    assert.match(waiting.text, /You can read the notebook meanwhile/)
    const shown = await read(`/hub/launches/${launch}/preview`)
    assert.equal(shown.text, '<h1>Sums</h1>')
    assert.match(String(shown.headers['content-security-policy']), /default-src 'none';.*sandbox allow-popups/)
    // What is like nothing there may be brought by the image's own programs.
    for (const link of ['/launch/demo/picture.png', '/launch/third/week1/intor.ipynb', '/launch/demo/other.ipynb']) {
      browser = hub.browser()
      assert.ok((await begin(link)).launch, link)
    }
  })

  it('is told as the learner’s own of an image where its course has homes and hers is older than the start', async () => {
    const world = createFakeServers({}, createFakeImages())
    const home = { path: '/home/her', from: 'image' as const }
    const config = { spawner: quickSpawner(world), courses: { demo: { image: 'demo', home } } }
    hub = await startTestHub({ world, database: await makeDatabase(), config })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    browser = hub.browser()
    const page = { path: 'a.ipynb', title: 'Sums', html: gzipSync('x') }
    await putImageNotebooks(hub.db, { image: 'demo', folder: home.path }, { state: '1 a' }, [page])
    /** Opens it, and returns what is said of the notebook. */
    const opened = async () => {
      const { launch } = await browser.enter('/launch/demo/a.ipynb')
      const { text } = await browser.fetch(`/hub/launches/${launch}`, { headers: { accept: 'text/html' } })
      return /Your own copy, with all that you have changed/.test(text) ? 'hers' : /You can read/.exec(text)?.[0]
    }
    const stopped = async () => {
      await browser.submit(`/hub/servers/${(await hub.db('servers').first('id')).id}/stop`)
      await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    }
    assert.equal(await opened(), 'You can read')
    assert.equal(await opened(), 'You can read')
    await stopped()
    assert.equal(await opened(), 'hers')
    await stopped()
    // The first run of another server.
    await hub.db('servers').delete()
    assert.equal(await opened(), 'hers')
    await stopped()
    // A later run with another home.
    await hub.db('servers').update({ home: null })
    await hub.db('homes').delete()
    assert.equal(await opened(), 'You can read')
  })
})
