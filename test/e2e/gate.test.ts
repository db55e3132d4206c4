import assert from 'node:assert/strict'
import { notebookReady } from '../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'
import type { IdentityProvider } from '../helpers/identity-provider.ts'

describe('a tmplogin link behind a real OpenID Connect provider', function () {
  this.timeout(300_000)

  const stage = stageForAll({ people: ['ann'], config: ({ provider }) => gated(provider) })

  const gated = (provider: IdentityProvider) => `
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    temporary({
      behind: ${oidcOf(provider)},
    }),
  ],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook' } },
})
`

  it('goes on to the sign-in by itself, once, then opens the notebook as a random user', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    // There is one way in, so the sign-in page goes on to it by itself.
    await page.locator('[name=login]').fill('ann')
    await page.locator('[name=password]').fill('ann')
    await page.locator('#sign-in').click()
    await notebookReady(page)
    const users = await stage.carrel.query<{ name: string; kind: string; subject: string }>(
      'select name, kind, subject from users',
    )
    assert.equal(users.length, 1)
    assert.equal(users[0]?.kind, 'temporary')
    assert.match(users[0]?.name ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    assert.equal(users[0]?.subject, users[0]?.name)
    const events = await stage.carrel.query<{ detail: string }>("select detail from events where kind = 'signed-in'")
    assert.deepEqual(
      events.map(({ detail }) => JSON.parse(detail)),
      [{ authenticator: 'school', person: 'ann' }],
    )
    await page.close()
  })

  it('resumes without another sign-in, and signing out ends the seat and the sign-in at the provider', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page)
    const notebook = page.url()
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByText('all your work here goes with the sign-out').waitFor()
    await page.getByRole('button', { name: 'Sign out and lose my work' }).click()
    await page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await page.waitForURL(`${stage.carrel.hubUrl}/hub/signed-out?state=*`)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(notebook)
    await page.getByText('Your session has ended').waitFor()
    assert.equal(new URL(page.url()).origin, stage.carrel.hubUrl, 'the seat is gone')
    await page.goto(`${stage.carrel.hubUrl}/hub/login`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('[name=login]').waitFor()
    await page.close()
  })
})
