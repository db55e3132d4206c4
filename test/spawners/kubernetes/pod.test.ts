import assert from 'node:assert/strict'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../spawners/kubernetes/pod.ts'
import type { ServerSpec } from '../../../spawners/spawner.ts'

const installation = { name: 'campus', id: 'f00d' }

const spec: ServerSpec = {
  server: 'k3j9x0a1b2c4',
  run: 7,
  hash: 'sha-of-all',
  course: 'Demo',
  user: 'ann@example.org',
  image: 'registry.example.org/demo:1',
  command: ['jupyter', 'lab', '--ServerApp.port=8888'],
  env: { ZONE: 'z', JUPYTER_TOKEN: 'carrel-server-x' },
  limits: {},
  gpu: false,
  bundles: [],
}

const plain = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'carrel-k3j9x0a1b2c4-7',
    labels: {
      'app.kubernetes.io/name': 'carrel',
      'app.kubernetes.io/managed-by': 'carrel',
      'app.kubernetes.io/component': 'singleuser-server',
      component: 'singleuser-server',
      'hub.jupyter.org/username': 'ann-example-org---438c4c7a',
      'hub.jupyter.org/servername': 'Demo',
      'carrel/installation': 'campus',
      'carrel/installation-id': 'f00d',
      'carrel/server': 'k3j9x0a1b2c4',
      'carrel/run': '7',
      'carrel/course': 'Demo',
    },
    annotations: {
      'hub.jupyter.org/username': 'ann@example.org',
      'hub.jupyter.org/servername': 'Demo',
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
      'carrel/spec-hash': 'sha-of-all',
    },
  },
  spec: {
    schedulingGates: [{ name: 'carrel/recorded' }],
    restartPolicy: 'Never',
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'notebook',
        image: 'registry.example.org/demo:1',
        args: ['jupyter', 'lab', '--ServerApp.port=8888'],
        env: [
          { name: 'JUPYTER_TOKEN', value: 'carrel-server-x' },
          { name: 'ZONE', value: 'z' },
        ],
        ports: [{ name: 'notebook-port', containerPort: 8888 }],
        resources: { limits: {}, requests: {} },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
}

type Pod = typeof plain
type Part = Record<string, unknown>

