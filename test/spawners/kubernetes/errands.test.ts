import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node'
import type { PodApi } from '../../../spawners/kubernetes/api/api.ts'
import { KubernetesError } from '../../../spawners/kubernetes/api/error.ts'
import { podErrands } from '../../../spawners/kubernetes/errands.ts'
import { kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { noBundle } from '../../helpers/no-bundle.ts'

describe('an errand at Kubernetes whose connection breaks', () => {
  const installation = { name: 'carrel', id: 'f00d' }
  const errand = { id: 'k3v9x0qp2m7a', image: 'course:1', command: ['true'], bundles: [], limits: {} }

  /** Returns errands in a cluster that refuses to carry, and whose node tells of the program's end after so many looks. */
  function errandsWhere(status: number, looks: number, exitCode: number) {
    let pod: V1Pod = {}
    let left = looks
    const stateOf = (): V1ContainerState => {
      left -= 1
      return left < 0 ? { terminated: { exitCode } } : { running: {} }
    }
    const api = {
      create: async (body: V1Pod) => {
        pod = { ...body, metadata: { ...body.metadata, uid: 'u' } }
        return pod
      },
      get: async (): Promise<V1Pod | undefined> => {
        if (pod.metadata === undefined) return undefined
        const [container] = pod.spec?.containers ?? []
        const own = { name: String(container?.name), image: '', imageID: '', ready: true, restartCount: 0 }
        return { ...pod, status: { podIP: '10.0.0.1', containerStatuses: [{ ...own, state: stateOf() }] } }
      },
      exec: () => Promise.reject(new KubernetesError(status, 'the connection to the pod ended before its program')),
      events: async () => [],
      lastLines: async () => ['the last line'],
      remove: async () => {
        pod = {}
      },
    } as unknown as PodApi
    const options = kubernetesOptions.parse({})
    return podErrands(api, installation, () => options, { lay: async () => [] })
  }
  const run = (status: number, looks: number, exitCode = 7) =>
    errandsWhere(status, looks, exitCode).run(errand, {
      signal: new AbortController().signal,
      bundle: noBundle,
      stdout: new PassThrough(),
    })

  it('ends as its program did, of which the node tells a moment later', async () => {
    assert.deepEqual(await run(0, 5), { code: 7, lines: ['the last line'] })
  })

  it('fails where its program has succeeded, since parts of the streams may be lost', async () => {
    await assert.rejects(run(0, 5, 0), { message: 'The files of an errand could not be carried.' })
  })

  it('fails at once where the hub may not carry', async () => {
    await assert.rejects(run(403, Number.POSITIVE_INFINITY), {
      message: 'The files of an errand could not be carried.',
    })
  })

  it('fails where its program goes on', async () => {
    await assert.rejects(run(0, Number.POSITIVE_INFINITY), { message: 'The files of an errand could not be carried.' })
  })
})
