/** Looks whether pods could be made. Whether nodes have an image, or may fetch it, no API of Kubernetes tells. */
import type { CheckContext, Look } from '../spawner.ts'
import type { PodApi } from './api/api.ts'
import type { KubernetesOptions } from './options.ts'
import { checkRights, missingForFiles, missingForImages } from './rights.ts'

export async function checkPods(
  { imagePullPolicy }: KubernetesOptions,
  { courses, ask, signal }: CheckContext,
  open: () => Promise<{ api: PodApi }>,
): Promise<Look[]> {
  const empty = courses.filter(({ image }) => image === '')
  const unnamed = empty.map(({ name: course }): Look => {
    return { course, verdict: 'problem', message: 'its image is empty. Name one, like registry.example.org/course:1.' }
  })
  if (!ask) return unnamed
  const images = [...new Set(courses.map(({ image }) => image).filter((image) => image !== ''))]
  const why =
    imagePullPolicy === 'Never'
      ? 'imagePullPolicy is Never, so each node must have them already'
      : 'the nodes fetch them when a pod starts'
  const nodes: Look = {
    verdict: 'unknown',
    message: `whether nodes get ${images.length === 1 ? `the image ${images[0]}` : `the ${images.length} images`}: ${why}`,
  }
  return [...unnamed, ...(await lookAtRights(open, signal)), ...(images.length > 0 ? [nodes] : [])]
}

async function lookAtRights(open: () => Promise<{ api: PodApi }>, signal: AbortSignal): Promise<Look[]> {
  const warnings: string[] = []
  let wanting: Look[] = []
  try {
    const { api } = await open()
    try {
      await checkRights(api, (message) => warnings.push(message))
      if (warnings.length === 0) wanting = await lookAtUsefulRights(api)
    } finally {
      await api.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    return [{ verdict: 'problem', message: (error as Error).message }]
  }
  if (warnings.length > 0) return warnings.map((message): Look => ({ verdict: 'problem', message }))
  return [{ verdict: 'ok', message: "the cluster answers, and gives the hub's account its rights" }, ...wanting]
}

/** Looks at rights that only some installations need. */
async function lookAtUsefulRights(api: PodApi): Promise<Look[]> {
  const [files, images] = await Promise.all([missingForFiles(api), missingForImages(api)])
  const wanting = (what: string, missing: string[], when: string): Look[] => {
    const message =
      `whether ${what}: the hub's account may not ${missing.join(', ')}. It needs to only where ${when}; ` +
      'the Role of examples/kubernetes/README.md has all.'
    return missing.length > 0 ? [{ verdict: 'unknown', message }] : []
  }
  return [
    ...wanting('courses could have a home, or files of yours', files, 'a course has some'),
    ...wanting('nodes could fetch images before learners come', images, 'you use carrel images'),
  ]
}
