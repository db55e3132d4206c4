import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadConfig } from '../../../config/load.ts'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { type Carrel, projectDir, startCarrel } from '../../helpers/carrel.ts'
import { derivedImage } from '../../helpers/engines/derived-image.ts'
import { docker, dockerMissing, loadedImage, removeAll } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { programFolders } from '../../programs/folders.ts'
import { moveSlider, openLink, runClassicCell } from './pages.ts'

/** The program of Jupyter's own images: a script behind the entry point, which passes its arguments on. */
const startNotebook = `#!/bin/bash
exec "jupyter-\${DOCKER_STACKS_JUPYTER_CMD:-lab}" "$@"
`

describe('real programs in containers', function () {
  this.timeout(300_000)
  const installation = testInstallation()
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    requirePart(this, 'chromium', missingChromium())
    const found = await programFolders('notebook-6', 'web')
    if ('missing' in found) return requirePart(this, 'programs', found.missing)
    const [notebook6, web] = found.folders
    const image = await loadedImage('jupyter')
    const start = await derivedImage('start-notebook', {
      base: 'jupyter',
      files: { '/usr/local/bin/start-notebook.py': startNotebook },
      programs: ['/usr/local/bin/start-notebook.py'],
      changes: [
        'ENV PATH=/opt/jupyter/bin:/usr/local/bin:/usr/bin:/bin',
        'ENV DOCKER_STACKS_JUPYTER_CMD=notebook',
        'CMD ["start-notebook.py"]',
      ],
    })
    const { courses } = await loadConfig(join(projectDir, 'examples/programs/carrel.config.ts'))
    const { notebook, 'statistics--streamlit': streamlit } = courses
    const program = streamlit?.program
    if (notebook === undefined || program === undefined || typeof program === 'string')
      throw new Error('no such example')
    // The environments have other paths in containers than those that their scripts know.
    const within = (folder: string) => ({ mounts: [{ source: folder, path: '/opt/programs' }] })
    const rest = program.command.slice(1).map((text) => text.replace('{start}', '/srv/course/app.py'))
    const command = ['/opt/programs/bin/python', '-m', 'streamlit', ...rest]
    carrel = await startCarrel({
      config: `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { dockerSpawner } from 'carrel/spawners/docker'
        export default defineConfig({
          installation: '${installation}',
          spawner: dockerSpawner({ pull: 'never' }),
          authenticators: [temporary()],
          courses: {
            notebook: ${JSON.stringify({ image: start, command: notebook.command, landing: notebook.landing, start: notebook.start })},
            classic: {
              image: '${image}', program: 'notebook-6', command: ['/opt/programs/bin/python', '-m', 'notebook'],
              start: 'welcome.ipynb', options: ${JSON.stringify(within(notebook6))},
            },
            app: {
              image: '${image}', program: ${JSON.stringify({ ...program, command })},
              files: { '/srv/course': { 'app.py': '${join(import.meta.dirname, 'course/app.py')}' } },
              options: ${JSON.stringify(within(web))},
            },
          },
        })`,
    })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await removeAll([`carrel.installation=${installation}`])
  })

  const open = (course: string) => openLink(browser, `http://127.0.0.1:${carrel.port}/launch/${course}`)
  const commandOf = async (course: string) => {
    const [server] = await carrel.query<{ id: string; run: number }>(
      `select id, run from servers where course = '${course}'`,
    )
    const { Path, Args } = await docker.getContainer(`carrel-${server?.id}-${server?.run}`).inspect()
    return [Path, ...Args]
  }

  it('Notebook 7, by the program of an image that passes the options on behind its entry point', async () => {
    const { page } = await open('notebook')
    assert.match(page.url(), /\/notebook\/notebooks\/welcome\.ipynb$/)
    await notebookReady(page)
    await runCode(page, 'print("here", 6 * 7)', 'here 42')
    assert.deepEqual((await commandOf('notebook')).slice(0, 4), ['tini', '-g', '--', 'start-notebook.py'])
    await page.close()
  })

  it('the classic Notebook 6', async () => {
    const { page, sockets } = await open('classic')
    assert.match(page.url(), /\/classic\/notebooks\/welcome\.ipynb$/)
    await runClassicCell(page, '42')
    assert.match(sockets.join(), /\/classic\/api\/kernels\/[^/]+\/channels/)
    await page.close()
  })

  it('Streamlit', async () => {
    const { page, sockets } = await open('app')
    await moveSlider(page)
    assert.match(sockets.join(), /\/app\/_stcore\/stream/)
    await page.close()
  })
})
