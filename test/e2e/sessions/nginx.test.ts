import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { type Carrel, demoFolder, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { startSignInProgram } from '../../helpers/gateways/oauth2-proxy.ts'
import { missingNginx, startNginx } from '../../helpers/gateways/web-server.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'

const config = `
import { header } from 'carrel/authenticators/header'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    header({
      label: 'Sign in with School',
      from: ['127.0.0.1'],
      headers: { user: 'X-Auth-Request-Preferred-Username', id: 'X-Auth-Request-User', groups: 'X-Auth-Request-Groups' },
      groups: { tutors: 'school-tutors' },
      signOutUrl: '/oauth2/sign_out',
    }),
  ],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook', staff: ['group:tutors'] } },
})
`

describe('oauth2-proxy behind nginx, as docs/gateways.md has it', function () {
  this.timeout(300_000)

  const cleanup = cleanupAfterAll()
  let carrel: Carrel
  let browser: Browser
  let hubUrl: string
  before(async function () {
    requirePart(this, 'nginx', missingNginx())
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    // The port must be known to Carrel before nginx can know Carrel's.
    const entrance = await startGateway()
    cleanup.defer(() => entrance.close())
    hubUrl = `https://hub.localhost:${entrance.port}`
    const urls = ['--hub-url', hubUrl, '--servers-url', `https://*.nb.localhost:${entrance.port}`]
    carrel = await startCarrel({ config, args: [...urls, '--trusted-proxies', '127.0.0.1'] })
    cleanup.defer(() => carrel.stop())
    const program = await startSignInProgram({ ann: 'students', bob: 'students,school-tutors' })
    cleanup.defer(() => program.close())
    const nginx = await startNginx({ carrel: carrel.port, program: program.port })
    cleanup.defer(() => nginx.stop())
    entrance.forwardTo(nginx.socket)
    browser = await startBrowser()
    cleanup.defer(() => browser.close())
  })

  /** Asks as a script of the page does. Returns the status, and the name of the person whom the page is for. */
  const ask = (page: Page, path: string, headers: Record<string, string>) =>
    page.evaluate(
      async ([url, init]) => {
        const answer = await fetch(url, { headers: init })
        return [answer.status, /<span>(\w*)<\/span>/.exec(await answer.text())?.[1]]
      },
      [path, headers] as const,
    )

  it('opens a notebook from its link, by one sign-in, with a kernel', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${hubUrl}/launch/demo/welcome.ipynb`)
    await page.getByRole('button', { name: 'Come in as ann' }).click()
    await notebookReady(page)
    assert.match(new URL(page.url()).host, /\.nb\.localhost/)
    await runCode(page, 'print(6 * 7)', '42')
    await save(page)
    const users = await carrel.query('select name, authenticator, subject from users')
    assert.deepEqual(users, [{ name: 'ann', authenticator: 'header', subject: 'id-of-ann' }])
    await page.close()
  })

  it('hands on nothing that a visitor writes, to the hub’s pages or its API', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${hubUrl}/hub/home`)
    for (const [user, id] of [
      ['X-Auth-Request-Preferred-Username', 'X-Auth-Request-User'],
      ['X_Auth_Request_Preferred_Username', 'X_Auth_Request_User'],
    ] as const) {
      const headers = { [user]: 'bob', [id]: 'id-of-bob' }
      assert.deepEqual(await ask(page, '/hub/home', headers), [200, 'ann'])
      assert.deepEqual(await ask(page, '/hub/api/user', headers), [403, undefined])
    }
    await page.close()
  })

  it('lets in the next person who signs in at the gateway, and ends the session of the one before', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${hubUrl}/launch/demo/welcome.ipynb`)
    await notebookReady(page)
    const anns = page.url()
    await page.goto(`${hubUrl}/oauth2/sign_out`)
    await page.getByRole('button', { name: 'Come in as bob' }).click()
    await page.goto(`${hubUrl}/launch/demo/welcome.ipynb`)
    // The page went on by itself less than a minute ago, so that it now waits for the button.
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await notebookReady(page)
    assert.notEqual(new URL(page.url()).host, new URL(anns).host)
    await page.goto(anns)
    // The seat of ann has ended in this browser, and bob is staff by the groups of the gateway.
    await page.getByText('You may open this notebook as staff of the course').waitFor()
    const users = await carrel.query<{ name: string }>('select name from users order by name')
    assert.deepEqual(
      users.map(({ name }) => name),
      ['ann', 'bob'],
    )
    await page.close()
  })

  it('signs out here and at the gateway', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${hubUrl}/hub/logout`)
    await page.locator('main').getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Come in as ann' }).waitFor()
    await page.close()
  })
})
