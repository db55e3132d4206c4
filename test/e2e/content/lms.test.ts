import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Context } from 'mocha'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { programIn } from '../../helpers/browsers/desk.ts'
import { type ForeignSite, startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { dockerMissing, loadedImage, removeAll } from '../../helpers/engines/docker.ts'
import { makeNamespace, removeNamespace, requireCluster, type TestCluster } from '../../helpers/engines/kubernetes.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories, type TestRepository } from '../../helpers/git/repositories.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'

const learner = 'fedcba9876543210fedcba9876543210'

const installation = testInstallation()

interface Place {
  imports: string
  /** Text of a config file. */
  spawner: string
  image: string
  /** An address of this machine that servers reach. */
  ip?: string | undefined
}

const config = (ancestor: string, git: string, { imports, spawner, image, ip }: Place) => `
import { lms } from 'carrel/authenticators/lms'
import { defineConfig } from 'carrel/config'
${imports}

const embed = { ancestors: ['${ancestor}'] }
const course = (copies) => ({
  image: '${image}',
  home: { path: '/home/jovyan/work', size: '100M' },
  landing: 'notebook',
  content: { git: '${git}', pullMinutes: false, copies },
  embed,
})
export default defineConfig({
  installation: '${installation}',
  ${ip === undefined ? '' : `hub: { internal: { ip: '${ip}', port: 0 } },`}
  spawner: ${spawner},
  authenticators: [lms({ issuer: 'school', courses: ['python', 'lazy', 'all', 'ready'], pages: ['${ancestor}'], signed: false })],
  git: { hosts: ['127.0.0.1'] },
  courses: {
    python: { image: '${image}', limits: { memory: '1G', cpu: 1 }, embed },
    lazy: course('lazy'),
    all: course('all'),
    ready: { ...course('lazy'), home: undefined, spares: 1 },
  },
})
`

interface SpawnerUnderTest {
  name: string
  /** Skips where what it needs is missing. */
  open(test: Context): Promise<Place>
  close?(): Promise<void>
}

let cluster: TestCluster
let namespace: string

const spawners: SpawnerUnderTest[] = [
  {
    name: 'Docker',
    async open(test) {
      requirePart(test, 'docker', await dockerMissing())
      return {
        imports: "import { dockerSpawner } from 'carrel/spawners/docker'",
        spawner: "dockerSpawner({ pull: 'never' })",
        image: await loadedImage('jupyter'),
      }
    },
    close: () => removeAll([`carrel.installation=${installation}`]),
  },
  {
    name: 'Kubernetes',
    async open(test) {
      cluster = await requireCluster(test)
      namespace = await makeNamespace(cluster)
      const options = {
        kubeconfig: cluster.kubeconfig,
        namespace,
        imagePullPolicy: 'Never',
        security: { runAsNonRoot: true },
      }
      return {
        imports: "import { kubernetesSpawner } from 'carrel/spawners/kubernetes'",
        spawner: `kubernetesSpawner(${JSON.stringify(options)})`,
        image: await cluster.image('jupyter'),
        ip: cluster.instance?.node?.address,
      }
    },
    close: () => (namespace === undefined ? Promise.resolve() : removeNamespace(cluster, namespace)),
  },
]

/** Returns a module of the course that says what a notebook finds: data, whether it may change them, and her own files. */
const moduleSaying = (name: string) => `
import os
def look():
    try:
        open('data/mine.txt', 'w')
        right = 'writes'
    except OSError:
        right = 'reads'
    both = [open(path + 'data/cities.csv').read() for path in ('', '../week2/')]
    own = [path for path in ('../data/cities.csv', '../notes.txt', '../week2/c.ipynb') if os.path.exists(path)]
    return ' '.join(['${name}', right, *both, str(os.path.getsize('data/large.bin')), *own])
`

function notebook(text: string): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } },
    cells: [
      { cell_type: 'markdown', metadata: {}, id: 'a', source: [text] },
      { cell_type: 'code', metadata: {}, id: 'b', source: [], execution_count: null, outputs: [] },
    ],
  })
}

/** Larger than what a cluster's own store takes, so that pods fetch it. */
const large = Buffer.alloc(600_000, 'x')

/** Opens a page with one frame and returns the frame. */
async function openFramed(page: Page, url: string): Promise<Frame> {
  await page.goto(url)
  const frame = page.frames().find((one) => one !== page.mainFrame())
  assert(frame !== undefined)
  return frame
}

