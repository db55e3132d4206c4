// What only a real kubelet does: pulling, limits, ends.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { kubernetesSpawner } from '../../spawners/kubernetes.ts'
import type { KubernetesOptionsInput } from '../../spawners/kubernetes-options.ts'
import type { Progress, ServerSpec, ServerStatus, Spawner, StartContext } from '../../spawners/spawner.ts'
import { makeNamespace, podsOf, removeNamespace, requireCluster, type TestCluster } from '../helpers/kubernetes.ts'

describe('the Kubernetes spawner on a real node', function () {
  this.timeout(60_000)

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

  it('fails at once when the image cannot be pulled, and says pulling before', async function () {
    // The node pulls over plain HTTP from this machine only where it is this machine.
    if (cluster.instance === undefined) this.skip()
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    const registry = createServer(async (request, response) => {
      if (request.url?.includes('/manifests/')) asked.resolve()
      await answer.promise
      response.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    try {
      const name = `127.0.0.1:${(registry.address() as AddressInfo).port}/course:1`
      const spec = newSpec({ image: name })
      const progress: Progress[] = []
      const spawner = await open({ imagePullPolicy: 'Always' })
      const started = start(spawner, spec, {
        report: (one) => {
          progress.push(one)
          if (one.phase === 'pulling') answer.resolve()
        },
      })
      const refused = assert.rejects(started, {
        name: 'SpawnError',
        message: "The image of this course cannot be pulled. The course's staff can see why.",
        detail: new RegExp(`^pod carrel-${spec.server}-1: ErrImagePull: .*${name}.*not found`),
      })
      await asked.promise
      await refused
      assert.ok(progress.some(({ phase }) => phase === 'pulling'))
      const status = await spawner.poll(spec, undefined)
      assert.ok(status.state === 'pending' && /ErrImagePull|ImagePullBackOff/.test(status.problem ?? ''))
    } finally {
      registry.close()
      registry.closeAllConnections()
    }
  })

  it('says that a server ran out of memory', async () => {
    const spawner = await open({})
    const greedy = 'sleep 1; text=x; while true; do text=$text$text; done'
    const spec = newSpec({ command: ['sh', '-c', greedy], limits: { memory: 32 * 2 ** 20 } })
    const { state } = await start(spawner, spec)
    const status = await ended(spawner, spec, state)
    assert.equal(status.reason, 'OOMKilled')
    assert.equal(status.code, 137)
  })

  it('gives programs their arguments and environment to the letter', async () => {
    const spawner = await open({})
    const odd = '$(COURSE) $$ $COURSE $'
    const spec = newSpec({ command: ['echo', odd], env: { COURSE: 'demo', ODD: odd } })
    const { state } = await start(spawner, spec)
    assert.deepEqual((await ended(spawner, spec, state)).lines, [odd])
    const other = newSpec({ command: ['sh', '-c', 'echo "$ODD, $FROM_IMAGE"'], env: { COURSE: 'demo', ODD: odd } })
    const second = await start(spawner, other)
    assert.deepEqual((await ended(spawner, other, second.state)).lines, [`${odd}, yes`])
  })

  it('calls a server that somebody deleted exited at once, and stops only when it is really gone', async () => {
    const spawner = await open({})
    const spec = newSpec({
      command: ['sh', '-c', 'trap "" TERM; httpd -f -p 8888 -h /www & while true; do wait; done'],
    })
    const { state } = await start(spawner, spec)
    await cluster.core.deleteNamespacedPod({ namespace, name: String(state.name), gracePeriodSeconds: 4 })
    assert.deepEqual(await spawner.poll(spec, state), { state: 'exited', reason: 'Deleted' })
    await assert.rejects(start(spawner, spec), { name: 'SpawnError', message: /being removed/ })
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

  function newSpec(part: Partial<ServerSpec>): ServerSpec {
    const server = randomBytes(8).toString('hex')
    const common = { course: 'demo', user: 'ann', image, command: [], env: {}, limits: {}, gpu: false }
    return { server, run: 1, hash: `hash-${server}`, ...common, ...part }
  }
})

function start(spawner: Spawner, spec: ServerSpec, context: Partial<StartContext> = {}) {
  const never = new AbortController().signal
  return spawner.start(spec, { signal: never, report: () => undefined, record: async () => undefined, ...context })
}

type Ended = Extract<ServerStatus, { state: 'exited' }>

async function ended(spawner: Spawner, ...run: Parameters<Spawner['poll']>): Promise<Ended> {
  for (;;) {
    const status = await spawner.poll(...run)
    if (status.state === 'exited') return status
    await sleep(100)
  }
}
