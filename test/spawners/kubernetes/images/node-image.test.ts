import assert from 'node:assert/strict'
import type { V1ContainerStatus } from '@kubernetes/client-node'
import { imageContainer } from '../../../../spawners/kubernetes/images/daemon-set.ts'
import { inPod, onNode, together } from '../../../../spawners/kubernetes/images/node-image.ts'

const image = 'registry.test/course:1'
const [older, newer] = ['a1', 'b2'].map((part) => `sha256:${part.repeat(32)}`)

describe('what a node has of an image', () => {
  const pod = (status: Partial<V1ContainerStatus>) => ({
    status: {
      containerStatuses: [
        { name: imageContainer(image), image, imageID: '', ready: false, restartCount: 0, ...status },
      ],
    },
  })
  const waiting = (reason: string, message?: string) =>
    pod({ state: { waiting: { reason, ...(message && { message }) } } })

  it('is known by the container of its pod that runs, or that could not be made of the image', () => {
    const imageID = `registry.test/course@${older}`
    assert.deepEqual(inPod(pod({ imageID, state: { running: {} } }), image), { state: 'has', id: older })
    assert.deepEqual(inPod(pod({ imageID, state: { waiting: { reason: 'CrashLoopBackOff' } } }), image), {
      state: 'has',
      id: older,
    })
    assert.deepEqual(inPod(waiting('RunContainerError'), image), { state: 'has', id: undefined })
  })

  it('is not there while it is fetched, before the pod has begun, and where the pod has other images', () => {
    for (const one of [undefined, {}, waiting('ContainerCreating'), pod({ state: {} }), pod({ name: 'image-other' })]) {
      assert.deepEqual(inPod(one, image), { state: 'waits' })
    }
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }]
    assert.deepEqual(inPod({ status: { conditions } }, image), { state: 'waits', why: '0/3 nodes are available' })
  })

  it('could not be got, for good or for now', () => {
    for (const [reason, message, lasts] of [
      ['ErrImagePull', 'rpc error: manifest unknown', true],
      ['ImagePullBackOff', `Back-off: ErrImagePull: ${image}: not found`, true],
      ['ErrImagePull', 'connection refused', false],
      ['ErrImageNeverPull', undefined, true],
      ['InvalidImageName', undefined, true],
    ] as const) {
      const why = message === undefined ? reason : `${reason}: ${message}`
      assert.deepEqual(inPod(waiting(reason, message), image), { state: 'failed', why, lasts })
    }
  })

  it('is what the node itself names so, by the digest of that name and not of one that it had', () => {
    const node = (...images: string[][]) => ({ name: 'node', labels: {}, taints: [], images })
    const moved = node([`registry.test/course@${older}`], [`registry.test/course@${newer}`, image])
    assert.deepEqual(onNode(moved, image), { state: 'has', id: newer })
    assert.deepEqual(onNode(node([`other.test/course@${older}`, `registry.test/course@${newer}`, image]), image), {
      state: 'has',
      id: newer,
    })
    assert.deepEqual(onNode(node([`registry.test/course@${older}`]), image), { state: 'waits' })
    assert.deepEqual(onNode(node([image]), image), { state: 'has', id: undefined })
    assert.deepEqual(onNode(undefined, image), { state: 'waits' })
    assert.deepEqual(onNode(node([]), 'no image'), { state: 'waits' })
  })

  it('is, with images beside it, what all of them are together', () => {
    const has = { state: 'has', id: older } as const
    const failed = { state: 'failed', why: 'not found', lasts: true } as const
    const of = (
      own: Parameters<typeof together>[1] extends ReadonlyMap<string, infer S> ? S : never,
      sync: typeof own,
    ) =>
      together(
        image,
        new Map([
          [image, own],
          ['sync:1', sync],
        ]),
      )
    assert.deepEqual(of(has, { state: 'has', id: newer }), has)
    assert.deepEqual(of(has, { state: 'waits' }), { state: 'waits' })
    assert.deepEqual(of({ state: 'waits', why: 'no room' }, has), { state: 'waits', why: 'no room' })
    assert.deepEqual(of(has, failed), { ...failed, why: 'sync:1, which its servers need beside it: not found' })
    assert.deepEqual(of(failed, { state: 'waits' }), failed)
    assert.deepEqual(together(image, new Map()), { state: 'waits' })
  })
})
