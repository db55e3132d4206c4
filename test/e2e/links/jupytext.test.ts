import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { jupytextEnvironment } from '../../notebooks/jupytext-environment.ts'

const myst = `---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A text notebook

\`\`\`{code-cell}
print(40 + 2)
\`\`\`
`
const program = `# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A program as a notebook

# %%
print(40 + 2)
`

describe('texts that are notebooks, with real JupyterLab, Notebook and Jupytext', function () {
  this.timeout(300_000)
  let folder: string
  let carrel: PublicCarrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    const environment = await jupytextEnvironment().catch((error: Error) => error)
    if (environment instanceof Error) return requirePart(this, 'jupyter', `no Jupytext: ${environment.message}`)
    folder = await mkdtemp(join(tmpdir(), 'carrel-course-'))
    await cp(demoFolder, folder, { recursive: true })
    await cp(join(folder, 'welcome.ipynb'), join(folder, 'both.ipynb'))
    await writeFile(join(folder, 'text.md'), myst)
    await writeFile(join(folder, 'code.py'), program)
    await writeFile(join(folder, 'both.py'), program)
    const course = `image: '${folder}', env: ${JSON.stringify(environment)}`
    carrel = await startPublicCarrel({
      config: () => `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: { demo: { ${course} }, plain: { ${course}, landing: 'notebook' } },
})
`,
    })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  for (const [link, landing] of [
    ['/launch/plain/text.md', /\/notebooks\/text\.md\?factory=Notebook/],
    ['/launch/plain/text.ipynb', /\/notebooks\/text\.md\?factory=Notebook/],
    ['/launch/plain/code', /\/notebooks\/code\.py\?factory=Notebook/],
    ['/launch/plain/both', /\/notebooks\/both\.py\?factory=Notebook/],
    ['/launch/plain/both.ipynb', /\/notebooks\/both\.ipynb/],
    ['/launch/demo/text.md', /\/notebooks\/text\.md\?factory=Notebook/],
    ['/launch/demo/both.ipynb', /\/lab\/workspaces\/[^/]+\/tree\/both\.ipynb/],
  ] as const) {
    it(`open as notebooks and run a cell: ${link}`, async () => {
      const page = await browser.context.newPage()
      await page.goto(carrel.hubUrl + link)
      await page.waitForURL(landing)
      await notebookReady(page)
      await runCode(page, 'print("here", 6 * 7)', 'here 42')
      await page.close()
    })
  }
})
