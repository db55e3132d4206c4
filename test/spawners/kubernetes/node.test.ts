// Tests of what only a real kubelet does: pulls, limits, ends.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import type { KubernetesOptionsInput } from '../../../spawners/kubernetes/options.ts'
import type { ServerStatus, Spawner, StartProgress } from '../../../spawners/spawner.ts'
import {
  makeNamespace,
  podsOf,
  removeNamespace,
  requireCluster,
  type TestCluster,
} from '../../helpers/engines/kubernetes.ts'
import { startRegistry } from '../../helpers/engines/registry.ts'
import { imageArchive, newSpec, startContext, webServer } from '../../helpers/engines/started.ts'
import { until } from '../../helpers/until.ts'
import { readImage } from '../read-image.ts'

describe('the Kubernetes spawner on a real node', function () {
  this.timeout(300_000)

  const installation = { name: 'carrel-test', id: randomBytes(4).toString('hex') }
  let cluster: TestCluster
  let namespace: string
  let image: string
  const opened: Spawner[] = []

  before(async function () {
    cluster = await requireCluster(this)
    image = await cluster.image('tiny')
    namespace = await makeNamespace(cluster)
  })

  after(async () => {
    for (const spawner of opened) await spawner.close?.()
    if (namespace !== undefined) await removeNamespace(cluster, namespace)
  })

  it('reports a pull from a registry with credentials', async function () {
    // Pulls over plain HTTP from this machine work only where the node is this machine.
    if (cluster.instance === undefined) this.skip()
    const { archive } = await imageArchive('tiny')
    const login = { username: 'course', password: 'open sesame', by: 'basic' as const }
    const registry = await startRegistry({ archive, login })
    try {
      const gate = registry.hold()
      await addPullSecret('registry', registry.address, login)
      const spawner = await open({ imagePullPolicy: 'Always', imagePullSecrets: ['registry'] })
      const spec = newSpec(registry.reference, webServer)
      const { url } = await spawner.start(
        spec,
        startContext({ report: ({ phase }) => phase === 'pulling' && gate.release() }),
      )
      assert.match(url, /^http:\/\/[\d.]+:8888$/)
      assert.deepEqual(await spawner.poll(spec, undefined), { state: 'running' })
    } finally {
      await registry.close()
    }
  })

  it('fails at once when the image does not exist, with the message of the registry for staff', async function () {
    if (cluster.instance === undefined) this.skip()
    const { archive } = await imageArchive('tiny')
    const registry = await startRegistry({ archive })
    try {
      const spec = newSpec(`${registry.address}/course/none:1`, webServer)
      const spawner = await open({})
      const progress: (string | undefined)[] = []
      const report = ({ message }: StartProgress) => progress.push(message)
      await assert.rejects(spawner.start(spec, startContext({ report })), {
        name: 'SpawnError',
        message: 'The image of this course cannot be pulled.',
        detail: new RegExp(`^pod carrel-${spec.server}-1: ErrImagePull: .*/course/none:1.*not found`),
      })
      assert.ok(progress.every((message) => !message?.includes('once more')))
      const status = await spawner.poll(spec, undefined)
      assert.ok(status.state === 'pending' && /ErrImagePull|ImagePullBackOff/.test(status.problem ?? ''))
    } finally {
      await registry.close()
    }
  })

  it('tries a second time when the registry refuses the first', async function () {
    if (cluster.instance === undefined) this.skip()
    const { archive } = await imageArchive('tiny')
    const login = { username: 'course', password: 'open sesame', by: 'basic' as const }
    const registry = await startRegistry({ archive, login })
    try {
      const spec = newSpec(registry.reference, webServer)
      // The Secret is made after the pod, as for a kubelet that has not seen it yet.
      const spawner = await open({ imagePullSecrets: ['late'] })
      const adding: Promise<void>[] = []
      const report = ({ message }: StartProgress) => {
        if (message?.includes('once more')) adding.push(addPullSecret('late', registry.address, login))
      }
      await spawner.start(spec, startContext({ report }))
      assert.equal(adding.length, 1)
      await Promise.all(adding)
    } finally {
      await registry.close()
    }
  })

  it('reports that a server ran out of memory', async () => {
    const spawner = await open({})
    const greedy = 'sleep 1; text=x; while true; do text=$text$text; done'
    const spec = newSpec(image, ['sh', '-c', greedy], { limits: { memory: 32 * 2 ** 20 } })
    const { state } = await spawner.start(spec, startContext())
    const status = await ended(spawner, spec, state)
    assert.equal(status.outOfMemory, true)
    assert.equal(status.code, 137)
  })

  it('gives programs their arguments and environment unchanged', async () => {
    const spawner = await open({})
    const odd = '$(COURSE) $$ $COURSE $'
    const spec = newSpec(image, ['echo', odd], { env: { COURSE: 'demo', ODD: odd } })
    const { state } = await spawner.start(spec, startContext())
    assert.deepEqual((await ended(spawner, spec, state)).lines, [odd])
    const other = newSpec(image, ['sh', '-c', 'echo "$ODD, $FROM_IMAGE"'], { env: { COURSE: 'demo', ODD: odd } })
    const second = await spawner.start(other, startContext())
    assert.deepEqual((await ended(spawner, other, second.state)).lines, [`${odd}, yes`])
  })

  it('carries the static files and the notebooks of an image to the hub', async () => {
    await readImage(await open({ imagePullPolicy: 'Never' }), await cluster.image('jupyter'))
  })

  it('gives a server no rights, no token and no folders but its own', async () => {
    const jupyter = await cluster.image('jupyter')
    const spawner = await open({ writable: ['/home/jovyan'], ephemeralStorage: '1Gi', imagePullPolicy: 'Never' })
    const look = `
import os, subprocess
fields = dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)
print(*(fields[name].strip() for name in ('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp')), os.getuid())
print(os.path.exists('/var/run/secrets/kubernetes.io'), [name for name in os.environ if '_SERVICE_' in name and not name.startswith('KUBERNETES_')])
def can(folder):
    try: open(folder + '/file', 'w').write('x')
    except OSError: return False
    return True
print([folder for folder in ('/', '/etc', '/opt', '/home', '/var/tmp', '/tmp', '/home/jovyan') if can(folder)])
print(sorted(os.listdir('/home/jovyan')), subprocess.run(['mount', '-t', 'tmpfs', 'none', '/tmp'], capture_output=True).returncode != 0)
print(os.listdir('/proc/1/root/proc') == [] or [int(pid) for pid in os.listdir('/proc') if pid.isdigit()][:1])`
    const spec = newSpec(jupyter, ['python3', '-c', look])
    const { state } = await spawner.start(spec, startContext())
    const { lines = [] } = await ended(spawner, spec, state)
    const none = '0000000000000000'
    assert.deepEqual(lines, [
      `${none} ${none} 1 2 1000`,
      'False []',
      "['/tmp', '/home/jovyan']",
      "['file', 'welcome.ipynb'] True",
      '[1]',
    ])
  })

  it('gives a server secrets that only the node reads, and shared memory, and says which image it runs', async () => {
    const stringData = { api: 'open sesame', zone: 'b' }
    await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name: 'keys' }, stringData } })
    const spawner = await open({})
    const options = {
      secretEnv: { API_KEY: { secret: 'keys', key: 'api' }, ZONE: { secret: 'keys', key: 'zone' } },
      sharedMemory: '80Mi',
    }
    const look =
      'echo "$API_KEY, $ZONE"; df -k /dev/shm | while read a size b; do echo "$size"; done; : > /dev/shm/mine && ls /dev/shm'
    const spec = newSpec(image, ['sh', '-c', look], { env: { ZONE: 'a' }, options })
    const started = await spawner.start(spec, startContext())
    assert.deepEqual(
      (await ended(spawner, spec, started.state)).lines?.filter((line) => !/blocks/.test(line)),
      ['open sesame, b', String(80 * 1024), 'mine'],
    )
    assert.match(started.image ?? '', /^sha256:[0-9a-f]{64}$/)
    const again = await spawner.start(spec, startContext())
    assert.deepEqual([again.adopted, again.image], [true, started.image])

    const none = newSpec(image, webServer, { options: { secretEnv: { API_KEY: { secret: 'none', key: 'api' } } } })
    await assert.rejects(spawner.start(none, startContext()), {
      name: 'SpawnError',
      lasts: true,
      detail: /CreateContainerConfigError: secret "none" not found/,
    })
  })

  it('polls a deleted pod as exited at once, and resolves a stop only when the pod is gone', async () => {
    const spawner = await open({})
    const spec = newSpec(image, ['sh', '-c', 'trap "" TERM; httpd -f -p 8888 -h /www & while true; do wait; done'])
    const { state } = await spawner.start(spec, startContext())
    await cluster.core.deleteNamespacedPod({ namespace, name: String(state.name), gracePeriodSeconds: 12 })
    assert.deepEqual(await spawner.poll(spec, state), { state: 'exited', reason: 'Deleted' })
    await assert.rejects(spawner.start(spec, startContext()), { name: 'SpawnError', message: /being removed/ })
    await spawner.stop(spec, state, { graceSeconds: 1 })
    assert.deepEqual(await podsOf(cluster, namespace, spec.server), [])
    assert.deepEqual(await spawner.poll(spec, state), { state: 'gone' })
  })

  async function open(options: KubernetesOptionsInput): Promise<Spawner> {
    const standard = { kubeconfig: cluster.kubeconfig, namespace, security: { runAsNonRoot: true } }
    const plugin = kubernetesSpawner({ ...standard, ...options })
    const warn = () => undefined
    const spawner = await plugin.open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn })
    opened.push(spawner)
    return spawner
  }

  async function addPullSecret(name: string, registry: string, login: { username: string; password: string }) {
    const stringData = { '.dockerconfigjson': JSON.stringify({ auths: { [`http://${registry}`]: login } }) }
    const body = { metadata: { name }, type: 'kubernetes.io/dockerconfigjson', stringData }
    await cluster.core.createNamespacedSecret({ namespace, body })
  }
})

type Ended = Extract<ServerStatus, { state: 'exited' }>

async function ended(spawner: Spawner, ...run: Parameters<Spawner['poll']>): Promise<Ended> {
  return until(async () => {
    const status = await spawner.poll(...run)
    return status.state === 'exited' && status
  })
}