const gpuOptions: KubernetesOptionsInput = {
  nodeAffinity: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }],
  tolerations: [{ key: 'learners', operator: 'Exists' }],
  gpu: {
    nodeAffinity: [{ key: 'ol.mit.edu/gpu_node', operator: 'In', values: ['true'] }],
    tolerations: [{ key: 'ol.mit.edu/gpu_node', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
  },
}

const cases: { title: string; options?: KubernetesOptionsInput; spec?: Partial<ServerSpec>; expected: Pod }[] = [
  { title: 'has only fixed settings without options', expected: plain },
  {
    title: 'reserves what is guaranteed and caps what is limited',
    spec: { limits: { cpu: 2, cpuGuarantee: 0.25, memory: 4 * 2 ** 30, memoryGuarantee: 2 * 2 ** 30 } },
    expected: withContainer({
      resources: { limits: { cpu: '2', memory: '4294967296' }, requests: { cpu: '0.25', memory: '2147483648' } },
    }),
  },
  {
    title: 'keeps dollars as they are, which Kubernetes would replace',
    spec: { command: ['sh', '-c', 'echo $(id) $$ $HOME'], env: { PRICE: '$(ZONE) $5' } },
    expected: withContainer({
      args: ['sh', '-c', 'echo $$(id) $$$$ $$HOME'],
      env: [{ name: 'PRICE', value: '$$(ZONE) $$5' }],
    }),
  },
  {
    title: "lets a server write to its own folders only, which begin with the image's content",
    options: { writable: ['/home/jovyan'], imagePullPolicy: 'Never', ephemeralStorage: '2Gi' },
    spec: { limits: { memory: 1024 } },
    expected: readOnly(),
  },
  {
    title: 'gives a course without GPU only what is for all pods',
    options: gpuOptions,
    expected: withSpec({
      affinity: required([{ key: 'zone', operator: 'In', values: ['a', 'b'] }]),
      tolerations: [{ key: 'learners', operator: 'Exists' }],
    }),
  },
  {
    title: 'gives a GPU course the accelerator, its nodes and their toleration',
    options: gpuOptions,
    spec: { gpu: true, limits: { memoryGuarantee: 1024 } },
    expected: withSpec(
      {
        affinity: required([
          { key: 'zone', operator: 'In', values: ['a', 'b'] },
          { key: 'ol.mit.edu/gpu_node', operator: 'In', values: ['true'] },
        ]),
        tolerations: [
          { key: 'learners', operator: 'Exists' },
          { key: 'ol.mit.edu/gpu_node', operator: 'Equal', value: 'true', effect: 'NoSchedule' },
        ],
      },
      withContainer({
        resources: { limits: { 'nvidia.com/gpu': '1' }, requests: { memory: '1024', 'nvidia.com/gpu': '1' } },
      }),
    ),
  },
  {
    title: 'asks for another kind of accelerator, and for several',
    options: { gpu: { resource: 'amd.com/gpu', count: 2 } },
    spec: { gpu: true },
    expected: withContainer({ resources: { limits: { 'amd.com/gpu': '2' }, requests: { 'amd.com/gpu': '2' } } }),
  },
  {
    title: 'asks for extended resources',
    options: { devices: { 'example.org/fpga': 2 } },
    expected: withContainer({
      resources: { limits: { 'example.org/fpga': '2' }, requests: { 'example.org/fpga': '2' } },
    }),
  },
  {
    title: 'has values of Secrets in its environment, before those of the course, which only the node reads',
    options: { secretEnv: { API_KEY: { secret: 'keys', key: 'api' }, ZONE: { secret: 'keys', key: 'zone' } } },
    expected: withContainer({
      env: [
        { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'api' } } },
        { name: 'JUPYTER_TOKEN', value: 'carrel-server-x' },
        { name: 'ZONE', valueFrom: { secretKeyRef: { name: 'keys', key: 'zone' } } },
      ],
    }),
  },
  {
    title: 'has as much shared memory as the options say',
    options: { sharedMemory: '1Gi' },
    expected: withSpec(
      { volumes: [{ name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }] },
      withContainer({ volumeMounts: [{ name: 'memory', mountPath: '/dev/shm' }] }),
    ),
  },
  {
    title: 'carries the label by which the example’s network policy knows servers without internet',
    options: { internet: false },
    expected: {
      ...plain,
      metadata: {
        ...plain.metadata,
        labels: { ...plain.metadata.labels, 'carrel/internet': 'no' } as Pod['metadata']['labels'],
      },
    },
  },
  {
    title: 'is near to other servers, or far from other pods, and its installation spread over zones',
    options: {
      podAffinity: [{ weight: 100 }, { topologyKey: 'zone', labels: { app: 'loud' }, apart: true }],
      topologySpread: [{ topologyKey: 'zone' }],
    },
    expected: withSpec({
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: ourServers() } },
          ],
        },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'loud' } } },
          ],
        },
      },
      topologySpreadConstraints: [
        { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: ourServers() },
      ],
    }),
  },
  {
    title: 'has the pull policy and the pull secrets of the options',
    options: { imagePullPolicy: 'Always', imagePullSecrets: ['registry'] },
    expected: withSpec({ imagePullSecrets: [{ name: 'registry' }] }, withContainer({ imagePullPolicy: 'Always' })),
  },
  {
    title: 'fits the Pod Security level restricted',
    options: {
      security: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 100, fsGroup: 100, supplementalGroups: [7] },
    },
    expected: withSpec({
      securityContext: {
        seccompProfile: { type: 'RuntimeDefault' },
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 100,
        fsGroup: 100,
        supplementalGroups: [7],
      },
    }),
  },
  {
    title: 'leaves capabilities for images that start as root',
    options: { security: { addCapabilities: ['SETUID', 'SETGID'] } },
    expected: withContainer({
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'], add: ['SETUID', 'SETGID'] },
      },
    }),
  },
  {
    title: 'lets a course use sudo with the options for it',
    options: { security: { allowPrivilegeEscalation: true, dropCapabilities: [], seccomp: 'Unconfined' } },
    expected: withSpec(
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      withContainer({ securityContext: { allowPrivilegeEscalation: true } }),
    ),
  },
  {
    title: 'has the options for the scheduler and the kubelet',
    options: {
      nodeSelector: { disk: 'fast' },
      serviceAccountName: 'learner',
      automountServiceAccountToken: true,
      priorityClassName: 'learners',
      schedulerName: 'user-scheduler',
      runtimeClassName: 'gvisor',
      terminationGracePeriodSeconds: 10,
      port: 9999,
    },
    expected: withSpec(
      {
        automountServiceAccountToken: true,
        serviceAccountName: 'learner',
        nodeSelector: { disk: 'fast' },
        priorityClassName: 'learners',
        schedulerName: 'user-scheduler',
        runtimeClassName: 'gvisor',
        terminationGracePeriodSeconds: 10,
      },
      withContainer({ ports: [{ name: 'notebook-port', containerPort: 9999 }] }),
    ),
  },
  {
    title: "adds the operator's labels and annotations, which may replace the customary ones",
    options: {
      labels: { app: 'jupyterhub', component: 'desk' },
      annotations: { 'example.org/team': 'maths', 'karpenter.sh/do-not-disrupt': 'false' },
    },
    expected: {
      ...plain,
      metadata: {
        ...plain.metadata,
        labels: { ...plain.metadata.labels, app: 'jupyterhub', component: 'desk' } as Pod['metadata']['labels'],
        annotations: {
          ...plain.metadata.annotations,
          'example.org/team': 'maths',
          'karpenter.sh/do-not-disrupt': 'false',
        } as Pod['metadata']['annotations'],
      },
    },
  },
]

