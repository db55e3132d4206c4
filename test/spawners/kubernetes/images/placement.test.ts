import assert from 'node:assert/strict'
import type { SeenNode } from '../../../../spawners/kubernetes/api/daemon-sets.ts'
import { allows, placementOf } from '../../../../spawners/kubernetes/images/placement.ts'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../../spawners/kubernetes/options.ts'

const gpuTaint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' }
const node = (labels: SeenNode['labels'], ...taints: SeenNode['taints']): SeenNode => {
  return { name: 'node', labels, taints, images: [] }
}
const place = (options: KubernetesOptionsInput = {}, gpu = false) => placementOf(kubernetesOptions.parse(options), gpu)

describe('the placement of a pod', () => {
  const cases: [title: string, options: KubernetesOptionsInput, gpu: boolean, node: SeenNode, expected: boolean][] = [
    ['any node', {}, false, node({}), true],
    ['a node with the labels', { nodeSelector: { disk: 'fast' } }, false, node({ disk: 'fast', zone: 'a' }), true],
    ['a node with another label', { nodeSelector: { disk: 'fast' } }, false, node({ disk: 'slow' }), false],
    ['one of some zones', required('zone', 'In', ['a', 'b']), false, node({ zone: 'b' }), true],
    ['none of these zones', required('zone', 'NotIn', ['a']), false, node({ zone: 'a' }), false],
    ['a node without zone, as none of these', required('zone', 'NotIn', ['a']), false, node({}), true],
    ['a label that is there', required('zone', 'Exists'), false, node({}), false],
    ['a label that is not there', required('zone', 'DoesNotExist'), false, node({}), true],
    ['more cores', required('cores', 'Gt', ['8']), false, node({ cores: '16' }), true],
    ['fewer cores', required('cores', 'Lt', ['8']), false, node({ cores: '16' }), false],
    ['a node that is closed', {}, false, node({}, gpuTaint), false],
    ['a node that would rather not', {}, false, node({}, { ...gpuTaint, effect: 'PreferNoSchedule' }), true],
    [
      'a node whose taint is tolerated',
      { tolerations: [{ key: 'gpu', value: 'yes' }] },
      false,
      node({}, gpuTaint),
      true,
    ],
    ['a taint with another value', { tolerations: [{ key: 'gpu', value: 'no' }] }, false, node({}, gpuTaint), false],
    ['any taint', { tolerations: [{ operator: 'Exists' }] }, false, node({}, gpuTaint), true],
    ['a taint of another effect', tolerating('gpu', 'NoExecute'), false, node({}, gpuTaint), false],
    ['what GPUs tolerate, without one', { gpu: tolerating('gpu', 'NoSchedule') }, false, node({}, gpuTaint), false],
    ['what GPUs tolerate, with one', { gpu: tolerating('gpu', 'NoSchedule') }, true, node({}, gpuTaint), true],
  ]
  for (const [title, options, gpu, at, expected] of cases) {
    it(`${expected ? 'allows' : 'refuses'} ${title}`, () => assert.equal(allows(place(options, gpu), at), expected))
  }

  it('is the same for the same choice of nodes, whatever else differs', () => {
    const one = place({ nodeSelector: { a: '1', b: '2' }, labels: { team: 'x' }, sharedMemory: '1Gi' })
    assert.equal(place({ nodeSelector: { b: '2', a: '1' }, writable: ['/work'] }).key, one.key)
    assert.notEqual(place({ nodeSelector: { a: '1' } }).key, one.key)
    assert.notEqual(place({ imagePullSecrets: ['registry'] }).key, place().key)
    assert.notEqual(place({ gpu: tolerating('gpu', 'NoSchedule') }, true).key, place().key)
  })
})

type Requirement = NonNullable<KubernetesOptionsInput['nodeAffinity']>[number]

function required(key: string, operator: Requirement['operator'], values?: string[]): KubernetesOptionsInput {
  return { nodeAffinity: [{ key, operator, ...(values && { values }) }] }
}

function tolerating(key: string, effect: 'NoSchedule' | 'NoExecute') {
  return { tolerations: [{ key, operator: 'Exists' as const, effect }] }
}
