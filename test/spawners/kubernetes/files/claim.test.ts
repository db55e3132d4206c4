import assert from 'node:assert/strict'
import { buildClaim, homeOf } from '../../../../spawners/kubernetes/files/claim.ts'
import { sizeIn } from '../../../../spawners/kubernetes/files/measure.ts'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../../spawners/kubernetes/options.ts'

const installation = { name: 'campus', id: 'f00d' }
const home = { id: 'h0h0h0h0h0h0', account: 'oidc:https://id.example.org/ Ann Ö.', course: 'py/101' }

describe('the claim of a home', () => {
  const claim = (options: KubernetesOptionsInput['homes'] = {}, size?: number) =>
    buildClaim({ ...home, size }, installation, kubernetesOptions.parse({ homes: options }))

  it('says what it is by labels, and by annotations what no label can hold', () => {
    assert.deepEqual(claim().metadata, {
      name: 'carrel-home-h0h0h0h0h0h0',
      labels: {
        'app.kubernetes.io/name': 'carrel',
        'app.kubernetes.io/managed-by': 'carrel',
        'app.kubernetes.io/component': 'home',
        'carrel/installation': 'campus',
        'carrel/installation-id': 'f00d',
        'carrel/home': 'h0h0h0h0h0h0',
      },
      annotations: { 'carrel/account': home.account, 'carrel/course': home.course },
    })
  })

  it("has the cluster's class and 5Gi for one node at a time, unless told otherwise", () => {
    assert.deepEqual(claim().spec, { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } })
    const chosen = claim({ storageClass: 'shared', size: '20Gi', accessMode: 'ReadWriteMany' })
    assert.deepEqual(chosen.spec, {
      ...{ accessModes: ['ReadWriteMany'], storageClassName: 'shared', resources: { requests: { storage: '20Gi' } } },
    })
  })

  it("has a course's size rather than the option's", () => {
    assert.deepEqual(claim({ size: '20Gi' }, 1_000_000).spec?.resources, { requests: { storage: '1000000' } })
  })

  it('is read as the home that it was made for, by its own installation only', () => {
    const made = { ...claim(), metadata: { ...claim().metadata, uid: 'u-1' } }
    const state = { name: 'carrel-home-h0h0h0h0h0h0', uid: 'u-1' }
    assert.deepEqual(homeOf(made, installation), { ...home, name: 'carrel-home-h0h0h0h0h0h0', state })
    assert.equal(homeOf(made, { ...installation, id: 'beef' }), undefined)
    assert.equal(homeOf({ metadata: { name: 'carrel-home-h0h0h0h0h0h0' } }, installation), undefined)
  })
})

describe('the size of a home', () => {
  const cases: [printed: string, expected: ReturnType<typeof sizeIn>][] = [
    ['du 12\n', { bytes: 12_288 }],
    ['df 12 30\n', { bytes: 12_288, limit: 43_008 }],
    ['', undefined],
    ['du \n', undefined],
    ['du: unreadable', undefined],
  ]
  for (const [printed, expected] of cases) {
    it(`is read from ${JSON.stringify(printed)}`, () => assert.deepEqual(sizeIn(printed), expected))
  }
})
