import assert from 'node:assert/strict'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { docker, dockerMissing, loadedImage, removeAll } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { buttonsOf, menusOf, openNotebook } from './menus.ts'

const example = join(projectDir, 'examples/mit-learn')
const workshop = join(projectDir, 'examples/tmpnb/carrel.config.ts')

describe("the examples' workshop on one machine, with MIT Learn's menus in one of its containers", function () {
  this.timeout(300_000)
  const installation = testInstallation()
  let carrel: PublicCarrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    requirePart(this, 'chromium', missingChromium())
    const image = await loadedImage('jupyter')
    carrel = await startPublicCarrel({
      ...{ hosts: 'hub', tls: 'none', domain: 'workshop.test', env: { CARREL_IMAGE: image } },
      config: (url) => `
        import workshop from '${workshop}'
        export default {
          ...workshop,
          installation: '${installation}',
          hub: { ...workshop.hub, url: '${url}' },
          servers: { ...workshop.servers, url: '${url}' },
          courses: {
            ...workshop.courses,
            menus: {
              image: '${image}',
              jupyter: { overrides: '${example}/overrides.json', pageConfig: '${example}/page_config.json' },
              files: { '/srv/course': { 'dates.json': { exam: 'monday' } } },
            },
          },
        }`,
    })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await removeAll([`carrel.installation=${installation}`])
  })

  const spares = async () => {
    const rows = await carrel.query<{ path: string }>("select path from servers where spare and state = 'ready'")
    return rows.map(({ path }) => path)
  }

  it('says in plain words what one http address gives up', () => {
    const output = carrel.output()
    for (const words of [
      /share one origin/,
      /is http, as insecureHttp allows/,
      /cookies go without Secure.*in a frame/,
    ])
      assert.match(output, words)
  })

  it('opens at its first page, by spares, for two visitors who get two servers', async () => {
    await until(async () => (await spares()).length === 2, 'two spares')
    const waiting = await spares()
    const other = await startBrowser()
    try {
      const servers = []
      for (const [number, one] of [browser, other].entries()) {
        const page = await one.context.newPage()
        await page.goto(number === 0 ? carrel.hubUrl : `${carrel.hubUrl}/notebooks/welcome.ipynb`)
        await page.waitForURL((url) => carrel.isServer(url))
        servers.push(/^\/user\/[^/]+\/workshop\//.exec(new URL(page.url()).pathname)?.[0])
        if (number === 1) {
          await notebookReady(page)
          await runCode(page, 'print(6 * 7)', '42')
        } else await page.locator('.jp-DirListing-item', { hasText: 'welcome.ipynb' }).waitFor()
        await page.close()
      }
      assert.equal(new Set(servers).size, 2, servers.join())
      for (const path of servers) assert.ok(waiting.includes(path ?? ''), `${path} is no spare of ${waiting}`)
      const page = await browser.context.newPage()
      await page.goto(`${carrel.hubUrl}/info`)
      await page.locator('#line polyline[points*=","]').waitFor({ state: 'attached' })
      assert.equal(await page.locator('#used').textContent(), '2')
      await page.close()
    } finally {
      await other.close()
    }
  })

  it('leaves one course the File menu and two buttons, and other files are there, which no one can change', async () => {
    const page = await openNotebook(browser, carrel, 'menus')
    await page.locator('[data-jp-item-name="download"]').waitFor()
    assert.deepEqual(await menusOf(page), ['File'])
    assert.deepEqual(await buttonsOf(page), ['run-all', 'download'])
    if (process.env.CARREL_TEST_PICTURES !== undefined)
      await page.screenshot({ path: join(process.env.CARREL_TEST_PICTURES, 'in-a-container.png') })
    const [server] = await carrel.query<{ id: string; run: number }>(
      "select id, run from servers where course = 'menus'",
    )
    const container = docker.getContainer(`carrel-${server?.id}-${server?.run}`)
    const script = 'cat /srv/course/dates.json; echo spoilt > /srv/course/dates.json || echo refused'
    const exec = await container.exec({ Cmd: ['sh', '-c', script], AttachStdout: true, AttachStderr: true, Tty: true })
    const said = await text(await exec.start({ Tty: true }))
    assert.match(said, /"exam": "monday".*(read-only|denied).*refused/is)
  })
})
