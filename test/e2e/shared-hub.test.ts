import assert from 'node:assert/strict'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { stageForAll } from '../helpers/browsers/stage.ts'

describe("servers on the hub's own host", function () {
  this.timeout(300_000)

  const stage = stageForAll({ hosts: 'hub' })

  it('come with one warning, which people can read', () => {
    const output = stage.carrel.output()
    assert.match(output, /Warning: servers and hub share one origin/)
    assert.equal(output.split('share one origin').length, 2, output)
    assert.doesNotMatch(output, /\{"level"/)
  })

  it('open, run, save and reload a notebook, which can then do what its visitor can do at the hub', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page)
    assert(page.url().startsWith(`${stage.carrel.hubUrl}/user/`), page.url())
    await runCode(page, 'print(6 * 7)', '42')
    await save(page)
    await page.reload()
    await notebookReady(page)
    // For this reason no user with a role may be that visitor.
    const home = await page.evaluate(async () => (await fetch('/hub/home')).text())
    assert.match(home, /My notebooks|Sign out/)
  })
})
