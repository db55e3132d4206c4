import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { notebookReady } from '../helpers/browsers/notebook.ts'
import { stageForAll } from '../helpers/browsers/stage.ts'

describe("another site's page in a browser that has a seat", function () {
  this.timeout(300_000)
  let server: string
  let page: Page

  const stage = stageForAll({ sites: ['evil'] })

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
    stage.site('evil').show(`<a href="${server}lab/tree/welcome.ipynb">see my notebook</a>`)
    await page.goto(stage.site('evil').origin)
    await page.getByText('see my notebook').click()
    await notebookReady(page)
    assert(page.url().startsWith(server))
  })

  it('may not link to a page that acts: the learner is asked first', async () => {
    stage.site('evil').show(`<a href="${server}terminals/1">see my notebook</a>`)
    await page.goto(stage.site('evil').origin)
    await page.getByText('see my notebook').click()
    await page.getByText('Go on only if you trust').waitFor()
  })
})
