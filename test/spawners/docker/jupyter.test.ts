import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { courseSchema } from '../../../courses/course.ts'
import { madeOfCourse } from '../../../hub/made-of/made-of.ts'
import { waitUntilReady } from '../../../hub/servers/ready.ts'
import { serverSpec } from '../../../hub/servers/server-spec.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import { dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { startContext } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { readImage } from '../read-image.ts'

describe('JupyterLab in a container', function () {
  this.timeout(300_000)
  let image: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('jupyter')
  })

  for (const [how, options] of [
    ['as it is', {}],
    ['with a read-only image and no internet', { writable: ['/home/jovyan'], internet: false }],
  ] as [string, DockerOptionsInput][]) {
    it(`answers under its path, opens with the run's token only, starts a kernel, and ends when it is asked to (${how})`, () =>
      livesAndEnds(options))
  }

  it('has ended in order when its learner shuts it down in the menu', () => livesAndEnds({}, { byLearner: true }))

  it('gives its static files and its notebooks to errands', async () => {
    const spawner = await openDocker()
    try {
      await readImage(spawner, image)
    } finally {
      await spawner.clear()
    }
  })

  async function livesAndEnds(options: DockerOptionsInput, { byLearner = false } = {}): Promise<void> {
    const spawner = await openDocker(options)
    try {
      const server = randomBytes(8).toString('hex')
      const path = '/user/ann/demo/'
      const limits = { cpu: 1, memory: '1G' }
      const spec = serverSpec({
        server,
        run: 1,
        madeOf: madeOfCourse(
          { hubUrl: 'http://127.0.0.1:8000', internalUrl: 'http://172.30.0.1:8082' },
          { ...courseSchema.parse({ image, limits }), name: 'demo', slug: 'demo', id: 'demo' },
        ),
        user: 'ann',
        path,
        listen: spawner.listen({ server, run: 1 }),
        key: { kid: 'k1', secret: randomBytes(32) },
      })
      const { url, state } = await spawner.start(spec, startContext())
      const signal = AbortSignal.timeout(60_000)
      await waitUntilReady({ target: url, path, poll: () => spawner.poll(spec, state), signal })

      const authorization = `token ${spec.env.JUPYTER_TOKEN}`
      const ask = (what: string, init: RequestInit = {}) => fetch(`${url}${path}api/${what}`, init)
      assert.equal((await ask('contents')).status, 403)
      const listing = await ask('contents', { headers: { authorization } })
      const { content } = (await listing.json()) as { content: { name: string }[] }
      assert.deepEqual(
        content.map(({ name }) => name),
        ['welcome.ipynb'],
      )
      const kernel = await ask('kernels', { method: 'POST', headers: { authorization } })
      assert.equal(kernel.status, 201)

      if (byLearner) {
        assert.equal((await ask('shutdown', { method: 'POST', headers: { authorization } })).status, 200)
        const end = await until(async () => {
          const seen = await spawner.poll(spec, state)
          return seen.state === 'exited' && seen
        }, 'the server to end')
        assert.deepEqual([end.code, end.reason], [0, undefined])
      }

      await spawner.stop(spec, state, { graceSeconds: 10 })
      assert.deepEqual(await spawner.poll(spec, state), { state: 'gone' })
    } finally {
      await spawner.clear()
    }
  }
})
