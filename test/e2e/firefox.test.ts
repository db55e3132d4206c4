import assert from 'node:assert/strict'
import { type BrowsingContext, type Firefox, keys, startFirefox } from '../helpers/browsers/firefox.ts'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'
import type { IdentityProvider } from '../helpers/identity-provider.ts'
import { until } from '../helpers/until.ts'

const config = (provider: IdentityProvider, ancestor: string) => `
import { lms } from 'carrel/authenticators/lms'
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    ${oidcOf(provider)},
    lms({ issuer: 'school', courses: ['demo', 'below'], pages: ['${ancestor}'], signed: false }),
  ],
  courses: {
    demo: { image: '${demoFolder}', landing: 'notebook' },
    below: { image: '${demoFolder}', landing: 'notebook', strip: true },
  },
  embed: { ancestors: ['${ancestor}'] },
})
`

describe('Firefox, with total cookie protection', function () {
  this.timeout(300_000)
  let firefox: Firefox

  const stage = stageForAll({
    needs: ['firefox', 'jupyter'],
    ownBrowsers: true,
    sites: ['school'],
    people: ['ann'],
    config: ({ provider, site }) => config(provider, site('school').origin),
  })

  before(async () => {
    firefox = await startFirefox()
  })
  after(() => firefox?.close())

  async function runCell(context: string, code: string, expected: string): Promise<void> {
    await firefox.until(
      context,
      `document.querySelector('.jp-Notebook .jp-CodeCell .cm-content') !== null &&
        document.querySelector('.jp-Notebook-ExecutionIndicator[data-status=idle]') !== null &&
        document.querySelector('.jp-KernelName, .jp-Toolbar-kernelName')?.textContent.includes('Python')`,
    )
    await firefox.click(context, '.jp-Notebook .jp-CodeCell .cm-content')
    await firefox.type(context, `${keys.escape}b${keys.enter}`)
    await firefox.type(context, code)
    await firefox.type(context, keys.enter, [keys.shift])
    const output = `[...document.querySelectorAll('.jp-OutputArea-output')].some((one) => one.textContent.includes('${expected}'))`
    await firefox.until(context, output)
    await firefox.type(context, 's', [keys.control])
    // As a text: Jupyter repairs a notebook that it cannot read, also one that it is just writing, and the save is lost.
    const file = "location.pathname.replace('/notebooks/', '/api/contents/') + '?type=file&format=text'"
    await firefox.until(
      context,
      `fetch(${file}).then((r) => r.json()).then((saved) => saved.content.includes('${expected}'))`,
    )
  }

  async function framed(link: string): Promise<{ tab: string; frame: BrowsingContext }> {
    stage
      .site('school')
      .show(`<iframe src="${stage.carrel.hubUrl}${link}" title="Notebook" width="1000" height="700"></iframe>`)
    const tab = await firefox.newTab()
    await firefox.go(tab, stage.site('school').origin)
    const [frame] = (await firefox.tabs()).find(({ id }) => id === tab)?.children ?? []
    assert(frame !== undefined)
    return { tab, frame }
  }

  const isNotebook = "location.pathname.includes('/notebooks/')"

  it('opens a link at top level after a sign-in, runs a cell and saves', async () => {
    const tab = await firefox.newTab()
    await firefox.go(tab, `${stage.carrel.hubUrl}/launch/demo/welcome.ipynb`)
    await firefox.until(tab, "location.pathname === '/hub/login'")
    await firefox.click(tab, 'form[action="/hub/login/school"] button')
    await firefox.until(tab, "document.querySelector('[name=login]') !== null")
    await firefox.click(tab, '[name=login]')
    await firefox.type(tab, 'ann')
    await firefox.click(tab, '[name=password]')
    await firefox.type(tab, `ann${keys.enter}`)
    await firefox.until(tab, isNotebook)
    await runCell(tab, 'print("fire", 6 * 7)', 'fire 42')
  })

  it('signs a frame in by a window, whose cookies the frame does not see', async () => {
    const { frame } = await framed('/launch/demo/welcome.ipynb')
    await firefox.until(frame.id, "document.querySelector('#actions button')?.textContent === 'Sign in'")
    const before = (await firefox.tabs()).length
    await firefox.click(frame.id, '#actions button:enabled')
    await firefox.until(frame.id, isNotebook)
    // The window closes itself. Until then it may take the focus away from the notebook, and with it what is typed.
    await until(async () => (await firefox.tabs()).length === before)
    await runCell(frame.id, 'print("framed", 6 * 7)', 'framed 42')
    assert.deepEqual(await stage.carrel.query('select name from users'), [{ name: 'ann' }])
  })

  it("opens an LMS's link in a frame, runs a cell and saves", async () => {
    const { frame } = await framed('/ipythonExercice/demo/welcome.ipynb/0123456789abcdef')
    // Until now ann is the user of this frame, so the page asks her first.
    await firefox.until(frame.id, "document.querySelector('#actions button')?.textContent === 'Go on'")
    await firefox.click(frame.id, '#actions button:enabled')
    await firefox.until(frame.id, isNotebook)
    await runCell(frame.id, 'print("learner", 6 * 7)', 'learner 42')
    const names = await stage.carrel.query("select name from users where kind = 'learner'")
    assert.deepEqual(names, [{ name: 'lms:school:0123456789abcdef' }])
  })

  it('runs a cell below the strip in a frame, and leaves for the hub with all of the frame', async () => {
    const { tab, frame } = await framed('/ipythonExercice/below/welcome.ipynb/0123456789abcdef')
    await firefox.until(frame.id, "location.pathname.includes('/_carrel/desk/notebooks/')")
    const inner = async () =>
      (await firefox.tabs()).find(({ id }) => id === tab)?.children.find(({ id }) => id === frame.id)?.children[0]?.id
    await until(async () => (await inner()) !== undefined)
    const notebook = (await inner()) ?? ''
    await firefox.until(notebook, isNotebook)
    await runCell(notebook, 'print("below", 6 * 7)', 'below 42')
    await firefox.until(notebook, "(location.href = location.pathname.replace(/notebooks.*/, 'logout'), true)")
    await firefox.until(frame.id, "location.pathname === '/hub/logout'")
  })
})
