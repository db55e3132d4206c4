// Tests of what only a real kubelet does with containers beside a server.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import type { KubernetesOptionsInput } from '../../../../spawners/kubernetes/options.ts'
import type { ServerSpec, Spawner } from '../../../../spawners/spawner.ts'
import {
  makeNamespace,
  podsOf,
  removeNamespace,
  requireCluster,
  runInPod,
  type TestCluster,
} from '../../../helpers/engines/kubernetes.ts'
import { newSpec, startContext, webServer } from '../../../helpers/engines/started.ts'
import { until } from '../../../helpers/until.ts'

describe('containers beside a server, on a real node', function () {
  this.timeout(300_000)

  const installation = { name: 'carrel-test', id: randomBytes(4).toString('hex') }
  const shared: KubernetesOptionsInput = {
    volumes: [{ name: 'shared', emptyDir: {} }],
    mounts: [{ volume: 'shared', path: '/srv', readOnly: false }],
  }
  const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
  /** Until it is told to end. */
  const lasting = 'trap "echo end >> /shared/ends; exit 0" TERM; echo > /shared/up; while :; do sleep 1 & wait $!; done'
  let cluster: TestCluster
  let namespace: string
  let image: string
  let spawner: Spawner

  before(async function () {
    cluster = await requireCluster(this)
    image = await cluster.image('tiny')
    namespace = await makeNamespace(cluster, 'privileged')
    spawner = await open(installation)
  })

  after(async () => {
    await spawner?.close?.()
    if (namespace !== undefined) await removeNamespace(cluster, namespace)
  })

  async function open(of: typeof installation): Promise<Spawner> {
    const plugin = kubernetesSpawner({ kubeconfig: cluster.kubeconfig, namespace })
    return plugin.open({ installation: of, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined })
  }
  const withOptions = (command: string[], options: KubernetesOptionsInput, more: Partial<ServerSpec> = {}) =>
    newSpec(image, command, { env: { JUPYTER_TOKEN: 'open-sesame' }, ...more, options })
  const container = (name: string, script: string) => ({ name, image, command: ['sh', '-c', script] })
  const ended = (spec: ServerSpec) =>
    until(async () => {
      const status = await spawner.poll(spec, undefined)
      return status.state === 'exited' && status
    })
  const stop = (spec: ServerSpec, graceSeconds = 1) => spawner.stop(spec, undefined, { graceSeconds })

  it('run before it in their order, know whose server it is, and see nothing of its secrets', async () => {
    const look = 'env >> /shared/env; cat /proc/*/environ /proc/*/cmdline >> /shared/env 2> /dev/null; :'
    const fieldPath = "metadata.annotations['hub.jupyter.org/username']"
    const initContainers = ['one', 'two'].map((name) => ({
      ...container(name, `echo "${name} $WHO" >> /shared/said; ${look}`),
      env: [{ name: 'WHO', valueFrom: { fieldRef: { fieldPath } } }],
      volumeMounts,
    }))
    const sidecars = [{ ...container('three', `${look}; ${lasting}`), volumeMounts }]
    const spec = withOptions(
      [
        'sh',
        '-c',
        'until [ -e /srv/up ]; do sleep 0.1; done; cat /srv/said; grep -c -e open-sesame -e JUPYTER_ /srv/env',
      ],
      { ...shared, initContainers, sidecars },
    )
    await spawner.start(spec, startContext())
    assert.deepEqual((await ended(spec)).lines, ['one ann', 'two ann', '0'])
    await stop(spec)
  })

  it('goes on beside it until it has ended, and the end of the run is that of the server', async () => {
    const spec = withOptions(['sh', '-c', 'until [ -e /srv/go ]; do sleep 0.1; done; echo "last words"; exit 7'], {
      ...shared,
      sidecars: [{ ...container('helper', lasting), volumeMounts }],
    })
    const { state } = await spawner.start(spec, startContext())
    assert.deepEqual(await spawner.poll(spec, state), { state: 'running' })
    const [pod] = await podsOf(cluster, namespace, spec.server)
    await runInPod(cluster, namespace, pod?.metadata?.name ?? '', [
      'sh',
      '-c',
      'until [ -e /srv/up ]; do :; done; echo > /srv/go',
    ])
    assert.deepEqual(await ended(spec), { state: 'exited', code: 7, lines: ['last words'] })
    // The node itself ends the sidecar then, without a stop of ours.
    await until(async () => (await podsOf(cluster, namespace, spec.server))[0]?.status?.phase === 'Failed')
    await stop(spec)
    assert.deepEqual(await spawner.poll(spec, state), { state: 'gone' })
  })

  it('mount the home, before files of the image come into it and while the server has it', async () => {
    const id = randomBytes(8).toString('hex')
    const state = await spawner.homes?.make(
      { id, account: 'ann', course: 'demo' },
      { signal: new AbortController().signal },
    )
    assert.ok(state)
    const home = { id, state, path: '/home/jovyan', fromImage: true }
    const mounted = [{ name: 'home', mountPath: '/files' }]
    const initContainers = [
      { ...container('first', 'ls -A /files > /files/before; echo mine > /files/welcome.txt'), volumeMounts: mounted },
    ]
    const sidecars = [
      {
        ...container('helper', `until [ -e /files/go ]; do sleep 0.1; done; echo heard > /files/heard; ${lasting}`),
        volumeMounts: [...mounted, ...volumeMounts],
      },
    ]
    const look = 'cat before welcome.txt; echo > go; until [ -e heard ]; do sleep 0.1; done; cat heard'
    const spec = withOptions(['sh', '-c', look], { ...shared, initContainers, sidecars }, { home })
    await spawner.start(spec, startContext())
    const { lines = [] } = await ended(spec)
    assert.deepEqual(
      lines.filter((line) => line !== 'before' && line !== 'lost+found'),
      ['mine', 'heard'],
    )
    // The home is free only when the pod has gone, and with it the sidecar.
    await assert.rejects(async () => spawner.homes?.remove(id, state), /still uses/)
    await stop(spec)
    await spawner.homes?.remove(id, state)
  })

  const failing: [what: string, options: () => KubernetesOptionsInput, expected: RegExp][] = [
    [
      'a sidecar that ends at once, again and again',
      () => ({ sidecars: [container('helper', 'echo no config; exit 3')] }),
      /does not keep running\. .*the sidecar "helper" ended with 3: no config;/,
    ],
    [
      'a sidecar without its program',
      () => ({ sidecars: [{ name: 'helper', image, command: ['no-such-program'] }] }),
      /does not keep running\. .*the sidecar "helper" ended with 128: .*no-such-program/,
    ],
    [
      'a sidecar without its image',
      () => ({ sidecars: [{ name: 'helper', image: 'registry.test/absent:1', imagePullPolicy: 'Never' }] }),
      /need cannot be started\. .*the container "helper": ErrImageNeverPull/,
    ],
    [
      'an init container that fails',
      () => ({ initContainers: [container('first', 'echo no luck; exit 3')] }),
      /prepares the notebooks of this course has failed\. .*the init container "first" ended with 3: no luck/,
    ],
    [
      'a postStart that fails',
      () => ({ lifecycle: { postStart: { exec: { command: ['sh', '-c', 'exit 3'] } } } }),
      /could not be made ready\. .*lifecycle\.postStart: .*failed/,
    ],
  ]
  for (const [what, options, expected] of failing) {
    it(`are told in words where a start fails for ${what}`, async () => {
      const spec = withOptions(webServer, options())
      await assert.rejects(spawner.start(spec, startContext()), (error: Error & { detail?: string }) => {
        assert.match(`${error.message} ${error.detail}`, expected)
        return error.name === 'SpawnError'
      })
      await stop(spec)
    })
  }

  it('are hooks of the server itself, the first one done when it has started and the last one in its grace time', async () => {
    const spec = withOptions(webServer, {
      volumes: [{ name: 'shared', emptyDir: {} }],
      mounts: [{ volume: 'shared', path: '/srv', readOnly: false }],
      lifecycle: {
        postStart: { exec: { command: ['sh', '-c', 'sleep 2; echo begun > /srv/told'] } },
        preStop: {
          exec: { command: ['sh', '-c', 'echo bye > /srv/told; until [ -e /srv/heard ]; do sleep 0.1; done'] },
        },
      },
      sidecars: [
        {
          ...container(
            'helper',
            `until grep -q bye /shared/told; do sleep 0.1; done; echo > /shared/heard; ${lasting}`,
          ),
          volumeMounts,
        },
      ],
    })
    const { state } = await spawner.start(spec, startContext())
    const [pod] = await podsOf(cluster, namespace, spec.server)
    await runInPod(cluster, namespace, pod?.metadata?.name ?? '', ['sh', '-c', 'grep begun /srv/told'])
    // A hook that is not heard goes on for all of its time, which is longer than this test may take.
    await stop(spec, 3600)
    assert.deepEqual(await spawner.poll(spec, state), { state: 'gone' })
  })

  it('have only the rights that they ask for', async () => {
    const rights = 'grep -E "CapEff|NoNewPrivs" /proc/self/status | tr -d "\\n"; id -u; exit 3'
    const security = { runAsNonRoot: true, runAsUser: 1000 }
    const told = async (securityContext?: object) => {
      const spec = withOptions(webServer, {
        security,
        initContainers: [{ ...container('block', rights), ...(securityContext && { securityContext }) }],
      })
      const error = await spawner.start(spec, startContext()).catch((error: { detail?: string }) => error)
      await stop(spec)
      return String((error as { detail?: string }).detail).replace(/\s+/g, ' ')
    }
    assert.match(await told(), /CapEff: 0000000000000000NoNewPrivs: 1/)
    const asked = { privileged: true, runAsUser: 0, runAsNonRoot: false, capabilities: { add: ['NET_ADMIN'] } }
    assert.match(await told(asked), /CapEff: 0000[0-9a-f]*[1-9a-f][0-9a-f]*NoNewPrivs: 0/)
  })

  it('are started by one hub and taken over by another one, which neither makes nor asks for them again', async () => {
    const spec = withOptions(webServer, { ...shared, sidecars: [{ ...container('helper', lasting), volumeMounts }] })
    const killed = new AbortController()
    const record = async () => killed.abort(new Error('killed'))
    await assert.rejects(spawner.start(spec, startContext({ signal: killed.signal, record })), /killed/)
    const other = await open(installation)
    try {
      assert.equal((await other.start(spec, startContext())).adopted, true)
      assert.equal((await podsOf(cluster, namespace, spec.server)).length, 1)
      await stop(spec)
    } finally {
      await other.close?.()
    }
  })
})
