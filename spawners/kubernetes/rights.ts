import type { PodApi } from './api/api.ts'
import { isPassing } from './api/error.ts'

type Right = [verb: string, resource: string, subresource?: string]

const needed: Right[] = [
  ['get', 'pods'],
  ['list', 'pods'],
  ['create', 'pods'],
  ['patch', 'pods'],
  ['delete', 'pods'],
]

/** Rights that only serve messages to staff: the last lines of a server that ended, and what a slow start waits for. */
const useful: Right[] = [
  ['get', 'pods', 'log'],
  ['list', 'events'],
]

/** Rights without which courses have no home, and get no files of the operator's. */
const forFiles: Right[] = [
  ...['get', 'list', 'create', 'delete'].map((verb): Right => [verb, 'persistentvolumeclaims']),
  ...['get', 'list', 'create', 'delete'].map((verb): Right => [verb, 'configmaps']),
  ['get', 'pods', 'exec'],
  ['create', 'pods', 'exec'],
]

/** Rights without which images are not brought to nodes before learners come, nor told of. */
const forImages = ['list', 'create', 'update', 'delete'].map((verb): Right => [verb, 'daemonsets.apps'])

/** Returns the missing rights that images on nodes need. */
export function missingForImages(api: PodApi): Promise<string[]> {
  return missingOf(api, forImages)
}

/** Returns the missing rights that courses with a home or with files need: `create persistentvolumeclaims`. */
export function missingForFiles(api: PodApi): Promise<string[]> {
  return missingOf(api, forFiles)
}

/**
 * Checks, before the first learner comes, that the hub's account has its rights in the namespace. Rejects when a needed
 * one is missing; warns when a useful one is missing, or when the cluster cannot be reached at the moment.
 */
export async function checkRights(api: PodApi, warn: (message: string) => void): Promise<void> {
  try {
    const [missing, wanted] = await Promise.all([missingOf(api, needed), missingOf(api, useful)])
    if (missing.length > 0) {
      throw new Error(
        `the hub's account may not ${missing.join(', ')} in the namespace "${api.namespace}" of the cluster; ` +
          "give it the Role of examples/kubernetes/README.md, or name another namespace in the spawner's options",
      )
    }
    if (wanted.length > 0) {
      warn(`the hub's account may not ${wanted.join(', ')} in the namespace "${api.namespace}": failures will say less`)
    }
  } catch (error) {
    if (!isPassing(error)) throw error
    warn(`servers cannot be started at the moment: ${(error as Error).message}`)
  }
}

async function missingOf(api: PodApi, rights: Right[]): Promise<string[]> {
  const allowed = await Promise.all(rights.map((right) => api.mayI(...right)))
  return rights
    .filter((_, index) => !allowed[index])
    .map(([verb, ...resource]) => `${verb} ${resource.filter(Boolean).join('/')}`)
}
