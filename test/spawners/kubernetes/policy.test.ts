import assert from 'node:assert/strict'
import { KubernetesObjectApi, NetworkingV1Api, type V1NetworkPolicy } from '@kubernetes/client-node'
import { errandLabels, objectLabels, podLabels } from '../../../spawners/kubernetes/labels.ts'
import { kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { makeNamespace, removeNamespace, requireCluster } from '../../helpers/engines/kubernetes.ts'
import { policiesFor } from '../../helpers/engines/network-policy.ts'
import { newSpec } from '../../helpers/engines/started.ts'

describe('the network policy of the Kubernetes example', () => {
  const installation = { name: 'carrel', id: 'f00d' }
  const forServers = (options = {}) =>
    policiesFor(podLabels(newSpec('image', []), installation, kubernetesOptions.parse(options)))
  const blocksOf = (policies: V1NetworkPolicy[]) =>
    policies
      .flatMap(({ spec }) => spec?.egress ?? [])
      .flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? []))

  it('chooses the pods that the spawner makes', async () => {
    assert.deepEqual(
      (await forServers()).map(({ metadata }) => metadata?.name),
      ['carrel-servers', 'carrel-servers-internet'],
    )
  })

  it('lets only hub and proxies in, and lets servers out to no private address', async () => {
    const policies = await forServers()
    assert.deepEqual(policies[0]?.spec?.policyTypes, ['Ingress', 'Egress'])
    const ingress = policies.flatMap(({ spec }) => spec?.ingress ?? [])
    assert.ok(ingress.length > 0)
    for (const rule of ingress) assert.ok(rule._from?.every((peer) => peer.namespaceSelector !== undefined))
    const except = blocksOf(policies).flatMap((block) => block.except ?? [])
    for (const range of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10']) {
      assert.ok(except.includes(range), range)
    }
    // Every rule must have `to`: without it, a rule allows every destination.
    for (const { to } of policies.flatMap(({ spec }) => spec?.egress ?? [])) assert.ok(to?.length)
  })

  it('lets a server without internet out to hub and DNS only, whatever labels its options give it', async () => {
    assert.ok(blocksOf(await forServers()).length > 0)
    const policies = await forServers({ internet: false, labels: { internet: 'yes' } })
    assert.deepEqual(
      policies.map(({ metadata }) => metadata?.name),
      ['carrel-servers'],
    )
    assert.deepEqual(blocksOf(policies), [])
  })

  it('takes the whole network from the pods of errands', async () => {
    const errand = { id: 'e0e0e0e0e0e0', image: 'image', command: [], bundles: [], limits: {} }
    const [policy, ...others] = await policiesFor(errandLabels(errand, installation), 'errand-policy.yaml')
    const { policyTypes, ingress, egress } = policy?.spec ?? {}
    assert.deepEqual([policyTypes, ingress, egress, others], [['Ingress', 'Egress'], undefined, undefined, []])
  })

  it('takes the whole network from the pods that keep images on nodes', async () => {
    const labels = objectLabels('images', 'a1b2', installation)
    const [policy, ...others] = await policiesFor(labels, 'errand-policy.yaml')
    assert.deepEqual([policy?.metadata?.name, policy?.spec?.egress, others], ['carrel-errands', undefined, []])
    assert.deepEqual(await policiesFor(labels), [])
  })

  it('is accepted by a real API server', async function () {
    const cluster = await requireCluster(this)
    const namespace = await makeNamespace(cluster)
    try {
      const policies = await forServers()
      for (const policy of policies) {
        const body = { ...policy, metadata: { ...policy.metadata, namespace } }
        await KubernetesObjectApi.makeApiClient(cluster.config).create(body as never)
      }
      const networking = cluster.config.makeApiClient(NetworkingV1Api)
      const { items } = await networking.listNamespacedNetworkPolicy({ namespace })
      const specs = (all: V1NetworkPolicy[]) => JSON.parse(JSON.stringify(all.map(({ spec }) => spec)))
      assert.deepEqual(specs(items), specs(policies))
    } finally {
      await removeNamespace(cluster, namespace)
    }
  })
})
