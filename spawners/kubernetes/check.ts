/** Looks whether pods could be made. Whether nodes have an image, or may fetch it, no API of Kubernetes tells. */
import { optionsFor, type SpawnerOptions, serverOptionsOf } from '../options/server-options.ts'
import type { CheckContext, CheckedCourse, Look } from '../spawner.ts'
import type { PodApi } from './api/api.ts'
import { homeless } from './beside/containers.ts'
import { unlimited, whoNeedsHome } from './beside/together.ts'
import type { kubernetesOptions } from './options.ts'
import { checkRights, missingForFiles, missingForImages } from './rights.ts'

export async function checkPods(
  spawner: SpawnerOptions<typeof kubernetesOptions>,
  { courses, ask, signal }: CheckContext,
  open: () => Promise<{ api: PodApi }>,
): Promise<Look[]> {
  const { imagePullPolicy } = spawner.settings
  const empty = courses.filter(({ image }) => image === '')
  const unnamed = empty.map(({ name: course }): Look => {
    return { course, verdict: 'problem', message: 'its image is empty. Name one, like registry.example.org/course:1.' }
  })
  const everywhere = unlimited(spawner.settings)
  const beside = [
    ...(everywhere.length === 0 ? [] : [{ verdict: 'unknown' as const, message: withoutLimit(everywhere) }]),
    ...courses.flatMap((course) => [...lookBeside(course, spawner, everywhere), ...lookAtSecurity(course, spawner)]),
  ]
  if (!ask) return [...unnamed, ...beside]
  const images = [...new Set(courses.flatMap(({ image }) => (image ? [image] : [])))]
  const why =
    imagePullPolicy === 'Never'
      ? 'imagePullPolicy is Never, so each node must have them already'
      : 'the nodes fetch them when a pod starts'
  const nodes: Look = {
    verdict: 'unknown',
    message: `whether nodes get ${images.length === 1 ? `the image ${images[0]}` : `the ${images.length} images`}: ${why}`,
  }
  return [...unnamed, ...beside, ...(await lookAtRights(open, signal)), ...(images.length > 0 ? [nodes] : [])]
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

/** Looks at what the servers of a course have beside them. Options that are wrong the config's own check tells. */
function lookBeside(
  { name: course, home, options = {} }: CheckedCourse,
  spawner: SpawnerOptions<typeof kubernetesOptions>,
  told: string[],
): Look[] {
  if (serverOptionsOf(spawner).problems(options).length > 0) return []
  const own = optionsFor(spawner, options)
  const needing = home === undefined ? whoNeedsHome(own) : undefined
  const greedy = unlimited(own).filter((container) => !told.includes(container))
  return [
    ...(needing === undefined ? [] : [{ course, verdict: 'problem' as const, message: homeless(needing) }]),
    ...(greedy.length === 0 ? [] : [{ course, verdict: 'unknown' as const, message: withoutLimit(greedy) }]),
  ]
}

/** Looks whether a course has lost something of the spawner's `security` by saying one of its own, which is easily overlooked. */
function lookAtSecurity(
  { name: course, options = {} }: CheckedCourse,
  spawner: SpawnerOptions<typeof kubernetesOptions>,
): Look[] {
  const said = options.security
  if (typeof said !== 'object' || said === null || serverOptionsOf(spawner).problems(options).length > 0) return []
  const [own, common] = [optionsFor(spawner, options).security, spawner.settings.security]
  const lost = (Object.keys(common) as (keyof typeof common)[]).filter(
    (name) => !Object.hasOwn(said, name) && JSON.stringify(own[name]) !== JSON.stringify(common[name]),
  )
  if (lost.length === 0) return []
  const names = lost.join(', ')
  const message = `its security stands in the place of the whole one of the spawner, whose ${names} ${lost.length === 1 ? 'does' : 'do'} not hold for it. Say ${names} there too, as you want it.`
  return [{ course, verdict: 'problem', message }]
}

/** Says what containers without a limit of memory may do. */
export function withoutLimit(containers: string[]): string {
  const names = containers.map((name) => `"${name}"`).join(', ')
  return `how much memory ${names} may take beside a server: nothing limits it, and what one takes all others on its node lack. Say resources.limits.memory.`
}