describe('the pod of a server', () => {
  for (const { title, options = {}, spec: part = {}, expected } of cases) {
    it(title, () => {
      assert.deepEqual(buildPod({ ...spec, ...part }, [], installation, kubernetesOptions.parse(options)), expected)
    })
  }
})

describe('the options of the Kubernetes spawner', () => {
  const wrong: [why: string, options: unknown][] = [
    ['an unknown option', { nameSpace: 'x' }],
    ['an unknown nested option', { gpu: { tolerations: [{ key: 'a', efect: 'NoSchedule' }] } }],
    ["labels under Carrel's own prefix", { labels: { 'carrel/run': '9' } }],
    ["annotations under Carrel's own prefix", { annotations: { 'carrel/spec-hash': 'x' } }],
    ['a label value that no label can hold', { labels: { team: 'a b' } }],
    ['In without values', { nodeAffinity: [{ key: 'zone', operator: 'In' }] }],
    ['Exists with values', { nodeAffinity: [{ key: 'zone', operator: 'Exists', values: ['x'] }] }],
    ['a variable of the hub in the place of its own', { secretEnv: { JUPYTER_TOKEN: { secret: 'a', key: 'b' } } }],
    ['a variable of the hub’s API', { secretEnv: { JUPYTERHUB_API_URL: { secret: 'a', key: 'b' } } }],
    ['a Secret of another namespace', { secretEnv: { KEY: { secret: 'kube-system/keys', key: 'b' } } }],
    ['a resource of Kubernetes’ own as a device', { devices: { memory: 1 } }],
    ['a device that is no whole number', { devices: { 'example.org/fpga': 0.5 } }],
    ['a wish without measure', { podAffinity: [{ weight: 101 }] }],
    ['a capability in other words', { security: { addCapabilities: ['cap_sys_admin'] } }],
    ['an invalid port', { port: 0 }],
    ['an invalid namespace', { namespace: 'Learners/../kube-system' }],
  ]
  for (const [why, options] of wrong) {
    it(`refuse ${why}`, () => assert.equal(kubernetesOptions.safeParse(options).success, false))
  }
})

function withSpec(part: Part, pod: Pod = plain): Pod {
  return { ...pod, spec: { ...pod.spec, ...part } }
}

function withContainer(part: Part): Pod {
  return withSpec({ containers: [{ ...plain.spec.containers[0], ...part }] })
}

function ourServers(): Part {
  return {
    matchLabels: { 'carrel/installation': 'campus', 'carrel/installation-id': 'f00d' },
    matchExpressions: [{ key: 'carrel/server', operator: 'Exists' }],
  }
}

function required(matchExpressions: Part[]): Part {
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  }
}

function readOnly(): Pod {
  const resources = { limits: { memory: '1024', 'ephemeral-storage': '2Gi' }, requests: {} }
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  }
  const volumeMounts = [
    { name: 'writable-0', mountPath: '/tmp' },
    { name: 'writable-1', mountPath: '/home/jovyan' },
  ]
  const copy = 'for folder; do if [ -d "$$folder" ]; then cp -R "$$folder/." "/carrel$$folder/"; fi; done'
  const files = {
    name: 'files',
    image: spec.image,
    imagePullPolicy: 'Never',
    command: ['sh', '-c', copy, 'sh', '/home/jovyan'],
    volumeMounts: [{ name: 'writable-1', mountPath: '/carrel/home/jovyan' }],
    resources,
    securityContext,
  }
  return withSpec(
    { initContainers: [files], volumes: volumeMounts.map(({ name }) => ({ name, emptyDir: {} })) },
    withContainer({ imagePullPolicy: 'Never', resources, securityContext, volumeMounts }),
  )
}
