import assert from 'node:assert/strict'
import type { Context } from 'mocha'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../helpers/browsers/foreign-site.ts'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { dockerMissing, loadedImage, removeNetworks } from '../helpers/engines/docker.ts'
import { makeNamespace, removeNamespace, requireCluster, type TestCluster } from '../helpers/engines/kubernetes.ts'
import { testInstallation } from '../helpers/engines/started.ts'
import { type PublicCarrel, startPublicCarrel } from '../helpers/public-carrel.ts'
import { requirePart } from '../helpers/require.ts'

const learner = 'fedcba9876543210fedcba9876543210'

const installation = testInstallation()

const config = (ancestor: string, imports: string, spawner: string, image: string) => `
import { lms } from 'carrel/authenticators/lms'
import { defineConfig } from 'carrel/config'
${imports}

export default defineConfig({
  installation: '${installation}',
  spawner: ${spawner},
  authenticators: [lms({ issuer: 'school', courses: ['python'], pages: ['${ancestor}'], signed: false })],
  courses: { python: { image: '${image}', limits: { memory: '1G', cpu: 1 }, embed: { ancestors: ['${ancestor}'] } } },
})
`

interface SpawnerUnderTest {
  name: string
  imports: string
  /** Returns the spawner as text of a config file, and the name of its image. Skips where what it needs is missing. */
  open(test: Context): Promise<{ spawner: string; image: string }>
  close?(): Promise<void>
}

let cluster: TestCluster
let namespace: string

const spawners: SpawnerUnderTest[] = [
  {
    name: 'Docker',
    imports: "import { dockerSpawner } from 'carrel/spawners/docker'",
    async open(test) {
      requirePart(test, 'docker', await dockerMissing())
      return { spawner: "dockerSpawner({ pull: 'never' })", image: await loadedImage('jupyter') }
    },
    close: () => removeNetworks([`carrel.installation=${installation}`]),
  },
  {
    name: 'Kubernetes',
    imports: "import { kubernetesSpawner } from 'carrel/spawners/kubernetes'",
    async open(test) {
      cluster = await requireCluster(test)
      namespace = await makeNamespace(cluster)
      const options = {
        kubeconfig: cluster.kubeconfig,
        namespace,
        imagePullPolicy: 'Never',
        security: { runAsNonRoot: true },
      }
      return { spawner: `kubernetesSpawner(${JSON.stringify(options)})`, image: await cluster.image('jupyter') }
    },
    close: () => (namespace === undefined ? Promise.resolve() : removeNamespace(cluster, namespace)),
  },
]

/** Opens a page with one frame and returns the frame when a notebook is open in it. */
async function openFramed(page: Page, url: string): Promise<Frame> {
  await page.goto(url)
  const frame = page.frames().find((one) => one !== page.mainFrame())
  assert(frame !== undefined)
  await notebookReady(frame)
  return frame
}

for (const tested of spawners) {
  describe(`an exercise in a page of an LMS, with servers on ${tested.name}`, function () {
    this.timeout(300_000)
    let carrel: PublicCarrel
    let browser: Browser
    let school: ForeignSite

    before(async function () {
      requirePart(this, 'chromium', missingChromium())
      const { spawner, image } = await tested.open(this)
      this.timeout(300_000)
      school = await startForeignSite('school')
      carrel = await startPublicCarrel({ config: () => config(school.origin, tested.imports, spawner, image) })
      browser = await startBrowser()
    })

    after(async () => {
      await browser?.close()
      await carrel?.stop()
      await school?.close()
      await tested.close?.()
    })

    it('runs a cell and saves as the learner that the LMS names', async () => {
      const link = `${carrel.hubUrl}/ipythonExercice/python/welcome.ipynb/${learner}`
      school.show(`<h1>Week 1</h1><iframe src="${link}" width="1200" height="700"></iframe>`)
      const page = await browser.context.newPage()
      const frame = await openFramed(page, school.origin)
      await runCode(frame, 'print("in a frame", 6 * 7)', 'in a frame 42')
      await save(frame)
      const rows = await carrel.query(
        'select users.name, servers.run from users join servers on servers.user = users.id',
      )
      assert.deepEqual(rows, [{ name: `lms:school:${learner}`, run: 1 }])
      await page.close()
    })
  })
}
