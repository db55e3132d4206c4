import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import { createPauses } from '../../../proxy/routes/pauses.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  ownPage,
  routeOf,
  seatOf,
  siteForEach,
  startBackend,
} from '../world.ts'

const pause = '/api/pauses/user/ann/demo/?id=pause-one'
const file = '/user/ann/demo/api/contents/week1/lesson.ipynb'

describe('a pause of a server', () => {
  const site = siteForEach()
  const browse = (method: string, path: string, cookie = cookieOf()) =>
    ask(site.proxy.urls[0], path, { method, headers: { ...ownPage, cookie }, body: method === 'GET' ? '' : '{}' })
  const begin = async () => (await api(site.proxy, 'POST', pause)).status
  const end = async () => (await api(site.proxy, 'DELETE', pause)).status
  const seen = () => site.backend.requests.map(({ method, url }) => `${method} ${url}`)

  it('has what changes files wait, however it is spelled, and lets all else pass', async () => {
    assert.equal(await begin(), 201)
    const written = [
      ['PUT', file],
      ['PATCH', file],
      ['DELETE', file],
      ['POST', `${file}/checkpoints/one`],
      ['PUT', '/user/ann/demo/api/contents/week1/another.ipynb'],
      ['PUT', '/user/ann/demo/api%2Fcontents/lesson.ipynb'],
      ['PUT', '/user/ann/demo/%61pi//contents/week1%2Flesson.ipynb'],
      ['PUT', '/user/ann/demo/API/Contents/lesson.ipynb'],
      ['PUT', '/user/ann/demo/api/notebooks/lesson.ipynb'],
    ] as const
    const writing = written.map(([method, path]) => browse(method, path))
    assert.equal((await browse('GET', file)).status, 200)
    assert.equal((await browse('POST', '/user/ann/demo/api/sessions')).status, 200)
    assert.deepEqual(seen(), [`GET ${file}`, 'POST /user/ann/demo/api/sessions'])
    assert.equal(await end(), 204)
    assert.ok((await Promise.all(writing)).every(({ status }) => status === 200))
    assert.deepEqual(seen().slice(2).sort(), written.map(([method, path]) => `${method} ${path}`).sort())
  })

  it('leaves other servers alone', async () => {
    const bobs = accessOf({ server: 's2', user: 'u2', label: 'label0002' })
    await addRoute(site.proxy, routeOf(site.backend, { path: '/user/bob/demo/', access: bobs }))
    assert.equal(await begin(), 201)
    const cookie = cookieOf(seatOf({ server: 's2', user: 'u2' }), bobs)
    assert.equal((await browse('PUT', '/user/bob/demo/api/contents/lesson.ipynb', cookie)).status, 200)
    assert.equal(await end(), 204)
  })

  it('begins when what was under way is done, and not where that takes long', async () => {
    let answer = () => {}
    const slow = await startBackend(site.cleanup, (_req, res) => {
      answer = () => res.end('{}')
    })
    await addRoute(site.proxy, routeOf(slow, { revision: 2 }))
    const came = once(slow.server, 'request')
    const saving = browse('PUT', file)
    await came
    const busy = await api(site.proxy, 'POST', pause)
    assert.deepEqual([busy.status, JSON.parse(busy.body).error], [409, 'busy'])
    const beginning = begin()
    // The proxy has the call when it refuses another one.
    await until(async () => JSON.parse((await api(site.proxy, 'POST', pause)).body || '{}').error === 'other')
    answer()
    assert.equal((await saving).status, 200)
    assert.equal(await beginning, 201)
    assert.equal(await end(), 204)
  })

  it('is one at a time, and only who began it ends it', async () => {
    assert.equal(await begin(), 201)
    assert.equal(await begin(), 409)
    assert.equal((await api(site.proxy, 'DELETE', '/api/pauses/user/ann/demo/?id=pause-two')).status, 404)
    assert.equal(await end(), 204)
    assert.equal(await end(), 404)
  })

  it('lets those who wait forget it, and counts none that has left', async () => {
    assert.equal(await begin(), 201)
    const socket = connect(addressOf(site.proxy.urls[0]) as { host: string; port: number })
    const head = `host: nb.test\r\nsec-fetch-site: same-origin\r\ncookie: ${cookieOf()}\r\n`
    // The answer to the first request tells that the second one has come.
    socket.write(`GET ${file} HTTP/1.1\r\n${head}\r\nPUT ${file} HTTP/1.1\r\n${head}content-length: 2\r\n\r\n{}`)
    await once(socket, 'data')
    await browse('GET', file)
    socket.destroy()
    await browse('GET', file)
    assert.equal(await end(), 204)
    assert.equal(await begin(), 201)
    assert.equal(await end(), 204)
    assert.deepEqual(
      seen(),
      [1, 2, 3].map(() => `GET ${file}`),
    )
  })
})

describe('pauses', () => {
  it('end by themselves, and then what waits is sent', async () => {
    const pauses = createPauses({ most: 20 })
    assert.equal(await pauses.begin('/a/', 'one'), 'paused')
    await new Promise<void>((resolve) => pauses.pass('/a/', () => resolve()))
    assert.equal(await pauses.end('/a/', 'one'), false)
  })

  it('that are given up while they begin leave the next one alone', async () => {
    const pauses = createPauses({ drain: 60_000 })
    let over = () => {}
    pauses.pass('/a/', (done) => {
      over = done
    })
    const first = pauses.begin('/a/', 'one')
    assert.equal(await pauses.end('/a/', 'one'), true)
    const second = pauses.begin('/a/', 'two')
    over()
    over()
    assert.deepEqual(await Promise.all([first, second]), ['other', 'paused'])
    assert.equal(await pauses.end('/a/', 'two'), true)
  })
})
