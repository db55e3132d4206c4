import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import {
  grantDocumentedRole,
  kubeconfigOf,
  makeNamespace,
  podsOf,
  removeNamespace,
  requireCluster,
  runInPod,
} from '../../helpers/engines/kubernetes.ts'
import { describeSpawner, greedyCommand, rememberingCommand } from '../contract.ts'

// The cluster has no API of metrics; `memory.test.ts` is about it. The suite runs with the service account of the example's README, in a namespace that enforces `restricted`.
describeSpawner('the Kubernetes spawner', 1, async (test) => {
  const cluster = await requireCluster(test)
  const image = await cluster.image('tiny')
  const namespace = await makeNamespace(cluster)
  const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  await grantDocumentedRole(cluster, namespace)
  const kubeconfig = await kubeconfigOf(cluster, namespace, 'carrel-hub', folder)
  const plugin = kubernetesSpawner({ kubeconfig, security: { runAsNonRoot: true } })
  const warn = (message: string) => {
    throw new Error(`a spawner with all rights warns: ${message}`)
  }
  return {
    plugin,
    missingImage: 'registry.test/absent:1',
    open: (installation) => plugin.open({ installation, dataDir: folder, hubUrl: '', serversUrl: '', warn }),
    working: () => ({ image, command: ['httpd', '-f', '-p', '8888', '-h', '/www'] }),
    exiting: (_listen, code, line) => ({ image, command: ['sh', '-c', `echo '${line}'; exit ${code}`] }),
    killed: () => ({ image, command: ['sh', '-c', 'kill -9 $$'] }),
    greedy: () => ({ image, command: greedyCommand, limits: { memory: 32 * 2 ** 20 } }),
    async freeze(server) {
      const [pod] = await podsOf(cluster, namespace, server)
      // All processes but the first, which the system protects, and `kill` itself.
      await runInPod(cluster, namespace, pod?.metadata?.name ?? '', ['kill', '-STOP', '-1'])
    },
    remembering: () => ({ image, command: rememberingCommand(8888) }),
    impossible: () => ({ image: 'registry.test/absent:1', command: [] }),
    objects: async (server) => (await podsOf(cluster, namespace, server)).map((pod) => pod.metadata?.name ?? ''),
    visible: async (server) =>
      JSON.stringify(
        (await podsOf(cluster, namespace, server)).map(({ metadata, spec }) => [
          metadata,
          spec?.containers.map(({ args, command }) => [args, command]),
        ]),
      ),
    close: async () => {
      await removeNamespace(cluster, namespace)
      await rm(folder, { recursive: true })
    },
  }
})
