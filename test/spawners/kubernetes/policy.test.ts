import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { KubernetesObjectApi, loadYaml, NetworkingV1Api, type V1NetworkPolicy } from '@kubernetes/client-node'
import { errandLabels, podLabels } from '../../../spawners/kubernetes/labels.ts'
import { kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { newSpec } from '../../helpers/engines/docker.ts'
import { makeNamespace, removeNamespace, requireCluster } from '../../helpers/engines/kubernetes.ts'

describe('the network policy of the Kubernetes example', () => {
  const read = async () =>
    loadYaml<V1NetworkPolicy>(
      await readFile(new URL('../../../examples/kubernetes/network-policy.yaml', import.meta.url), 'utf8'),
    )

  it('chooses the pods that the spawner makes', async () => {
    const { spec } = await read()
    const labels: Record<string, string> = podLabels(
      newSpec('image', []),
      { name: 'carrel', id: 'f00d' },
      kubernetesOptions.parse({}),
    )
    const wanted = Object.entries(spec?.podSelector?.matchLabels ?? {})
    assert.ok(wanted.length > 0)
    for (const [name, value] of wanted) assert.equal(labels[name], value)
  })

  it('lets only hub and proxies in, and lets servers out to no private address', async () => {
    const { spec } = await read()
    assert.deepEqual(spec?.policyTypes, ['Ingress', 'Egress'])
    for (const rule of spec?.ingress ?? []) assert.ok(rule._from?.every((peer) => peer.namespaceSelector !== undefined))
    const blocks = (spec?.egress ?? []).flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? []))
    const except = blocks.flatMap((block) => block.except ?? [])
    for (const range of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10']) {
      assert.ok(except.includes(range), range)
    }
    // Every rule must have `to`: without it, a rule allows every destination.
    for (const { to } of spec?.egress ?? []) assert.ok(to?.length)
  })

  it('takes the whole network from the pods of errands', async () => {
    const file = new URL('../../../examples/kubernetes/errand-policy.yaml', import.meta.url)
    const { spec } = loadYaml<V1NetworkPolicy>(await readFile(file, 'utf8'))
    assert.deepEqual([spec?.policyTypes, spec?.ingress, spec?.egress], [['Ingress', 'Egress'], undefined, undefined])
    const errand = { id: 'e0e0e0e0e0e0', image: 'image', command: [], bundles: [], limits: {} }
    const labels = errandLabels(errand, { name: 'carrel', id: 'f00d' })
    const wanted = Object.entries(spec?.podSelector?.matchLabels ?? {})
    assert.equal(wanted.length, 2)
    for (const [name, value] of wanted) assert.equal(labels[name], value)
  })

  it('is accepted by a real API server', async function () {
    const cluster = await requireCluster(this)
    const namespace = await makeNamespace(cluster)
    try {
      const policy = await read()
      const body = { ...policy, metadata: { ...policy.metadata, namespace } }
      await KubernetesObjectApi.makeApiClient(cluster.config).create(body as never)
      const networking = cluster.config.makeApiClient(NetworkingV1Api)
      const { items } = await networking.listNamespacedNetworkPolicy({ namespace })
      assert.deepEqual(JSON.parse(JSON.stringify(items[0]?.spec)), JSON.parse(JSON.stringify(policy.spec)))
    } finally {
      await removeNamespace(cluster, namespace)
    }
  })
})
