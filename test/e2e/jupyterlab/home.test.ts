import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { type Carrel, demoFolder, startCarrel } from '../../helpers/carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { until } from '../../helpers/until.ts'

const home = "home: { path: '/home/jovyan/work', from: 'image' }"
/** A config whose one course has this name and these settings. */
const configOf = (name: string, settings: string) => `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: { '${name}': { image: '${demoFolder}', start: 'welcome.ipynb', landing: 'notebook', ${settings} } },
})
`

describe('the files of a learner', function () {
  this.timeout(300_000)
  let dataDir: string
  let carrel: Carrel | undefined
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-'))
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  })

  /** Starts Carrel with another config and the same data, and opens the notebook of its course. */
  async function open(name: string, settings: string) {
    await carrel?.stop()
    carrel = await startCarrel({ config: configOf(name, settings), dataDir })
    return visit(name)
  }
  async function visit(name: string) {
    const page = await browser.context.newPage()
    await page.goto(`http://127.0.0.1:${carrel?.port}/launch/${name}/welcome.ipynb`)
    await notebookReady(page)
    return page
  }
  const folders = async () => {
    const homes = await readdir(join(dataDir, 'data', 'homes'))
    return [homes.length, (await readdir(join(dataDir, 'data', 'workspaces'))).length]
  }

  it('go from the workspace into a home when the course gets one, and outlive restarts, crashes and its new name', async () => {
    const before = await open('algebra', '')
    await runCode(before, "print('wrote', open('mine.txt', 'w').write('my work'))", 'wrote 7')
    await save(before)
    await before.close()
    assert.deepEqual(await folders(), [0, 2])

    const first = await open('algebra', home)
    await runCode(first, "print('found', open('mine.txt').read())", 'found my work')
    await runCode(first, "print('wrote', open('more.txt', 'w').write('more'))", 'wrote 4')
    await first.close()
    assert.deepEqual(await folders(), [1, 0])

    const [server] = (await carrel?.query<{ id: string; run: number }>('select id, run from servers')) ?? []
    const pids = await pidsOf(`CARREL_RUN=${server?.id}-`)
    assert.ok(pids.length > 0)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await until(async () => (await carrel?.query("select 1 from servers where state = 'ready'"))?.length === 0)
    const second = await visit('algebra')
    await runCode(second, "print('crashed', open('mine.txt').read(), open('more.txt').read())", 'crashed my work more')
    await second.close()

    const renamed = await open('geometry', `id: 'algebra', ${home}`)
    await runCode(renamed, "print('renamed', open('mine.txt').read(), open('more.txt').read())", 'renamed my work more')
    await renamed.close()
    assert.deepEqual(await folders(), [1, 0])
  })
})

/** Returns the processes with this text in their environment. */
async function pidsOf(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const marked = await Promise.all(
    pids.map((pid) =>
      readFile(`/proc/${pid}/environ`, 'latin1').then(
        (text) => text.includes(mark),
        () => false,
      ),
    ),
  )
  return pids.filter((_, index) => marked[index]).map(Number)
}
