import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  grantDocumentedRole,
  kubeconfigOf,
  makeNamespace,
  removeNamespace,
  requireCluster,
  runInPod,
} from '../../helpers/engines/kubernetes.ts'
import { describeFiles } from '../contract-files.ts'
import { startArchives } from './files/archives.ts'
import { open } from './hub-of-a-test.ts'

// The suite runs with the service account of the example's README.
describeFiles('the Kubernetes spawner', async (test) => {
  const cluster = await requireCluster(test)
  const namespace = await makeNamespace(cluster, 'baseline')
  const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  await grantDocumentedRole(cluster, namespace)
  const kubeconfig = await kubeconfigOf(cluster, namespace, 'carrel-hub', folder)
  const [plain, other, root] = await Promise.all([
    cluster.image('plain'),
    cluster.image('other'),
    cluster.image('root'),
  ])
  const archives = await startArchives(cluster)
  const setting = JSON.stringify({ kubeconfig, homes: { measureImage: plain } })
  const podsOf = async (id: string) => {
    const found = await Promise.all(
      ['server', 'errand'].map((kind) =>
        cluster.core.listNamespacedPod({ namespace, labelSelector: `carrel/${kind}=${id}` }),
      ),
    )
    return found.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name ?? ''))
  }
  return {
    open: (installation) => open(setting, installation),
    images: { plain, other, root },
    missingImage: 'registry.test/absent:1',
    path: '/home/jovyan/work',
    working: (listen) => ['httpd', '-f', '-p', String('port' in listen && listen.port), '-h', '/www'],
    async kill(server) {
      const [pod = ''] = await podsOf(server)
      // All processes but the first, which the system protects and which ends with them, and `kill` itself.
      await runInPod(cluster, namespace, pod, ['kill', '-KILL', '-1'])
    },
    objects: podsOf,
    elsewhere: '/www',
    ...(archives && { publish: archives.publish }),
    hub: { module: join(import.meta.dirname, 'hub-of-a-test.ts'), setting },
    can: { absolutePaths: true, imageUsers: true, errandNetwork: 'policy', sizes: false, lockedBundles: true },
    async close() {
      await archives?.close()
      await removeNamespace(cluster, namespace)
      await rm(folder, { recursive: true })
    },
  }
})
