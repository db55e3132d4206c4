import assert from 'node:assert/strict'
import type { V1Pod } from '@kubernetes/client-node'
import type { PodApi } from '../../../spawners/kubernetes/api/api.ts'
import { KubernetesError } from '../../../spawners/kubernetes/api/error.ts'
import { untilStarted } from '../../../spawners/kubernetes/start.ts'
import type { StartProgress } from '../../../spawners/spawner.ts'

describe('a start at Kubernetes that waits for a machine', () => {
  it('says so once more after the cluster did not answer for a moment', async () => {
    const full = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' }
    const waiting: V1Pod = { metadata: { uid: 'u' }, status: { phase: 'Pending', conditions: [full] } }
    const started: V1Pod = {
      metadata: { uid: 'u' },
      status: {
        phase: 'Running',
        podIP: '10.0.0.1',
        conditions: [{ type: 'PodScheduled', status: 'True' }],
        containerStatuses: [
          {
            name: 'notebook',
            image: '',
            imageID: '',
            ready: true,
            restartCount: 0,
            started: true,
            state: { running: {} },
          },
        ],
      },
    }
    const looks = [waiting, new KubernetesError(0, 'away'), waiting, started]
    const api = {
      get: async () => {
        const next = looks.shift()
        if (next instanceof Error) throw next
        return next
      },
      events: async () => [],
    } as unknown as PodApi
    const told: StartProgress[] = []
    const context = {
      signal: new AbortController().signal,
      report: (progress: StartProgress) => void told.push(progress),
    }
    const made = { name: 'carrel-x-1', uid: 'u', gated: false, adopted: false }
    assert.equal((await untilStarted(api, made, context)).address, '10.0.0.1')
    assert.deepEqual(
      told.map(({ lacksRoom = false }) => lacksRoom),
      [true, false, true],
    )
  })
})
