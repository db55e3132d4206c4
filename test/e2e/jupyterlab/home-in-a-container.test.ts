import assert from 'node:assert/strict'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { docker, dockerMissing, loadedImage, removeAll } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { openNotebook } from './menus.ts'

describe('a home in a container', function () {
  this.timeout(300_000)
  const installation = testInstallation()
  const filters = { label: [`carrel.installation=${installation}`] }
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
          courses: { demo: { image: '${await loadedImage('jupyter')}', landing: 'notebook', home: { path: '/home/jovyan', from: 'image' } } },
        })`,
    })
    browser = await startBrowser()
  })

  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await removeAll(filters.label)
  })

  it('has what a learner has saved, after her server has crashed and the hub was killed', async () => {
    const page = await openNotebook(browser, carrel, 'demo')
    await notebookReady(page)
    await runCode(page, "open('mine.txt', 'w').write('my work'); print('wrote it')", 'wrote it')
    await save(page)
    await page.close()
    const [server] = await carrel.query<{ id: string; run: number }>('select id, run from servers')
    process.kill(await carrel.pidOf('hub'), 'SIGKILL')
    await docker.getContainer(`carrel-${server?.id}-${server?.run}`).kill()
    await until(async () => {
      const rows = await carrel.query<{ state: string }>('select state from servers')
      return rows[0]?.state === 'failed' || rows[0]?.state === 'stopped'
    }, 'the hub to see that the server has ended')
    const again = await openNotebook(browser, carrel, 'demo')
    await notebookReady(again)
    await again.locator('.jp-OutputArea-output', { hasText: 'wrote it' }).waitFor()
    await runCode(again, "print('there is', open('mine.txt').read())", 'there is my work')
    const [later] = await carrel.query<{ run: number }>('select run from servers')
    assert.ok((later?.run ?? 0) > (server?.run ?? 0))
    assert.equal((await docker.listVolumes({ filters })).Volumes.length, 1)
    await again.close()
  })
})