for (const tested of spawners) {
  describe(`exercises in a page of an LMS, with servers on ${tested.name}`, function () {
    this.timeout(600_000)
    const cleanup = cleanupAfterAll()
    let carrel: PublicCarrel
    let browser: Browser
    let school: ForeignSite
    let repository: TestRepository

    before(async function () {
      requirePart(this, 'chromium', missingChromium())
      const place = await tested.open(this)
      this.timeout(600_000)
      school = await startForeignSite('school')
      const repositories = await makeRepositories(cleanup)
      repository = await repositories.make('course')
      await repository.commit({
        'week1/a.ipynb': notebook('the first form'),
        'week2/b.ipynb': notebook('B'),
        'modules/helper.py': moduleSaying('first'),
        'data/cities.csv': 'Nice',
        'data/large.bin': large,
      })
      const { url } = await startGitHost(cleanup, { folder: repositories.folder })
      carrel = await startPublicCarrel({ config: () => config(school.origin, `${url}/course.git`, place) })
      browser = await startBrowser()
    })

    after(async () => {
      await browser?.close()
      await carrel?.stop()
      await school?.close()
      await tested.close?.()
    })

    const command = (...args: string[]) =>
      promisify(execFile)(process.execPath, ['bin/carrel.js', ...args, '--data', join(carrel.dataDir, 'data')], {
        cwd: projectDir,
      })
    async function open(exercise: string) {
      const link = `${carrel.hubUrl}/ipythonExercice/${exercise}/${learner}`
      school.show(`<h1>Week 1</h1><iframe src="${link}" width="1200" height="700"></iframe>`)
      const page = await browser.context.newPage()
      return { page, frame: await openFramed(page, school.origin) }
    }
    /** Opens a notebook of the repository, below the strip. */
    async function openCopy(exercise: string) {
      const { page, frame } = await open(exercise)
      const program = await programIn(frame)
      await notebookReady(program)
      return { page, program }
    }

    it('run a cell and save as the learner that the LMS names', async () => {
      const { page, frame } = await open('python/welcome.ipynb')
      await notebookReady(frame)
      await runCode(frame, 'print("in a frame", 6 * 7)', 'in a frame 42')
      await save(frame)
      const rows = await carrel.query(
        'select users.name, servers.run from users join servers on servers.user = users.id where not spare',
      )
      assert.deepEqual(rows, [{ name: `lms:school:${learner}`, run: 1 }])
      await page.close()
      await command('servers', 'stop', `lms:school:${learner}`, 'python')
    })

    it('come from git, with data and modules at hand, and a push is there at the next start beside what the learner has', async () => {
      for (const course of ['lazy', 'all']) {
        const { page, program } = await openCopy(`${course}/week1/a.ipynb`)
        const own = course === 'all' ? ' ../data/cities.csv' : ''
        await program.locator('p', { hasText: 'the first form' }).first().waitFor()
        await runCode(program, 'import helper; print(helper.look())', `first reads Nice Nice 600000${own}`)
        await save(program)
        await page.close()
        await command('servers', 'stop', `lms:school:${learner}`, course)
      }
      await repository.commit({
        'week1/a.ipynb': notebook('the second form'),
        'week2/c.ipynb': notebook('C'),
        'modules/helper.py': moduleSaying('second'),
        'data/cities.csv': 'Antibes',
        'notes.txt': 'new',
      })
      for (const course of ['lazy', 'all']) {
        await command('course', 'pull', course)
        const { page, program } = await openCopy(`${course}/week1/a.ipynb`)
        const own = course === 'all' ? ' ../data/cities.csv ../notes.txt ../week2/c.ipynb' : ''
        await program.locator('p', { hasText: 'the first form' }).first().waitFor()
        await program.locator('.jp-OutputArea-output', { hasText: 'first reads Nice Nice' }).waitFor()
        await runCode(program, 'import helper; print(helper.look())', `second reads Antibes Antibes 600000${own}`)
        if (course === 'all') await runCode(program, 'print("hers", open("../data/cities.csv").read())', 'hers Nice')
        await page.close()
      }
    })

    // A spare of before the content came is made of something else, and is replaced.
    it('find a server that runs already, where the course has spares, and their copy in it', async () => {
      const waiting = () =>
        carrel.query<{ id: string }>(
          "select id from servers where spare and state = 'ready' and made_of in (select digest from definitions where content like '%content/modules%')",
        )
      await until(async () => (await waiting()).length === 1, 'a spare')
      const [spare] = await waiting()
      const { page, program } = await openCopy('ready/week1/a.ipynb')
      await program.locator('p', { hasText: 'the first form' }).first().waitFor()
      await runCode(program, 'import helper; print(helper.look())', 'first reads Nice Nice 600000')
      await save(program)
      const servers = await carrel.query(
        "select servers.id, run, users.name from servers join users on users.id = user where course = 'ready' and not spare",
      )
      assert.deepEqual(servers, [{ id: spare?.id, run: 1, name: `lms:school:${learner}` }])
      await page.close()
    })
  })
}
