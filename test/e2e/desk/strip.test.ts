import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { accessibilityProblems } from '../../helpers/browsers/axe.ts'
import { programIn } from '../../helpers/browsers/desk.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { layoutProblems, pictures } from '../../helpers/browsers/page-check.ts'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { type FakeDesk, fakeDesk, idle, inFile, replaceInFile, type, typed } from './fake-api.ts'

const config = (school: string) => `
import { lms } from 'carrel/authenticators/lms'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), lms({ issuer: 'school', courses: ['demo', 'plain'], pages: ['${school}'], signed: false })],
  snapshots: { learners: true },
  courses: {
    demo: { image: '${demoFolder}', strip: true },
    plain: { image: '${demoFolder}', strip: true, landing: 'notebook' },
  },
  embed: { ancestors: ['${school}'] },
})
`

describe('the strip above a notebook', function () {
  this.timeout(300_000)
  const stage = stageForAll({ sites: ['school'], config: ({ site }) => config(site('school').origin) })
  let desk: FakeDesk
  let page: Page
  let program: Frame

  beforeEach(async () => {
    await stage.browser.context.unrouteAll()
    desk = await fakeDesk(stage.browser.context)
    page = await stage.browser.context.newPage()
  })
  afterEach(() => page.close({ runBeforeUnload: false }))

  async function open(course: string, isThere = async () => {}): Promise<void> {
    await page.goto(`${stage.carrel.hubUrl}/launch/${course}/welcome.ipynb`)
    program = await programIn(page)
    await isThere()
    await notebookReady(program)
    // What the hub tells of the notebook is drawn.
    await page.locator('#reset').waitFor()
  }
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const says = (text: string | RegExp, where: Page | Frame = page) =>
    where.locator('#said').filter({ hasText: text }).waitFor()
  const asked = (call: string) => desk.calls.filter((one) => one.startsWith(call))

  for (const course of ['demo', 'plain']) {
    it(`loses no text when it replaces the notebook of ${course === 'demo' ? 'JupyterLab' : 'Notebook 7'}, and is no obstacle`, async () => {
      desk.answers['GET reading'] = { title: 'Welcome' }
      const reading = page.locator('#reading')
      await open(course, async () => {
        await reading.waitFor()
        assert.equal(await page.frameLocator('#reading iframe').locator('h1').textContent(), 'To read')
        assert.deepEqual(await accessibilityProblems(page), [])
      })
      await reading.waitFor({ state: 'detached' })
      assert.notEqual(await program.locator('.jp-Notebook .jp-Cell').count(), 0)
      const first = page.url()
      assert.match(first, /\/_carrel\/desk\/(lab|notebooks)\//)
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'program')
      const lacking = await page.evaluate(() => {
        const features = (of: Document) =>
          (of as never as { featurePolicy: { allowedFeatures(): string[] } }).featurePolicy
        const inner = (document.getElementById('program') as HTMLIFrameElement).contentDocument as Document
        const there = features(inner).allowedFeatures()
        return features(document)
          .allowedFeatures()
          .filter((name) => !there.includes(name))
      })
      assert.deepEqual(lacking, [])
      await runCode(program, 'print(6 * 7)', '42')
      await save(program)
      await page.locator('#saved', { hasText: /^Saved$/ }).waitFor()

      await type(program, 1, 'mine = 1')
      await page.locator('#saved', { hasText: 'Not saved' }).waitFor()
      let kept = ''
      desk.before['POST reset'] = async () => {
        kept = await inFile(program, 1)
        await replaceInFile(program, 1, 'theirs = 1')
      }
      await press('Reset')
      await press('Take it again')
      await says('This is the course’s notebook')
      assert.deepEqual([kept, await typed(program, 1)], ['mine = 1', 'theirs = 1'])
      assert.equal(await program.locator('.jp-Dialog').count(), 0)

      desk.before['POST versions/2/restore'] = async () => {
        await replaceInFile(program, 1, 'back = 1')
        await type(program, 2, 'typed = "meanwhile"')
      }
      await press('Versions')
      await page.getByRole('button', { name: 'Look at it: version 2' }).click()
      await page.locator('.cells pre', { hasText: 'print("kept")' }).waitFor()
      await page.getByRole('button', { name: 'Put it back: version 2' }).click()
      await says('you have typed meanwhile')
      assert.deepEqual([await typed(program, 1), await typed(program, 2)], ['theirs = 1', 'typed = "meanwhile"'])
      // Jupyter's own question protects the text that was put back.
      await program.locator('.jp-Notebook .jp-Cell').first().click()
      await page.keyboard.press('Control+s')
      await program.locator('.jp-Dialog', { hasText: 'changed' }).waitFor()
      await program.locator('.jp-Dialog button', { hasText: 'Revert' }).click()
      await until(async () => (await typed(program, 1)) === 'back = 1', 'the text that was put back')

      desk.before['POST offer'] = () => replaceInFile(program, 1, 'merged = 1')
      await press('Newer version')
      await page.locator('.changes pre', { hasText: 'x = <b>3</b>' }).waitFor()
      await press('Merge it into mine')
      await says('is merged into your notebook')
      assert.equal(await typed(program, 1), 'merged = 1')
      assert.deepEqual(asked('POST offer'), [
        'POST offer {"path":"welcome.ipynb","take":"merged","mine":"m","theirs":"t"}',
      ])

      await page.reload()
      program = await programIn(page)
      await notebookReady(program)
      assert.equal(page.url(), first)
      await page.goBack()
      assert.equal(page.url(), 'about:blank')
    })
  }

  it('has an unchanged copy follow the course by itself, but not while there is unsaved text in it', async () => {
    Object.assign(desk.state.notebook ?? {}, { offer: false })
    await open('plain')
    desk.answers['GET offer'] = { ...(desk.answers['GET offer'] as object), changed: false, conflicts: 0 }
    desk.before['POST offer'] = () => replaceInFile(program, 1, 'newest = 1')
    const told = async (isOffered: boolean) => {
      Object.assign(desk.state.notebook ?? {}, { offer: isOffered })
      await page.evaluate(() => dispatchEvent(new Event('online')))
    }
    await type(program, 2, 'typed = 2')
    const looked = asked('GET offer').length
    await told(true)
    await page.locator('#saved', { hasText: 'Not saved' }).waitFor()
    assert.equal(asked('GET offer').length, looked)
    await program.locator('.jp-Notebook .jp-Cell').first().click()
    await save(program)
    await says('You have the course’s newer version of this notebook now')
    assert.deepEqual([await typed(program, 1), await typed(program, 2)], ['newest = 1', 'typed = 2'])
    assert.equal(await page.locator('#newer').isHidden(), true)

    // A button that is pressed while this goes on does its work afterwards.
    let goOn = () => {}
    desk.before['POST offer'] = async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      await replaceInFile(program, 1, 'later = 1')
    }
    desk.before['POST reset'] = () => replaceInFile(program, 1, 'reset = 1')
    const taken = asked('POST offer').length
    await until(() => asked('POST offer').length > taken, 'the next replacement')
    await told(false)
    await press('Reset')
    await press('Take it again')
    await says('One moment')
    assert.equal(asked('POST reset').length, 0)
    goOn()
    await says('This is the course’s notebook')
    assert.equal(await typed(program, 1), 'reset = 1')
  })

  it('warns before a stop, keeps the server, tells what is announced, and saves in the last seconds', async () => {
    await open('plain')
    desk.state.ends = idle
    const look = () => page.evaluate(() => dispatchEvent(new Event('online')))
    await look()
    await page
      .getByRole('alert')
      .filter({ hasText: `Your server ${idle.says}.` })
      .waitFor()
    assert.match(await page.title(), /^\(4 min\) welcome/)
    await press('Keep my server')
    await says('Your server goes on')
    await page.locator('#warning').waitFor({ state: 'hidden' })
    assert.match(await page.title(), /^welcome/)

    desk.state.announcements = [
      { id: 'a', level: 'warning', text: 'Exam week: see https://example.org/x?a=1. <b>Save</b>' },
      { id: 'b', level: 'info', text: 'Of the course' },
    ]
    await look()
    const told = page.locator('#announcements p')
    await told.nth(1).waitFor()
    assert.match(
      (await told.first().textContent()) ?? '',
      /^Important: Exam week: see https:\/\/example\.org\/x\?a=1\. <b>Save<\/b>/,
    )
    assert.equal(await told.first().getByRole('link').getAttribute('href'), 'https://example.org/x?a=1')
    assert.deepEqual(await accessibilityProblems(page), [])
    await page.getByRole('button', { name: 'Close: Exam week' }).click()
    await until(async () => (await told.allInnerTexts()).join().startsWith('Of the course'))
    await look()
    assert.equal(await told.count(), 1, 'closed in this browser')
    desk.state.announcements = []
    await look()
    await page.locator('#announcements').waitFor({ state: 'hidden' })

    await type(program, 1, 'the_last = "words"')
    desk.state.ends = { ...idle, why: 'age', keep: false, seconds: 12 }
    await look()
    await page.getByRole('button', { name: 'Save now' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Keep my server' }).count(), 0)
    await until(async () => (await inFile(program, 1)) === 'the_last = "words"', 'the text in the file')

    // JupyterLab takes text for saved that is typed while a save is under way.
    await page.locator('#saved', { hasText: /^Saved$/ }).waitFor()
    await type(program, 1, 'too_late = 1')
    desk.status = 410
    await look()
    await says('Text that is not saved is still in the notebook')
    await program.locator('.jp-Notebook .jp-Cell').first().click()
    await save(program)
    await page.locator('#saved', { hasText: /^Saved$/ }).waitFor()
    // The page leaves by itself where nothing is unsaved, and comes back to the notebook, whose server runs in truth. As long as
    // the hub says otherwise it stays then.
    desk.status = 200
    await look()
    await page.locator('#notice').waitFor({ state: 'hidden' })
    await page.locator('#saved', { hasText: /^Saved$/ }).waitFor()
    desk.status = 410
    let leaves = 0
    page.on('request', (request) => request.url().includes('/hub/open?') && leaves++)
    const left = page.waitForRequest(/\/hub\/open\?/)
    await look()
    await left
    await says('Your server has stopped. What was saved is kept.')
    await notebookReady(await programIn(page))
    // From here on only the button leads on, also when the page came back long ago and its message was closed.
    await page.evaluate(() => sessionStorage.clear())
    await press('OK')
    for (const _ of ['once', 'and again, so that the first answer has come']) {
      const asks = asked('POST state').length
      await look()
      await until(() => asked('POST state').length > asks)
    }
    assert.equal(leaves, 1)
    desk.status = 200
    await look()
    await page.locator('#notice').waitFor({ state: 'hidden' })
  })

  it('leaves a program what it has in a tab, and does without what it cannot see', async () => {
    // As in the classic Notebook and in web programs.
    await page.addInitScript(() => Object.defineProperty(window, 'jupyterapp', { get: () => undefined, set() {} }))
    await open('plain')
    assert.equal(await page.locator('#saved').isHidden(), true)
    const base = stage.carrel.serversUrl + (/^(\/user\/[^/]+\/[^/]+\/)/.exec(new URL(page.url()).pathname)?.[1] ?? '')
    const go = (href: string, change: Partial<HTMLAnchorElement> = {}) =>
      program.evaluate(
        ([to, properties]) => {
          const link = Object.assign(document.createElement('a'), { href: to, ...properties })
          document.body.append(link)
          link.click()
        },
        [href, change] as const,
      )
    const download = page.waitForEvent('download')
    await go(`${base}files/welcome.ipynb?download=1`, { download: 'mine.ipynb' })
    assert.equal((await download).suggestedFilename(), 'welcome.ipynb')
    const popup = page.waitForEvent('popup')
    await program.evaluate((to) => window.open(to), `${base}api`)
    await (await popup).close()
    desk.state.announcements = [{ id: 'printed', level: 'info', text: 'Exam week' }]
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.locator('#announcements').getByText('Exam week').waitFor()
    await page.emulateMedia({ media: 'print' })
    for (const id of ['strip', 'announcements', 'warning'])
      assert.equal(await page.locator(`#${id}`).isHidden(), true, id)
    assert.equal(await page.locator('#program').isVisible(), true)
    await page.emulateMedia({ media: null })
    await page.getByRole('button', { name: 'Close: Exam week' }).click()

    desk.before['POST reset'] = () => replaceInFile(program, 0, '# From the course')
    await press('Reset')
    await page
      .getByRole('dialog', { name: 'Take the course’s notebook again?' })
      .getByText('Save your notebook first')
      .waitFor()
    await press('Take it again')
    await says('This is the course’s notebook')
    await program.locator('h1', { hasText: 'From the course' }).waitFor()
    await notebookReady(program)

    const asks = page.waitForEvent('dialog')
    await program.locator('.jp-CodeCell .cm-content').first().click()
    await page.keyboard.type('1')
    const reload = page.evaluate(() => location.reload())
    const question = await asks
    assert.equal(question.type(), 'beforeunload')
    await question.dismiss()
    await reload.catch(() => undefined)
    await save(program)

    await go(stage.site('school').origin)
    await page.waitForURL(`${stage.site('school').origin}/`)
    await page.goBack()
    program = await programIn(page)
    await notebookReady(program)
    await program.evaluate((to) => location.assign(to), `${base}logout`)
    await page.waitForURL(/\/hub\/logout/)
  })

  it('is complete by keyboard, on phones and for screen readers', async () => {
    await open('demo')
    // The newer version is offered when all is saved, and a person does nothing in the notebook for a moment. What a kernel says of
    // itself JupyterLab may take for a change of the notebook.
    await program.locator('.jp-Notebook .jp-Cell').first().click()
    await save(program)
    await page.locator('#newer').waitFor()
    desk.state.ends = { ...idle, keep: true }
    const found: string[] = []
    const check = async (state: string) => {
      for (const width of [1280, 390, 320]) {
        await page.setViewportSize({ width, height: 900 })
        found.push(...(await page.evaluate(layoutProblems)).map((one) => `${state} at ${width}: ${one}`))
        if (pictures) await page.screenshot({ path: join(pictures, `strip-${state}-${width}.png`) })
        found.push(...(await accessibilityProblems(page)).map((one) => `${state} at ${width}: ${one}`))
      }
    }
    const focused = () => page.evaluate(() => document.activeElement?.id ?? '')
    const goTo = async (id: string) => {
      for (let steps = 0; steps < 20 && (await focused()) !== id; steps += 1) await page.keyboard.press('Shift+Tab')
      assert.equal(await focused(), id)
    }
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByRole('alert').filter({ hasText: idle.says }).waitFor()
    await page.locator('#help').focus()
    await check('line')
    for (const [id, dialog] of [
      ['menu', 'Help'],
      ['menu', 'Take the course’s notebook again?'],
      ['menu', 'Versions of welcome'],
      ['menu', 'Share a copy of welcome'],
      ['newer', 'A newer version of welcome'],
    ]) {
      await page.setViewportSize({ width: 390, height: 900 })
      await page.locator('#keep').focus()
      await goTo(id ?? '')
      await page.keyboard.press('Enter')
      if (id === 'menu') {
        const others = { Help: 'help', 'Versions of welcome': 'versions', 'Share a copy of welcome': 'share' }
        const button = others[(dialog ?? '') as keyof typeof others] ?? 'reset'
        for (let steps = 0; steps < 8 && (await focused()) !== button; steps += 1) await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
      }
      await page.getByRole('dialog', { name: dialog ?? '' }).waitFor()
      if (dialog === 'Help') await press('Show my support code')
      if (dialog?.startsWith('Share')) {
        await press('Share it')
        await page.getByLabel('The link').waitFor()
      }
      await page.locator('dialog [role=status]', { hasText: 'One moment' }).waitFor({ state: 'detached' })
      await check(dialog?.split(' ').slice(0, 3).join('-') ?? '')
      await page.setViewportSize({ width: 390, height: 900 })
      await page.keyboard.press('Escape')
      assert.equal(await focused(), id)
    }
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await check('dark')
    await page.emulateMedia({ colorScheme: 'light' })
    assert.deepEqual(found, [])

    await page.setViewportSize({ width: 1280, height: 900 })
    await press('Full height')
    assert.equal(await focused(), 'show')
    await page.reload()
    await press('Show the course’s line')
    assert.equal(await focused(), 'hide')
  })

  it('speaks French to those whose browsers want it, also on phones', async () => {
    await page.setExtraHTTPHeaders({ 'accept-language': 'fr' })
    await open('plain')
    desk.state.ends = { ...idle, says: 's’arrête dans 4 minutes' }
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByRole('alert').filter({ hasText: 'Votre serveur s’arrête dans 4 minutes.' }).waitFor()
    await page.locator('#saved', { hasText: /^Enregistré$/ }).waitFor()
    const found: string[] = []
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 })
      found.push(...(await page.evaluate(layoutProblems)).map((one) => `at ${width}: ${one}`))
      if (pictures) await page.screenshot({ path: join(pictures, `strip-french-${width}.png`) })
    }
    assert.deepEqual(found, [])
    await page.setViewportSize({ width: 1280, height: 900 })
    await press('Nouvelle version')
    await page.getByRole('dialog', { name: 'Une nouvelle version de welcome' }).waitFor()
    await page.getByText('1 cellule a été modifiée par vous et par le cours.').waitFor()
    if (pictures) await page.screenshot({ path: join(pictures, 'strip-french-offer.png') })
    await press('Décider plus tard')
    await press('Aide')
    await page.getByText('Mémoire').last().waitFor()
    await page.getByText('512 Mo sur 2,0 Go').last().waitFor()
    if (pictures) await page.screenshot({ path: join(pictures, 'strip-french-help.png') })
  })

  it('works in a frame of another site, third-party cookies blocked', async () => {
    const learner = '0123456789abcdef0123456789abcdef'
    const { hubUrl } = stage.carrel
    const link = `${hubUrl}/ipythonExercice/plain/welcome.ipynb/${learner}`
    stage.site('school').show(`<iframe src="${link}" width="900" height="700"></iframe>`)
    await page.goto(stage.site('school').origin)
    const outer = page.frames()[1]
    assert(outer !== undefined)
    program = await programIn(outer)
    await notebookReady(program)
    await type(program, 1, 'mine = 1')
    desk.before['POST reset'] = () => replaceInFile(program, 1, 'theirs = 1')
    await outer.getByRole('button', { name: 'Menu' }).click()
    await outer.getByRole('button', { name: 'Reset' }).click()
    await outer.getByRole('button', { name: 'Take it again' }).click()
    await says('This is the course’s notebook', outer)
    assert.equal(await typed(program, 1), 'theirs = 1')

    // What is typed is saved, and shared by the real hub.
    await stage.browser.context.unrouteAll()
    await type(program, 1, 'shared = "</pre><script>document.title = 1</script>"')
    await outer.getByRole('button', { name: 'Menu' }).click()
    await outer.getByRole('button', { name: 'Share a copy' }).click()
    await outer.getByRole('button', { name: 'Share it' }).click()
    const copy = await outer.getByLabel('The link').inputValue()
    await readCopy(copy)
    await outer.getByRole('button', { name: 'Close' }).click()

    await outer.getByRole('button', { name: 'Menu' }).click()
    await outer.getByRole('button', { name: 'Open in a tab' }).click()
    await outer.waitForURL(/\/hub\/tab/)
    await outer
      .getByRole('button', { name: 'Open in a new tab' })
      .or(outer.getByRole('link', { name: /new tab/ }))
      .waitFor()
  })

  /** Opens a shared copy, which asks for nothing but itself. */
  async function readCopy(link: string): Promise<void> {
    const reader = await stage.browser.context.newPage()
    try {
      const asked: string[] = []
      reader.on('request', (request) => asked.push(request.url()))
      const answer = await reader.goto(link)
      assert.equal(answer?.status(), 200)
      assert.match((await answer.allHeaders())['content-security-policy'] ?? '', /sandbox allow-popups/)
      await reader.getByText('A copy to read, as this notebook was on').waitFor()
      await reader.locator('pre', { hasText: 'shared = "</pre><script>' }).waitFor()
      assert.notEqual(await reader.title(), '1')
      assert.deepEqual(asked, [link])
    } finally {
      await reader.close()
    }
  }
})
