import assert from 'node:assert/strict'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../../spawners/kubernetes/pod.ts'
import { newSpec } from '../../../helpers/engines/started.ts'

const installation = { name: 'campus', id: 'f00d' }
const home = { id: 'a'.repeat(12), state: {}, path: '/home/jovyan', fromImage: true }
const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
const plain = { terminationMessagePolicy: 'FallbackToLogsOnError', securityContext: hardened }

function podOf(options: KubernetesOptionsInput, more: object = {}) {
  const spec = newSpec('course', ['jupyter'], { env: { JUPYTER_TOKEN: 'x' }, ...more })
  return buildPod(spec, [], installation, kubernetesOptions.parse(options)).spec
}

describe('the containers beside a server', () => {
  it('are before those of Carrel and after them, and have no variable of the server', () => {
    const pod = podOf(
      {
        initContainers: [
          { name: 'first', image: 'tools:1', command: ['prepare', '$(WHO)'], env: [{ name: 'WHO', value: 'x' }] },
        ],
        sidecars: [{ name: 'sync', image: 'sync:1', ports: [{ containerPort: 9000 }] }],
      },
      { home },
    )
    const [first, ours, sidecar] = pod?.initContainers ?? []
    assert.deepEqual(first, {
      name: 'first',
      image: 'tools:1',
      command: ['prepare', '$(WHO)'],
      env: [{ name: 'WHO', value: 'x' }],
      ...plain,
    })
    assert.equal(ours?.name, 'home')
    assert.deepEqual(sidecar, {
      name: 'sync',
      image: 'sync:1',
      ports: [{ containerPort: 9000 }],
      restartPolicy: 'Always',
      ...plain,
    })
    assert.deepEqual(
      pod?.containers.map(({ name }) => name),
      ['notebook'],
    )
  })

  it('mount the home where they like, and share volumes with the server', () => {
    const mounts = [
      { name: 'home', mountPath: '/files', subPath: 'work', readOnly: true },
      { name: 'scratch', mountPath: '/scratch' },
    ]
    const pod = podOf(
      {
        volumes: [
          { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
          { name: 'conf', secret: { secretName: 'sync', items: [{ key: 'a', path: 'a.conf' }] } },
        ],
        mounts: [{ volume: 'scratch', path: '/srv/scratch', readOnly: false }],
        sidecars: [{ name: 'sync', image: 'sync:1', volumeMounts: mounts }],
      },
      { home },
    )
    assert.deepEqual(pod?.volumes, [
      { name: 'home', persistentVolumeClaim: { claimName: `carrel-home-${home.id}` } },
      { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'conf', secret: { secretName: 'sync', items: [{ key: 'a', path: 'a.conf' }] } },
    ])
    assert.deepEqual(pod?.initContainers?.at(-1)?.volumeMounts, mounts)
    assert.deepEqual(pod?.containers[0]?.volumeMounts, [
      { name: 'home', mountPath: '/home/jovyan' },
      { name: 'scratch', mountPath: '/srv/scratch', readOnly: false },
    ])
  })

  it('have no rights that they do not ask for, whatever the server has', () => {
    const contextOf = (securityContext?: NonNullable<KubernetesOptionsInput['sidecars']>[number]['securityContext']) =>
      podOf({
        security: { allowPrivilegeEscalation: true, dropCapabilities: [], addCapabilities: ['CHOWN'] },
        writable: ['/home/jovyan'],
        sidecars: [{ name: 'one', image: 'one', securityContext }],
      })?.initContainers?.at(-1)?.securityContext
    assert.deepEqual(contextOf(), hardened)
    assert.deepEqual(contextOf({ runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } }), {
      allowPrivilegeEscalation: false,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    })
    const privileged = { privileged: true, runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } }
    assert.deepEqual(contextOf(privileged), privileged)
  })

  it('may be hooks of the server’s own container', () => {
    const lifecycle = {
      postStart: { exec: { command: ['sh', '-c', 'echo $HOME'] } },
      preStop: { sleep: { seconds: 2 } },
    }
    assert.deepEqual(podOf({ lifecycle })?.containers[0]?.lifecycle, lifecycle)
  })

  it('are none of errands, whose pods are built of other parts', async () => {
    const { buildErrandPod } = await import('../../../../spawners/kubernetes/errand-pod.ts')
    const options = kubernetesOptions.parse({
      initContainers: [{ name: 'one', image: 'one' }],
      sidecars: [{ name: 'two', image: 'two' }],
      lifecycle: { preStop: { sleep: { seconds: 1 } } },
      volumes: [{ name: 'scratch', emptyDir: {} }],
    })
    const errand = { id: 'b'.repeat(12), image: 'course', command: ['true'], limits: {}, bundles: [] }
    const { spec } = buildErrandPod(errand, [], { stdin: false, stdout: false }, installation, options)
    assert.deepEqual(
      [spec?.initContainers, spec?.volumes, spec?.containers[0]?.lifecycle],
      [undefined, undefined, undefined],
    )
  })

  it('cannot mount a home that is not there', () => {
    const initContainers = [{ name: 'chown', image: 'x', volumeMounts: [{ name: 'home', mountPath: '/files' }] }]
    assert.throws(() => podOf({ initContainers }), {
      name: 'SpawnError',
      lasts: true,
      detail: /"chown" mounts the volume home/,
    })
    assert.ok(podOf({ initContainers }, { home }))
  })
})

