import assert from 'node:assert/strict'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, removeAll } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories, type TestRepository } from '../../helpers/git/repositories.ts'
import { requirePart } from '../../helpers/require.ts'

/** A step that takes so long that the hub can be killed in its midst. */
const slowly = 'for i in 1 2 3 4 5 6 7 8; do echo "part $i"; sleep 1; done'

describe('a course whose image the hub builds', function () {
  this.timeout(600_000)
  const cleanup = cleanupAfterAll()
  const installation = testInstallation()
  let carrel: Carrel
  let browser: Browser
  let course: TestRepository
  let base: string

  const dockerfile = (text: string) =>
    `FROM ${base}\nUSER root\nRUN ${slowly}\nRUN mkdir -p /srv/made && echo '${text}' > /srv/made/text\nUSER 1000\n`

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    requirePart(this, 'chromium', missingChromium())
    base = await loadedImage('jupyter')
    const repositories = await makeRepositories(cleanup)
    course = await repositories.make('course')
    await course.commit({ Dockerfile: dockerfile('first') }, { message: 'The first' })
    const { url } = await startGitHost(cleanup, { folder: repositories.folder })
    carrel = await startCarrel({
      config: `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { dockerSpawner } from 'carrel/spawners/docker'
        export default defineConfig({
          installation: '${installation}',
          spawner: dockerSpawner({ pull: 'never' }),
          authenticators: [temporary()],
          builds: { images: { course: { git: '${url}/course.git' } }, gitHosts: ['127.0.0.1'] },
          courses: { demo: { title: 'The demo', image: '@course' } },
        })`,
    })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await removeAll([`carrel.installation=${installation}`])
    for (const { Id } of await docker.listImages({ filters: { reference: [`*/carrel-${installation}-*/*`] } }))
      await docker.getImage(Id).remove({ force: true })
  })

  const made = () => carrel.query<{ image: string; commit: string }>('select image, "commit" from built')

  it('is made by the first click, once though its hub is killed meanwhile, and then opens by itself', async () => {
    const page = await browser.context.newPage()
    await page.goto(`http://127.0.0.1:${carrel.port}/launch/demo`)
    await page.getByText(/being put together\. This is step/).waitFor()
    assert.ok(Number(await page.getByRole('progressbar').getAttribute('value')) >= 0)
    process.kill(await carrel.pidOf('hub'), 'SIGKILL')
    await page.waitForURL(/\/user\/[^/]+\/demo\//)
    await page.getByRole('main').first().waitFor()
    const [built] = await made()
    const builds = await carrel.query<{ state: string; epoch: number }>('select state, epoch from jobs')
    assert.deepEqual(
      builds.map(({ state }) => state),
      ['built'],
    )
    assert.ok((builds[0]?.epoch ?? 0) > 2, 'the second hub took it over')
    const [server] = await carrel.query<{ id: string; run: number }>('select id, run from servers')
    const container = await docker.getContainer(`carrel-${server?.id}-${server?.run}`).inspect()
    assert.equal(container.Config.Image, built?.image)
    await page.close()
  })
})
