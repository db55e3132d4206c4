import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { signingKey } from '../../../seats/keys.ts'
import { signLanding } from '../../../seats/landing.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  type Answer,
  accessOf,
  addRoute,
  ask,
  type Backend,
  cookieOf,
  foreignLink,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  routeOf,
  seatOf,
  serversUrl,
  startBackend,
  startFakeHub,
  startSite,
} from '../world.ts'

const path = '/user/ann/demo/'
const place = `${path}lab/workspaces/demo/tree/a%20b.ipynb`
const held = { data: { 'notebook:a b.ipynb': {} } }

describe('the way from a seat straight into JupyterLab', () => {
  const cleanup = cleanupAfterEach()
  const seatKey = signingKey(keys.all[0], 'seat', 's1', 1)
  let proxy: Awaited<ReturnType<typeof startSite>>
  let server: Backend
  /** What the server answers about its workspace, or nothing where it never answers. */
  let workspace: unknown
  let asked: string[]
  /** What the last request wrote. */
  let put: unknown

  beforeEach(async () => {
    workspace = held
    asked = []
    server = await startBackend(cleanup, async (req, res) => {
      asked.push(`${req.method} ${req.url} ${req.headers.authorization?.split(' ')[0]} ${req.headers.cookie ?? ''}`)
      put = req.method === 'PUT' ? JSON.parse(await text(req)) : undefined
      if (req.url !== `${path}lab/api/workspaces/demo`) return void res.end('JupyterLab')
      if (workspace === undefined) return
      if (req.method === 'PUT') {
        res.statusCode = JSON.stringify(workspace).includes('c.ipynb') ? 403 : 204
        return void res.end()
      }
      res.end(typeof workspace === 'string' ? workspace : JSON.stringify(workspace))
    })
    proxy = await startSite(cleanup, await startFakeHub(cleanup))
    await addRoute(proxy, routeOf(server, { access: accessOf({ guests: ['u2'], strip: true }) }))
  })

  const seated = (
    to: string,
    { headers = {}, user = 'u1' }: { headers?: Record<string, string>; user?: string } = {},
  ) => {
    const landing = signLanding(seatKey, 'seat-1', to, Date.now() + 60_000)
    return ask(proxy.urls[0], `${path}_carrel/seated?to=${landing}`, {
      headers: { accept: 'text/html', ...typed, cookie: cookieOf(seatOf({ user })), ...headers },
    })
  }
  const follow = ({ headers }: Answer) =>
    ask(proxy.urls[0], String(headers.location), { headers: { accept: 'text/html', ...typed, cookie: cookieOf() } })
  const isPage = ({ status, body }: Answer) => status === 200 && body.includes('Opening your notebook')

  it('is a redirect, and claims the workspace', async () => {
    const led = await seated(place)
    assert.deepEqual([led.status, led.headers.location], [303, place])
    const [claim = '', ...others] = led.headers['set-cookie'] ?? []
    assert.match(claim, /^carrel-workspace-demo=\d+; Path=\/user\/ann\/demo\/_carrel\/; Max-Age=60; SameSite=Lax$/)
    assert.deepEqual(others, [])
    assert.equal((await follow(led)).body, 'JupyterLab')
    assert.deepEqual(asked, [`GET ${path}lab/api/workspaces/demo token `, `GET ${place} token `])
  })

  it('puts the notebook into a workspace that does not hold it, as the page does', async () => {
    workspace = { data: {}, metadata: { id: 'demo' } }
    assert.equal((await seated(place)).status, 303)
    assert.deepEqual(
      asked.map((line) => line.split(' ', 1)[0]),
      ['GET', 'PUT'],
    )
    const { data, metadata } = put as { data: Record<string, unknown>; metadata: unknown }
    assert.deepEqual(data['notebook:a b.ipynb'], { data: { path: 'a b.ipynb', factory: 'Notebook' } })
    assert.deepEqual(metadata, { id: 'demo' })
  })

  it('leads to the page with the strip', async () => {
    const led = await seated(place.replace(path, `${path}_carrel/desk/`))
    assert.equal(led.status, 303)
    const desk = await follow(led)
    assert.match(desk.body, /<header id="strip">/)
  })

  it('gives up its page to the next tab until JupyterLab has come, and when it is there', async () => {
    assert.equal((await seated(place)).status, 303)
    assert.ok(isPage(await seated(place)), 'on its way')
    const socket = openWebSocket(proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
    assert.equal(await outcome(socket), 'open')
    assert.ok(isPage(await seated(place)), 'there')
    socket.close()
    await until(async () => (await seated(place)).status === 303, 'the end of the WebSocket')
  })

  const others: [string, () => Promise<Answer>][] = [
    ['after a link of another site', () => seated(place, { headers: foreignLink })],
    ['after a link of the hub', () => seated(place, { headers: { 'sec-fetch-site': 'same-site' } })],
    ['in a frame', () => seated(place, { headers: { 'sec-fetch-dest': 'iframe' } })],
    ['on a phone', () => seated(place, { headers: { 'user-agent': 'Mozilla/5.0 (Linux) Mobile Safari/537.36' } })],
    ['in a window that was narrow', () => seated(place, { headers: { cookie: `${cookieOf()}; carrel-narrow=1` } })],
    ['without Sec-Fetch-*', () => seated(place, { headers: withoutFetchMetadata })],
    ['for a guest', () => seated(`${path}lab/workspaces/ann-demo/tree/a%20b.ipynb`, { user: 'u2' })],
    ['to Notebook', () => seated(`${path}notebooks/a%20b.ipynb`)],
  ]
  for (const [where, look] of others) {
    it(`is the page ${where}`, async () => {
      assert.ok(isPage(await look()))
      assert.deepEqual(asked, [])
    })
  }

  const workspaces: [string, unknown][] = [
    ['takes no new workspace', { data: { 'notebook:c.ipynb': {} } }],
    ['answers with something else', '[]'],
    ['answers with no JSON', '<html>'],
    ['answers without end', JSON.stringify({ data: { ...held.data, more: 'x'.repeat(300_000) } })],
    ['never answers', undefined],
  ]
  for (const [what, answer] of workspaces) {
    it(`is the page where the server ${what}`, async () => {
      workspace = answer
      assert.ok(isPage(await seated(place)))
    })
  }
})

const typed = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

const withoutFetchMetadata = {
  'sec-fetch-site': '',
  'sec-fetch-mode': '',
  'sec-fetch-dest': '',
  referer: `${hubUrl}/`,
}
