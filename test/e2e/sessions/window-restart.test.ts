import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { notebookReady } from '../../helpers/browsers/notebook.ts'
import { oidcOf, type Stage, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { ask } from '../../proxy/world.ts'

const cullerToken = randomBytes(32).toString('hex')

const config = ({ provider, site }: Stage) => `
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [${oidcOf(provider)}],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook', embed: { ancestors: ['${site('school').origin}'] } } },
})
`

describe('a frame whose person has signed in by a window', function () {
  this.timeout(300_000)

  const stage = stageForAll({ sites: ['school'], people: ['ann'], env: { CARREL_CULLER_TOKEN: cullerToken }, config })
  const servers = () => stage.carrel.query<{ run: number; state: string }>('select run, state from servers')

  it('starts a server that has stopped at its next navigation, without another sign-in, and goes on where it was', async () => {
    const { carrel, browser } = stage
    const src = `${carrel.hubUrl}/launch/demo/welcome.ipynb`
    stage.site('school').show(`<iframe title="n" src="${src}" width="1200" height="800"></iframe>`)
    const page = await browser.context.newPage()
    await page.goto(stage.site('school').origin, { waitUntil: 'commit' })
    await page.locator('iframe').waitFor()
    const [frame] = page.mainFrame().childFrames()
    assert.ok(frame)
    const [popup] = await Promise.all([
      browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    await popup.locator('[name=login]').fill('ann')
    await popup.locator('[name=password]').fill('ann')
    await Promise.all([popup.waitForEvent('close'), popup.locator('#sign-in').click()])
    await notebookReady(frame)
    const address = frame.url()

    const { status } = await ask(`http://127.0.0.1:${carrel.port}`, '/hub/api/users/ann/servers/demo', {
      method: 'DELETE',
      host: new URL(carrel.hubUrl).host,
      headers: { authorization: `token ${cullerToken}` },
    })
    assert.equal(status, 202)
    await until(async () => (await servers())[0]?.state === 'stopped')
    await frame.goto(address)
    await notebookReady(frame)
    assert.equal(frame.url(), address)
    assert.deepEqual(await servers(), [{ run: 2, state: 'ready' }])
    assert.deepEqual(await carrel.query('select name from users'), [{ name: 'ann' }])
    await page.close()
  })
})
