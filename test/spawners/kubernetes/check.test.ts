import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import type { KubernetesOptionsInput } from '../../../spawners/kubernetes/options.ts'
import type { CheckedCourse } from '../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'

describe('the look of the Kubernetes spawner', () => {
  const cleanup = cleanupAfterEach()
  const courses = [
    { name: 'demo', image: 'registry.example.org/course:1' },
    { name: 'other', image: 'registry.example.org/course:1' },
  ]

  async function look(
    options: KubernetesOptionsInput,
    ask = true,
    all: readonly CheckedCourse[] = courses,
  ): Promise<string[]> {
    const { signal } = new AbortController()
    const found = (await kubernetesSpawner(options).check?.({ courses: all, ask, signal })) ?? []
    return found.map(({ course, verdict, message }) => `${course ?? 'spawner'} ${verdict}: ${message}`)
  }

  /** Starts an API that answers only who may do what, and returns a kubeconfig for it. */
  async function cluster(
    mayDo: (verb: string, resource: string) => boolean,
  ): Promise<{ kubeconfig: string; asked: string[] }> {
    const asked: string[] = []
    const server = createServer(async (request, response) => {
      asked.push(`${request.method} ${request.url}`)
      const { spec } = (await json(request)) as { spec: { resourceAttributes: { verb: string; resource: string } } }
      const status = { allowed: mayDo(spec.resourceAttributes.verb, spec.resourceAttributes.resource) }
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec, status }),
      )
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const folder = await mkdtemp(join(tmpdir(), 'carrel-kubeconfig-'))
    cleanup.defer(async () => {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    })
    const kubeconfig = join(folder, 'config.json')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const content = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
      clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'notebooks' } }],
    }
    await writeFile(kubeconfig, JSON.stringify(content))
    return { kubeconfig, asked }
  }

  it('tells what a course has lost of the security of all by one of its own', async () => {
    const of = (security: object) =>
      look({ security: { runAsNonRoot: true, runAsUser: 1000 } }, false, [
        { name: 'demo', image: 'course:1', options: { security } },
        { name: 'other', image: 'course:1' },
      ])
    assert.deepEqual(await of({ addCapabilities: ['CHOWN'], runAsUser: 1001 }), [
      'demo problem: its security stands in the place of the whole one of the spawner, whose runAsNonRoot does not hold for it. Say runAsNonRoot there too, as you want it.',
    ])
    assert.match((await of({})).join(), /whose runAsNonRoot, runAsUser do not hold/)
    assert.deepEqual(await of({ runAsNonRoot: false, runAsUser: 1000 }), [])
  })

  it('asks only for its rights, and does not know what nodes have or get', async () => {
    const { kubeconfig, asked } = await cluster(() => true)
    assert.deepEqual(await look({ kubeconfig }), [
      "spawner ok: the cluster answers, and gives the hub's account its rights",
      'spawner unknown: whether nodes get the image registry.example.org/course:1: the nodes fetch them when a pod starts',
    ])
    assert.match(
      (await look({ kubeconfig, imagePullPolicy: 'Never' })).join(),
      /imagePullPolicy is Never, so each node/,
    )
    assert.deepEqual([...new Set(asked)], ['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews'])
  })

  it('finds a problem with rights that are missing, and with a cluster that is away', async () => {
    const { kubeconfig } = await cluster((verb) => verb !== 'create')
    assert.match(
      (await look({ kubeconfig })).join(),
      /^spawner problem: the hub's account may not create pods in .*"notebooks"/,
    )
    const [first] = await look({ kubeconfig: '/nonexistent/kubeconfig' })
    assert.match(first ?? '', /^spawner problem: the kubeconfig cannot be read/)
  })

  it('says which rights are missing for homes and files, and that a cluster without them is sound', async () => {
    const { kubeconfig } = await cluster((_verb, resource) => resource !== 'persistentvolumeclaims')
    const [sound, files] = await look({ kubeconfig })
    assert.match(sound ?? '', /^spawner ok: /)
    assert.match(
      files ?? '',
      /^spawner unknown: .*may not get persistentvolumeclaims, list .*delete persistentvolumeclaims\. /,
    )
    assert.doesNotMatch(files ?? '', /configmaps|exec/)
  })

  it('says which rights are missing for images on nodes', async () => {
    const { kubeconfig } = await cluster((verb, resource) => resource !== 'daemonsets' || verb === 'list')
    const [sound, images] = await look({ kubeconfig })
    assert.match(sound ?? '', /^spawner ok: /)
    assert.match(
      images ?? '',
      /^spawner unknown: whether nodes could fetch images .*may not create daemonsets\.apps, update .*delete daemonsets\.apps\. /,
    )
  })

  it('without asking finds only a course without an image', async () => {
    assert.deepEqual(await look({ kubeconfig: '/nonexistent' }, false, [...courses, { name: 'none', image: '' }]), [
      'none problem: its image is empty. Name one, like registry.example.org/course:1.',
    ])
  })
})
