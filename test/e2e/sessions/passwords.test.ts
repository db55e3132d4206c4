import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { notebookReady } from '../../helpers/browsers/notebook.ts'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { carrelUser } from '../../hub/access/accounts/command.ts'

const [first, second] = ['four plain short words', 'quite another set of words']

describe('a class with accounts, from its first account to a notebook', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    hosts: 'own',
    config: () => `
import { password } from 'carrel/authenticators/password'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [password()],
  admins: ['ann'],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook' } },
})
`,
  })
  const notebook = () => `${stage.carrel.hubUrl}/launch/demo/welcome.ipynb`
  const choose = async (page: Page, link: string, password: string) => {
    await page.goto(link)
    await page.getByLabel('New password').fill(password)
    await page.getByLabel('The same again').fill(password)
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor()
  }
  const signIn = async (page: Page, name: string, password: string) => {
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  it('lets the teacher in by a link of the command line, who adds a learner, who opens a notebook', async () => {
    const { code, out, err } = await carrelUser(join(stage.carrel.dataDir, 'data'), ['add', 'ann'])
    assert.equal(code, 0, err)
    const page = await stage.browser.context.newPage()
    await choose(page, out.trim().split('\t')[1] ?? '', first)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(page, 'Ann', first)
    await page.getByRole('link', { name: 'Administration' }).click()
    await page.getByRole('link', { name: 'Accounts with a password' }).click()
    await page.getByLabel('Names of new accounts').fill('bob')
    await page.getByRole('button', { name: 'Add accounts' }).click()
    const link = await page.getByLabel('bob, until').inputValue()

    await stage.browser.context.clearCookies()
    await choose(page, link, second)
    await page.goto(notebook())
    await signIn(page, 'bob', second)
    await notebookReady(page)
    await page.close()
  })

  it('closes the open notebook when its person gets another password, and lets the new one in', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(notebook())
    await notebookReady(page)
    const address = page.url()
    const set = await carrelUser(join(stage.carrel.dataDir, 'data'), ['passwd', 'bob'], `${first}\n`)
    assert.equal(set.code, 0, set.err)
    await page.goto(address)
    await page.getByLabel('Name').waitFor()
    await signIn(page, 'bob', second)
    await page.getByRole('alert').getByText('not right').waitFor()
    await signIn(page, 'bob', first)
    await notebookReady(page)
    await page.close()
  })
})