describe('the options about containers beside a server', () => {
  const { serverOptions } = kubernetesSpawner()
  const one = { name: 'one', image: 'one:1' }
  const wrong: [what: string, options: object, expected: RegExp][] = [
    ['a misspelt field', { sidecars: [{ ...one, volumeMount: [] }] }, /^sidecars\.0\.volumeMount: .*"volumeMounts"/],
    ['a field in KubeSpawner’s spelling', { sidecars: [{ ...one, volume_mounts: [] }] }, /"volumeMounts"/],
    ['a misspelt option', { initContainer: [] }, /"initContainers"/],
    [
      'a name twice',
      { initContainers: [one], sidecars: [one] },
      /^sidecars\.0\.name: is the name of another container$/,
    ],
    [
      'an image without name',
      { sidecars: [{ name: 'one', image: '' }] },
      /^sidecars\.0\.image: is no name of an image$/,
    ],
    ['a build as an image', { sidecars: [{ name: 'one', image: '@python' }] }, /is no name of an image/],
    [
      'what goes on among what ends',
      { initContainers: [{ ...one, restartPolicy: 'Always' }] },
      /move this one to sidecars/,
    ],
    [
      'what does not go on among what does',
      { sidecars: [{ ...one, restartPolicy: 'Never' }] },
      /^sidecars\.0\.restartPolicy/,
    ],
    [
      'a probe of an init container',
      { initContainers: [{ ...one, startupProbe: {} }] },
      /startupProbe: is not a setting/,
    ],
    ['a probe that does nothing', { sidecars: [{ ...one, startupProbe: {} }] }, /has one of exec, httpGet/],
    [
      'the port of the server',
      { sidecars: [{ ...one, ports: [{ containerPort: 8888 }] }] },
      /is the port of the server/,
    ],
    [
      'a hook that asks the server',
      { lifecycle: { preStop: { sleep: { seconds: 1 }, httpGet: { port: 8888 } } } },
      /httpGet: is not a setting/,
    ],
    ['an empty hook', { lifecycle: { postStart: {} } }, /^lifecycle\.postStart: has exec$/],
    [
      'a volume of two kinds',
      { volumes: [{ name: 'a', emptyDir: {}, secret: { secretName: 'x' } }] },
      /has one of emptyDir/,
    ],
    [
      'a volume twice',
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'a', emptyDir: {} },
        ],
      },
      /is the name of another volume/,
    ],
    [
      'a mount of no volume',
      { mounts: [{ volume: 'b', path: '/srv/b' }] },
      /^mounts\.0\.volume: is no volume here; there are home/,
    ],
    ['the home once more', { mounts: [{ volume: 'home', path: '/srv/b' }] }, /home\.path/],
    [
      'two volumes in one place',
      {
        volumes: [{ name: 'a', emptyDir: {} }],
        sidecars: [{ ...one, volumeMounts: ['home', 'a'].map((name) => ({ name, mountPath: '/x' })) }],
      },
      /^sidecars\.0\.volumeMounts\.1\.mountPath: has another volume already$/,
    ],
  ]
  for (const [what, options, expected] of wrong) {
    it(`refuse ${what}`, () => {
      const told = serverOptions?.problems({ ...options }).map(({ path, message }) => `${path.join('.')}: ${message}`)
      assert.equal(told?.length, 1, String(told))
      assert.match(told?.[0] ?? '', expected)
    })
  }

  it('take what is pasted from KubeSpawner’s default: a privileged container that blocks cloud metadata', () => {
    const block = {
      name: 'block-cloud-metadata',
      image: 'registry.example.org/network-tools:4',
      command: [
        'iptables',
        '--append',
        'OUTPUT',
        '--protocol',
        'tcp',
        '--destination',
        '169.254.169.254',
        '--jump',
        'DROP',
      ],
      securityContext: { privileged: true, runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } },
    }
    assert.deepEqual(serverOptions?.problems({ initContainers: [block] }), [])
  })
})
