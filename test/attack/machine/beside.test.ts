import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import { kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../spawners/kubernetes/pod.ts'
import { newSpec } from '../../helpers/engines/started.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: a container beside a server wants what is the server’s, or the node’s', () => {
  const plugin = kubernetesSpawner()
  const one = { name: 'one', image: 'one:1' }
  const home = { id: 'a'.repeat(12), state: {}, path: '/home/jovyan', fromImage: false }

  /** Returns whether a course may have these options, and if not, at which of them it is stopped. */
  const tried = async (options: Record<string, unknown>) =>
    plugin.serverOptions?.problems(options).map(({ path }) => path.join('.'))[0] ?? 'taken'
  const sidecar = (more: object) => tried({ sidecars: [{ ...one, ...more }] })
  const mount = (name: string) => sidecar({ volumeMounts: [{ name, mountPath: '/x' }] })
  const volume = (source: object) => tried({ volumes: [{ name: 'x', ...source }] })

  /** Returns what of the server's own is in the containers of its pod beside it. */
  const seen = async () => {
    const options = kubernetesOptions.parse({
      secretEnv: { API_KEY: { secret: 'keys', key: 'api' } },
      initContainers: [one],
      sidecars: [{ ...one, name: 'two', volumeMounts: [{ name: 'home', mountPath: '/x' }] }],
    })
    const spec = newSpec('course', ['jupyter', '--token-file=x'], {
      env: { JUPYTER_TOKEN: 's3cr3t', API: 's3cr3t' },
      home,
    })
    const pod = buildPod(spec, [], { name: 'campus', id: 'f00d' }, options).spec
    const beside = JSON.stringify(pod?.initContainers?.filter(({ name }) => ['one', 'two'].includes(name)))
    return ['s3cr3t', 'API', 'JUPYTER', 'keys', 'jupyter'].filter((word) => beside.includes(word))
  }

  const names: [who: string, name: string][] = [
    ['the server', 'notebook'],
    ['the one that fills homes', 'home'],
    ['the one that copies folders', 'files'],
    ['the one that fetches files', 'bundle-0'],
    ['an errand', 'errand'],
  ]
  const folders: [what: string, path: string][] = [
    ['the node’s kubelet', '/var/lib/kubelet'],
    ['the socket of its containers', '/run/containerd'],
    ['all of it', '/'],
    ['a folder around its secrets', '/etc/../etc'],
  ]
  const table: Attack[] = [
    {
      name: 'is a container like others, for comparison',
      rule: 'beside',
      attempt: () => sidecar({}),
      expected: 'taken',
    },
    ...names.flatMap(([who, name]): Attack[] => [
      {
        name: `takes the name of ${who}`,
        rule: 'beside',
        attempt: () => sidecar({ name }),
        expected: 'sidecars.0.name',
      },
      {
        name: `takes the name of ${who}, before it`,
        rule: 'beside',
        attempt: () => tried({ initContainers: [{ ...one, name }] }),
        expected: 'initContainers.0.name',
      },
    ]),
    { name: 'reads the variables of the server: there are none in it', rule: 'beside', attempt: seen, expected: [] },
    ...['bundle-0', 'mount-0', 'writable-0', 'memory', 'kube-api-access-x'].map(
      (name): Attack => ({
        name: `mounts a volume of the pod, ${name}`,
        rule: 'beside',
        attempt: () => mount(name),
        expected: 'sidecars.0.volumeMounts.0.name',
      }),
    ),
    {
      name: 'says that the home is another volume',
      rule: 'beside',
      attempt: () => tried({ volumes: [{ name: 'home', hostPath: { path: '/data' } }] }),
      expected: 'volumes.0.name',
    },
    {
      name: 'mounts the home of another learner, by its claim',
      rule: 'beside',
      attempt: () => volume({ persistentVolumeClaim: { claimName: 'carrel-home-abc' } }),
      expected: 'volumes.0.persistentVolumeClaim.claimName',
    },
    {
      name: 'mounts the files of another course, by their ConfigMap',
      rule: 'beside',
      attempt: () => volume({ configMap: { name: 'carrel-bundle-abc' } }),
      expected: 'volumes.0.configMap.name',
    },
    {
      name: 'leaves its folder of a volume',
      rule: 'beside',
      attempt: () => sidecar({ volumeMounts: [{ name: 'home', mountPath: '/x', subPath: 'a/../..' }] }),
      expected: 'sidecars.0.volumeMounts.0.subPath',
    },
    ...folders.map(
      ([what, path]): Attack => ({
        name: `mounts ${what}`,
        rule: 'beside',
        attempt: () => volume({ hostPath: { path } }),
        expected: 'volumes.0.hostPath.path',
      }),
    ),
    {
      name: 'is told the token by a variable of its own name',
      rule: 'beside',
      attempt: () => sidecar({ env: [{ name: 'JUPYTER_TOKEN', value: '$(JUPYTER_TOKEN)' }] }),
      expected: 'sidecars.0.env.0.name',
    },
    {
      name: 'takes a port of the node',
      rule: 'beside',
      attempt: () => sidecar({ ports: [{ containerPort: 80, hostPort: 80 }] }),
      expected: 'sidecars.0.ports.0.hostPort',
    },
    {
      name: 'listens where the server does',
      rule: 'beside',
      attempt: () => sidecar({ ports: [{ containerPort: 8888 }] }),
      expected: 'sidecars.0.ports.0.containerPort',
    },
    {
      name: 'sees the programs of the server',
      rule: 'beside',
      attempt: () => tried({ shareProcessNamespace: true }),
      expected: 'shareProcessNamespace',
    },
  ]
  const atDocker = (options: Record<string, unknown>) =>
    dockerSpawner()
      .serverOptions?.problems(options)
      .map(({ path }) => path.join('.'))[0] ?? 'taken'
  table.push(
    {
      name: 'says by a label what a stop shall run as root in a server',
      rule: 'beside',
      attempt: async () => atDocker({ labels: { 'carrel.before-stop': '{"command":["sh"],"user":"0"}' } }),
      expected: 'labels.carrel.before-stop',
    },
    {
      name: 'runs a program in a server that is no list of words',
      rule: 'beside',
      attempt: async () => atDocker({ afterStart: 'date; id' }),
      expected: 'afterStart',
    },
  )
  attacks(table)
})
