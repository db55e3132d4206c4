import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { notebookReady } from '../helpers/browsers/notebook.ts'
import { stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'

describe("another site's page in a browser that has a seat", function () {
  this.timeout(300_000)
  let server: string
  let page: Page

  const stage = stageForAll({
    sites: ['evil', 'docs'],
    config: ({ site }) => `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook', cors: ['${site('docs').origin}'] } },
  tmpnb: { course: 'demo' },
})
`,
  })

  before(async () => {
    const seated = await stage.browser.context.newPage()
    await seated.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(seated)
    server = /^(https:.*?\/user\/[^/]+\/[^/]+\/)/.exec(seated.url())?.[1] ?? ''
    page = await stage.browser.context.newPage()
  })

  /** Returns how many kernels the learner's server has, read by its own page. */
  async function kernels(): Promise<number> {
    const own = stage.browser.context.pages().find((one) => one.url().startsWith(server))
    assert(own !== undefined)
    const answer = await own.evaluate(async (url) => (await fetch(url)).json(), `${server}api/kernels`)
    return answer.length
  }

  it('starts no kernel with a text/plain POST', async () => {
    const before = await kernels()
    await page.goto(stage.site('evil').origin)
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/kernels'))
    await page.evaluate((url) => {
      void fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }).catch(() => undefined)
    }, `${server}api/kernels`)
    assert.equal((await answered).status(), 403)
    assert.equal(await kernels(), before)
  })

  it('starts no kernel with a form', async () => {
    const before = await kernels()
    stage
      .site('evil')
      .show(`<form method="post" action="${server}api/kernels" enctype="text/plain"><button>free money</button></form>`)
    await page.goto(stage.site('evil').origin)
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/kernels'))
    await page.getByText('free money').click()
    assert.equal((await answered).status(), 403)
    assert.equal(await kernels(), before)
  })

  it('opens no WebSocket', async () => {
    await page.goto(stage.site('evil').origin)
    const opened = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url)
          socket.onopen = () => resolve('open')
          socket.onerror = () => resolve('refused')
        }),
      `${server.replace('https:', 'wss:')}api/events/subscribe`,
    )
    assert.equal(opened, 'refused')
  })

  it('frames no page of the server', async () => {
    stage.site('evil').show(`<iframe src="${server}lab"></iframe>`)
    const refusal = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
    await page.goto(stage.site('evil').origin)
    await refusal
  })

  it('plants no ticket', async () => {
    stage
      .site('evil')
      .show(
        `<form method="post" action="${stage.carrel.serversUrl}/_carrel/seat"><input name="ticket" value="${'x'.repeat(43)}"><button>go</button></form>`,
      )
    await page.goto(stage.site('evil').origin)
    const answered = page.waitForResponse((response) => response.url().endsWith('/_carrel/seat'))
    await page.getByText('go').click()
    assert.equal((await answered).status(), 403)
  })

  it('may link into the server, and the link opens through the hub', async () => {
    stage.site('evil').show(`<a href="${server}notebooks/welcome.ipynb">see my notebook</a>`)
    await page.goto(stage.site('evil').origin)
    await page.getByText('see my notebook').click()
    await notebookReady(page)
    assert(page.url().startsWith(server))
  })

  it('gets no server by the API of tmpnb, and a live document of a listed site gets one and runs code in it', async () => {
    const { hubUrl } = stage.carrel
    const servers = () => stage.carrel.query<{ path: string }>('select path from servers')
    await page.goto(stage.site('evil').origin)
    const before = await servers()
    const got = await page.evaluate(async (url) => {
      const simple = await fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(
        ({ type }) => type,
        () => 'failed',
      )
      const read = await fetch(url, { method: 'POST' }).then(String, () => 'not read')
      return [simple, read]
    }, `${hubUrl}/api/spawn`)
    assert.deepEqual(got.slice(1), ['not read'])
    assert.deepEqual(await servers(), before)

    await page.goto(stage.site('docs').origin)
    const live = await page.evaluate(runLive, hubUrl)
    assert.match(live.base, new RegExp(`^${hubUrl}/user/[0-9a-f-]{36}/demo/$`))
    assert.equal(live.printed, '42\n')
    assert.ok(live.capacity > 0)
    assert.equal((await servers()).length, before.length + 1)
    // What the page got opens nothing for it without the token, and nothing for other pages with it.
    const without = await page.evaluate((base) => fetch(`${base}api/kernels`).then(String, () => 'not read'), live.base)
    await page.goto(stage.site('evil').origin)
    const stolen = await page.evaluate(
      ({ base, token }) =>
        fetch(`${base}api/kernels`, { headers: { Authorization: `token ${token}` } }).then(String, () => 'not read'),
      live,
    )
    assert.deepEqual([without, stolen], ['not read', 'not read'])
  })

  it('may not link to a page that acts: the learner is asked first', async () => {
    stage.site('evil').show(`<a href="${server}terminals/1">see my notebook</a>`)
    await page.goto(stage.site('evil').origin)
    await page.getByText('see my notebook').click()
    await page.getByText('Go on only if you trust').waitFor()
  })
})

/** Does what a live document does, as docs/tmpnb.md shows it. Runs in the page. */
async function runLive(hub: string): Promise<{ base: string; token: string; printed: string; capacity: number }> {
  const stats = await (await fetch(`${hub}/api/stats`)).json()
  const answer = await fetch(`${hub}/api/spawn`, { method: 'POST' })
  const { url } = await answer.json()
  const base = new URL(url, hub)
  const token = base.searchParams.get('token') ?? ''
  const headers = { Authorization: `token ${token}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ name: 'python3' })
  const kernel = await fetch(new URL('api/kernels', base), { method: 'POST', headers, body })
  const { id } = await kernel.json()
  const channels = new URL(`api/kernels/${id}/channels?token=${token}`, base).href.replace(/^http/, 'ws')
  const socket = new WebSocket(channels)
  const printed = await new Promise<string>((resolve, reject) => {
    socket.onerror = () => reject(new Error('the socket was refused'))
    socket.onmessage = ({ data }) => {
      const { msg_type, content } = JSON.parse(data)
      if (msg_type === 'stream') resolve(content.text)
    }
    socket.onopen = () => {
      const header = {
        msg_id: 'm1',
        username: 'u',
        session: 's',
        msg_type: 'execute_request',
        version: '5.3',
        date: '',
      }
      const content = { code: 'print(6 * 7)', silent: false, store_history: false, allow_stdin: false }
      const rest = { parent_header: {}, metadata: {} }
      socket.send(JSON.stringify({ channel: 'shell', header, content: { ...content, user_expressions: {} }, ...rest }))
    }
  })
  socket.close()
  return { base: `${base.origin}${base.pathname}`, token, printed, capacity: stats.capacity }
}
