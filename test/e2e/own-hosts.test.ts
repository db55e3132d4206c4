import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { stageForAll } from '../helpers/browsers/stage.ts'
import { staticFilesCome, staticFilesCopied } from '../helpers/browsers/static-files.ts'
import { demoFolder } from '../helpers/carrel.ts'

const config = (ancestor: string) => `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: {
    demo: { image: '${demoFolder}' },
    plain: { image: '${demoFolder}', landing: 'notebook' },
  },
  embed: { ancestors: ['${ancestor}'] },
})
`

describe('a host for each server, with TLS at the proxy', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    hosts: 'own',
    tls: 'proxy',
    staticFiles: true,
    sites: ['school'],
    config: ({ site }) => config(site('school').origin),
  })

  async function open(course: string): Promise<Page> {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=${course}&notebook=welcome.ipynb`)
    await page.waitForURL((url) => stage.carrel.isServer(url) && /welcome\.ipynb$/.test(url.pathname), {
      timeout: 120_000,
    })
    return page
  }

  it('opens, runs, saves and reloads a notebook at the top level', async () => {
    const page = await open('demo')
    await notebookReady(page)
    await runCode(page, 'print(6 * 7)', '42')
    await save(page)
    await page.reload()
    await notebookReady(page)
    await page.locator('.jp-OutputArea-output', { hasText: '42' }).first().waitFor()
    const cookies = await stage.browser.context.cookies(page.url())
    const seat = cookies.find(({ name }) => name.includes('seat'))
    const { name, path, domain, secure, httpOnly } = seat ?? {}
    assert.deepEqual(
      { name, path, domain, secure, httpOnly },
      { name: '__Host-Http-seat', path: '/', domain: new URL(page.url()).hostname, secure: true, httpOnly: true },
    )
    await page.close()
  })

  it('opens, runs, saves and reloads a notebook in a frame of another site, third-party cookies blocked', async () => {
    await stage.browser.context.clearCookies()
    stage
      .site('school')
      .show(
        `<iframe src="${stage.carrel.hubUrl}/tmplogin?course=plain&notebook=welcome.ipynb" width="1200" height="700"></iframe>`,
      )
    const page = await stage.browser.context.newPage()
    await page.goto(stage.site('school').origin)
    const frame = () => page.frames().find((one) => one !== page.mainFrame()) ?? page.mainFrame()
    await notebookReady(frame())
    assert(stage.carrel.isServer(frame().url()), frame().url())
    await runCode(frame(), 'print("framed", 6 * 7)', 'framed 42')
    await save(frame())
    await page.reload()
    await notebookReady(frame())
    await frame().locator('.jp-OutputArea-output', { hasText: 'framed 42' }).first().waitFor()
    await page.close()
  })

  for (const [course, folder] of [
    ['demo', 'static/lab/'],
    ['plain', 'static/notebook/'],
  ] as const) {
    it(`has one host for the scripts of all servers of an image, and for extensions and themes: ${course}`, async () => {
      const digest = await staticFilesCopied(stage.carrel)
      await stage.browser.context.clearCookies()
      const page = await open(course)
      const { led, own } = await staticFilesCome(page, stage.carrel, digest)
      const hosts = new Set(led.map((url) => new URL(url).host.split('.')[0]))
      assert.equal(hosts.size, 1)
      assert.match([...hosts][0] ?? '', /^s-[0-9a-f]{40}$/)
      for (const part of [folder, 'lab/extensions/', 'lab/api/themes/'])
        assert.ok(
          led.some((url) => url.includes(`/${part}`)),
          part,
        )
      assert.deepEqual(own, [])
      await runCode(page, 'print(6 * 8)', '48')
      await page.close()
    })
  }

  describe('keeps a script in one server from another server of the same browser:', () => {
    let page: Page
    let other: Page
    /** The path of the other server, and its origin. */
    let victim: { origin: string; path: string }

    before(async () => {
      await stage.browser.context.clearCookies()
      other = await open('demo')
      await notebookReady(other)
      page = await open('plain')
      const { origin, pathname } = new URL(other.url())
      victim = { origin, path: /^\/user\/[^/]+\/[^/]+\//.exec(pathname)?.[0] ?? '' }
      assert.notEqual(new URL(page.url()).origin, origin)
      // The victim's file does exist, for its own page.
      assert.equal(await other.evaluate(async (url) => (await fetch(url)).status, `${victim.path}api/contents`), 200)
    })

    /** Returns the answer that the script can see, or `refused`. */
    const fetched = (url: string, mode: RequestMode): Promise<string> =>
      page.evaluate(
        ({ url, mode }) =>
          fetch(url, { mode, credentials: 'include' }).then(
            async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`,
            () => 'refused',
          ),
        { url, mode },
      )

    it('fetch', async () => {
      const url = `${victim.origin}${victim.path}api/contents`
      assert.equal(await fetched(url, 'cors'), 'refused')
      const answered = page.waitForResponse(`${url}?again`)
      assert.match(await fetched(`${url}?again`, 'no-cors'), /^(refused|opaque 0 )$/)
      assert.equal((await answered).status(), 403)
    })

    it('fetch of its path at the own host', async () => {
      const seen = await fetched(`${victim.path}api/contents`, 'cors')
      assert.match(seen, /^basic 421 .*host_wrong/)
    })

    it('WebSocket', async () => {
      const opened = await page.evaluate(
        (url) =>
          new Promise((resolve) => {
            const socket = new WebSocket(url)
            socket.onopen = () => resolve('open')
            socket.onerror = () => resolve('refused')
          }),
        `${victim.origin.replace('https:', 'wss:')}${victim.path}api/events/subscribe`,
      )
      assert.equal(opened, 'refused')
    })

    it('a frame', async () => {
      const seen = await page.evaluate(
        (url) =>
          new Promise((resolve) => {
            const frame = document.createElement('iframe')
            frame.src = url
            frame.onload = () => {
              try {
                resolve(frame.contentWindow?.document.body.innerHTML ?? 'nothing')
              } catch (error) {
                resolve((error as Error).name)
              }
            }
            document.body.append(frame)
          }),
        `${victim.origin}${victim.path}lab`,
      )
      assert.equal(seen, 'SecurityError')
    })

    it('a window', async () => {
      const url = `${victim.origin}${victim.path}lab/tree/welcome.ipynb`
      const popup = page.waitForEvent('popup')
      const opened = await page.evaluateHandle((to) => window.open(to), url)
      const shown = await popup
      await shown.waitForURL((at) => at.origin === victim.origin && at.pathname.includes('/lab'))
      const seen = await opened.evaluate((it) => {
        try {
          return it === null || it.closed ? 'severed' : it.document.body.innerHTML
        } catch (error) {
          return (error as Error).name
        }
      })
      assert.match(seen, /^(severed|SecurityError)$/)
      await shown.close()
    })

    it('cookies planted with the name of its seat', async () => {
      await page.evaluate(() => {
        for (const name of ['seat', '__Host-Http-seat', '__Http-seat', '_xsrf']) {
          document.cookie = `${name}=planted; domain=nb.localhost; path=/; secure`
        }
      })
      assert.equal(await other.evaluate(async (url) => (await fetch(url)).status, `${victim.path}api/contents`), 200)
      await other.reload()
      await notebookReady(other)
      await runCode(other, 'print("still", "mine")', 'still mine')
      await save(other)
    })
  })
})
