import assert from 'node:assert/strict'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import { kubernetesOptions, serverOptionNames } from '../../../spawners/kubernetes/options.ts'

describe('the options of single servers on Kubernetes', () => {
  const { serverOptions } = kubernetesSpawner({ labels: { team: 'maths' }, security: { runAsNonRoot: true } })
  const problems = (options: Record<string, unknown>) => serverOptions?.problems(options) ?? []

  it('are options of the spawner, and none that is about the cluster or about homes', () => {
    const all = Object.keys(kubernetesOptions.shape)
    const others = all.filter((name) => !(serverOptionNames as readonly string[]).includes(name))
    assert.deepEqual(others, ['kubeconfig', 'context', 'namespace', 'port', 'homes'])
    assert.deepEqual(serverOptions?.names, serverOptionNames)
  })

  it('may be all that the spawner itself may be told of servers', () => {
    const options = {
      nodeSelector: { disk: 'fast' },
      gpu: { resource: 'amd.com/gpu', count: 2, tolerations: [{ key: 'gpu', operator: 'Exists' }] },
      security: { runAsUser: 4711, runAsGroup: 7, supplementalGroups: [8] },
      secretEnv: { API_KEY: { secret: 'keys', key: 'api' } },
      mounts: [{ claim: 'sets', path: '/srv/sets' }],
      sharedMemory: '1Gi',
      internet: false,
      runtimeClassName: 'gvisor',
    }
    assert.deepEqual(problems(options), [])
    assert.deepEqual(problems({}), [])
  })

  const attacks: [what: string, options: Record<string, unknown>, path: (string | number)[]][] = [
    ['another cluster', { kubeconfig: '/etc/kubeconfig' }, ['kubeconfig']],
    ['another namespace', { namespace: 'kube-system' }, ['namespace']],
    ["labels of Carrel's own", { labels: { 'carrel/installation': 'other' } }, ['labels', 'carrel/installation']],
    ['a claim to internet', { labels: { 'carrel/internet': 'yes' } }, ['labels', 'carrel/internet']],
    [
      'the spec hash of another server',
      { annotations: { 'carrel/spec-hash': 'x' } },
      ['annotations', 'carrel/spec-hash'],
    ],
    [
      'the home of a learner as a shared claim',
      { mounts: [{ claim: 'carrel-home-a', path: '/x' }] },
      ['mounts', 0, 'claim'],
    ],
    ['the node’s kubelet', { mounts: [{ hostPath: '/var/lib/kubelet', path: '/x' }] }, ['mounts', 0, 'hostPath']],
    ['all of the node', { mounts: [{ hostPath: '/', path: '/x' }] }, ['mounts', 0, 'hostPath']],
    ['the node’s processes', { hostPID: true }, ['hostPID']],
    ['a privileged container', { security: { privileged: true } }, ['security', 'privileged']],
    [
      'an init container in the place of Carrel’s own',
      { initContainers: [{ name: 'home', image: 'x' }] },
      ['initContainers', 0, 'name'],
    ],
    [
      "the hub's own token",
      { secretEnv: { JUPYTER_TOKEN: { secret: 'a', key: 'b' } } },
      ['secretEnv', 'JUPYTER_TOKEN'],
    ],
  ]
  for (const [what, options, path] of attacks) {
    it(`refuse ${what}, with the path of the problem`, () => {
      assert.deepEqual(
        problems(options).map((problem) => problem.path),
        [path],
      )
      assert.ok(problems(options).every(({ message }) => message.length > 0))
    })
  }

  it('are told which word was meant, and which options are the same for all servers', () => {
    const told = (options: Record<string, unknown>) => problems(options).map(({ message }) => message)
    assert.deepEqual(told({ tolerationz: [], port: 9000, constructor: 1 }), [
      'is not a setting here; did you mean "tolerations"?',
      'is an option of the whole spawner, and the same for all servers',
      'is not a setting here; correct its spelling or remove it',
    ])
    assert.deepEqual(problems({ gpu: { cout: 2 } }), [
      { path: ['gpu', 'cout'], message: 'is not a setting here; did you mean "count"?' },
    ])
  })

  it('are none of a spawner whose own options are wrong', () => {
    assert.equal(kubernetesSpawner({ port: 0 }).serverOptions, undefined)
  })
})
