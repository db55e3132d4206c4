import assert from 'node:assert/strict'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type Carrel, projectDir, startCarrel } from '../../helpers/carrel.ts'
import { docker, dockerMissing, loadedImage, removeAll } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { buttonsOf, menusOf, openNotebook } from './menus.ts'

const example = join(projectDir, 'examples/mit-learn')

describe("MIT Learn's menus in a container", function () {
  this.timeout(300_000)
  const installation = testInstallation()
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    requirePart(this, 'chromium', missingChromium())
    carrel = await startCarrel({
      config: `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { dockerSpawner } from 'carrel/spawners/docker'
        export default defineConfig({
          installation: '${installation}',
          spawner: dockerSpawner({ pull: 'never' }),
          authenticators: [temporary()],
          jupyter: { overrides: '${example}/overrides.json', pageConfig: '${example}/page_config.json' },
          files: { '/srv/course': { 'dates.json': { exam: 'monday' } } },
          courses: { demo: { image: '${await loadedImage('jupyter')}' } },
        })`,
    })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await removeAll([`carrel.installation=${installation}`])
  })

  it('leave the File menu and two buttons, and other files are there, which no one can change', async () => {
    const page = await openNotebook(browser, carrel, 'demo')
    await page.locator('[data-jp-item-name="download"]').waitFor()
    assert.deepEqual(await menusOf(page), ['File'])
    assert.deepEqual(await buttonsOf(page), ['run-all', 'download'])
    if (process.env.CARREL_TEST_PICTURES !== undefined)
      await page.screenshot({ path: join(process.env.CARREL_TEST_PICTURES, 'in-a-container.png') })
    const [server] = await carrel.query<{ id: string; run: number }>('select id, run from servers')
    const container = docker.getContainer(`carrel-${server?.id}-${server?.run}`)
    const script = 'cat /srv/course/dates.json; echo spoilt > /srv/course/dates.json || echo refused'
    const exec = await container.exec({ Cmd: ['sh', '-c', script], AttachStdout: true, AttachStderr: true, Tty: true })
    const said = await text(await exec.start({ Tty: true }))
    assert.match(said, /"exam": "monday".*(read-only|denied).*refused/is)
  })
})
