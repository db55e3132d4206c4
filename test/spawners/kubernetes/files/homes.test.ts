// Tests of homes and bundles on a real node: what the contract suite cannot say of every spawner.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import type { MountedHome } from '../../../../spawners/files.ts'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import type { KubernetesOptionsInput } from '../../../../spawners/kubernetes/options.ts'
import type { ServerSpec, ServerStatus, Spawner, StartContext } from '../../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import {
  makeNamespace,
  podsOf,
  removeNamespace,
  requireCluster,
  runInPod,
  type TestCluster,
} from '../../../helpers/engines/kubernetes.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { until } from '../../../helpers/until.ts'
import { type Contents, full, newBundle, plain, type TestBundle } from '../../files/archive.ts'
import { type Archives, startArchives } from './archives.ts'

const path = '/home/jovyan/work'
const laidAt = '/srv/carrel/bundle'

describe('homes and bundles on a real node', function () {
  this.timeout(300_000)

  const installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
  const cleanup = cleanupAfterEach()
  let cluster: TestCluster
  let namespace: string

  before(async function () {
    cluster = await requireCluster(this)
    namespace = await makeNamespace(cluster, 'baseline')
  })

  after(async () => {
    if (namespace !== undefined) await removeNamespace(cluster, namespace)
  })

  it('keeps what JupyterLab has saved, after a stop, a crash, and for another image', async () => {
    const spawner = await open()
    const home = await newHome(spawner)
    const token = randomBytes(16).toString('hex')
    const command = ['jupyter-lab', '--no-browser', '--ip=0.0.0.0', '--port=8888', '--ServerApp.port_retries=0']
    const spec = newSpec(await cluster.image('jupyter'), command, { home, env: { JUPYTER_TOKEN: token } })
    const authorization = `token ${token}`
    const lab = async (run: number) => {
      const { url } = await spawner.start({ ...spec, run }, startContext())
      const api = `${url}/api/contents`
      await until(async () => (await fetch(api, { headers: { authorization } }).catch(() => undefined))?.ok)
      return api
    }
    const first = await lab(1)
    const body = JSON.stringify({ type: 'file', format: 'text', content: 'saved' })
    assert.equal((await fetch(`${first}/note.txt`, { method: 'PUT', headers: { authorization }, body })).status, 201)
    await spawner.stop({ server: spec.server, run: 1 }, undefined, { graceSeconds: 2 })

    const second = await lab(2)
    const read = async (api: string) => {
      const answer = await fetch(`${api}/note.txt`, { headers: { authorization } })
      return ((await answer.json()) as { content: string }).content
    }
    assert.equal(await read(second), 'saved')
    const [pod] = await podsOf(cluster, namespace, spec.server)
    await runInPod(cluster, namespace, pod?.metadata?.name ?? '', ['sh', '-c', 'kill -KILL -1']).catch(() => undefined)
    await until(async () => (await spawner.poll({ ...spec, run: 2 }, undefined)).state === 'exited')
    await spawner.stop({ server: spec.server, run: 2 }, undefined, { graceSeconds: 2 })

    const other = newSpec(await cluster.image('other'), ['cat', 'note.txt'], { home })
    assert.deepEqual((await endOf(spawner, other)).lines, ['saved'])
  })

  it('copies as the user to which an image changes that starts as root', async () => {
    const spawner = await open({ security: { dropCapabilities: [] }, writable: ['/home/learner'] })
    const home = { ...(await newHome(spawner)), path: '/home/learner', fromImage: true }
    const image = await cluster.image('dropping')
    const bundle = await bundleOf(plain, 'home')
    const run = (script: string) =>
      endOf(spawner, newSpec(image, ['sh', '-c', script], { home, bundles: [bundle.mounted] }), { bundle: bundle.give })
    const script = 'stat -c %u note notes.txt deep/er/file.json; cat note; echo mine > note; echo mine > notes.txt'
    assert.deepEqual((await run(script)).lines, ['1001', '1001', '1001', 'from the image'])
    assert.deepEqual((await run('cat note notes.txt; ls -A')).lines, ['mine', 'mine', 'deep', 'note', 'notes.txt'])
  })

  for (const [program, image] of [
    ['wget', 'plain'],
    ['python3', 'jupyter'],
  ] as const) {
    it(`fetches a big bundle by ${program}, and goes on where the connection broke`, async function () {
      const archives = await startArchives(cluster, 2)
      if (archives === undefined) return this.skip()
      cleanup.defer(() => archives.close())
      const bundle = await bundleOf(full, 'read-only', archives)
      const spawner = await open({ writable: ['/home/jovyan'], ephemeralStorage: '1Gi' })
      const script = `cd ${laidAt}; wc -c < big.bin; readlink latest; bin/hello; echo x > new || echo locked; ls -A ..`
      const spec = newSpec(await cluster.image(image), ['sh', '-c', script], {
        ...{ bundles: [bundle.mounted], env: { JUPYTER_TOKEN: bundle.token } },
      })
      const { lines = [] } = await endOf(spawner, spec, { bundle: bundle.give })
      const seen = lines.filter((line) => !line.includes('ead-only'))
      assert.deepEqual(seen, ['2400000', 'notes.txt', 'hello', 'locked', 'bundle'])
      assert.match(archives.asked.join(), /^all 200,bytes=\d+- 206,bytes=\d+- 206$/)
    })
  }

  it('hands a big bundle to an errand, which has neither token nor network to fetch it', async () => {
    const bundle = await bundleOf(full)
    const spawner = await open()
    for (const image of ['plain', 'jupyter'] as const) {
      const stdout = new PassThrough()
      const script = `cd ${laidAt}; wc -c < big.bin; readlink latest; readlink nowhere; bin/hello; ls -A ..`
      const errand = { id: randomBytes(8).toString('hex'), command: ['sh', '-c', script], limits: {} }
      const end = await spawner.errands?.run(
        { ...errand, image: await cluster.image(image), bundles: [bundle.mounted] },
        { signal: new AbortController().signal, stdout, bundle: bundle.give },
      )
      assert.equal(end?.code, 0, end?.lines.join())
      assert.equal(String(stdout.read()), '2400000\nnotes.txt\n/no/such/file\nhello\nbundle\n')
    }
  })

  it('takes the end of a program for its end, and no input that it left unread for an error', async () => {
    const spawner = await open()
    const image = await cluster.image('plain')
    const piece = randomBytes(2 ** 16)
    for (const code of [0, 3, 0, 3]) {
      const endless = Readable.from(
        (function* () {
          for (;;) yield piece
        })(),
      )
      const errand = { id: randomBytes(8).toString('hex'), image, command: ['sh', '-c', `cat | true; exit ${code}`] }
      const signal = new AbortController().signal
      const context = { signal, stdin: endless, bundle: () => Promise.reject(new Error('none')) }
      assert.equal((await spawner.errands?.run({ ...errand, bundles: [], limits: {} }, context))?.code, code)
      assert.equal(endless.destroyed, false)
      endless.destroy()
    }
  })

  it('says that a bundle is too big where the hub has no listener from which a pod could fetch it', async () => {
    const bundle = await bundleOf(full)
    const spawner = await open()
    const spec = newSpec(await cluster.image('plain'), ['true'], { bundles: [bundle.mounted] })
    await assert.rejects(spawner.start(spec, startContext({ bundle: bundle.give })), {
      ...{ name: 'SpawnError', detail: /no listener/, lasts: true },
    })
    assert.deepEqual(await podsOf(cluster, namespace, spec.server), [])
  })

  it('makes a bundle anew that was removed after it was seen and before its pod was made', async () => {
    const spawner = await open()
    const [first, second] = [await bundleOf(plain), await bundleOf(plain, 'read-only', undefined, `${laidAt}-2`)]
    const bundles = [first.mounted, second.mounted]
    const image = await cluster.image('plain')
    await endOf(spawner, newSpec(image, ['true'], { bundles: [first.mounted] }), { bundle: first.give })
    const give = async (digest: string) => {
      if (digest === first.mounted.digest) return first.give(digest)
      await spawner.bundles?.remove(first.mounted.digest)
      return second.give(digest)
    }
    const { lines } = await endOf(spawner, newSpec(image, ['cat', `${laidAt}/notes.txt`], { bundles }), {
      bundle: give,
    })
    assert.deepEqual(lines, [plain.files['notes.txt']])
    assert.equal(first.asked, 2)
  })

  async function bundleOf(
    contents: Contents,
    into: 'read-only' | 'home' = 'read-only',
    archives?: Archives,
    at = laidAt,
  ): Promise<TestBundle> {
    const publish = archives?.publish
    const bundle = await newBundle({ ...(publish && { publish }) } as never, contents, { path: at, into })
    cleanup.defer(() => bundle.remove())
    return bundle
  }

  async function newHome(spawner: Spawner): Promise<MountedHome> {
    const id = randomBytes(8).toString('hex')
    const signal = new AbortController().signal
    const state = await spawner.homes?.make({ id, account: 'password/ann', course: 'demo' }, { signal })
    assert.ok(state)
    return { id, state, path, fromImage: false }
  }

  type Ended = Extract<ServerStatus, { state: 'exited' }>

  /** Runs a server whose program ends by itself, and returns its end when its pod is gone. */
  async function endOf(spawner: Spawner, spec: ServerSpec, context: Partial<StartContext> = {}): Promise<Ended> {
    const { state } = await spawner.start(spec, startContext(context))
    const ended = await until(async () => {
      const status = await spawner.poll(spec, state)
      return status.state === 'exited' && status
    })
    await spawner.stop(spec, state, { graceSeconds: 1 })
    return ended
  }

  async function open(options: KubernetesOptionsInput = {}): Promise<Spawner> {
    const plugin = kubernetesSpawner({ kubeconfig: cluster.kubeconfig, namespace, ...options })
    const warn = () => undefined
    const spawner = await plugin.open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn })
    cleanup.defer(async () => spawner.close?.())
    return spawner
  }
})
