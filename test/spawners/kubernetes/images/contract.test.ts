import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import { makeNamespace, removeNamespace, requireCluster } from '../../../helpers/engines/kubernetes.ts'
import { imageArchive, webServer } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { describeImages } from '../../contract-images.ts'
import { registryOf } from '../../image-registry.ts'

describeImages('the Kubernetes spawner', async (test) => {
  const cluster = await requireCluster(test)
  // Pulls over plain HTTP from this machine work only where the node is this machine.
  if (cluster.instance === undefined)
    requirePart(test, 'kubernetes', 'its nodes do not reach a registry of this machine')
  const registry = await registryOf((await imageArchive('tiny')).archive)
  const namespace = await makeNamespace(cluster)
  const plugin = kubernetesSpawner({ kubeconfig: cluster.kubeconfig, namespace, security: { runAsNonRoot: true } })
  return {
    ...registry,
    places: 1,
    open: (installation) =>
      plugin.open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }),
    working: () => webServer,
    // Each name is one that the node has never seen.
    forget: async () => undefined,
    async close() {
      await removeNamespace(cluster, namespace)
      await registry.close()
    },
  }
})
