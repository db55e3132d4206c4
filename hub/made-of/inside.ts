import type { Course } from '../../courses/course.ts'
import { insideFiles, insideFolder } from '../../courses/inside/inside.ts'
import type { MountedBundle } from '../../spawners/files.ts'
import type { Hub } from '../hub.ts'

/**
 * Returns the bundle with the settings of Jupyter's that servers of the course have of Carrel. None where there are none, and
 * where the spawner has no bundles: servers start without them.
 */
export async function insideBundles({ bundles, spawner }: Hub, course: Course): Promise<MountedBundle[]> {
  const files = insideFiles(course)
  if (files.length === 0 || spawner.bundles === undefined) return []
  return [{ digest: await bundles.keepOwn(files), path: insideFolder, into: 'read-only' }]
}
