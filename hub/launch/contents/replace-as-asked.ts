/** Replaces the notebook of a launch whose button has asked for that. */
import type { Course } from '../../../courses/course.ts'
import { resetCopy, restoreVersion } from '../../copies/reset.ts'
import type { IndexedNotebook } from '../../db/content/notebooks.ts'
import { type Launch, noteReplaced } from '../../db/seats/launches.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { Hub } from '../../hub.ts'

interface ReplacedBy {
  course: Course
  /** The course's own notebook that the link means, if it means one. */
  notebook: IndexedNotebook | undefined
  /** All files that the link may mean. */
  paths: readonly string[]
}

/** Replaces the notebook of a launch whose button has asked for that, once. Only the owner's launches do so. */
export async function replaceAsAsked(
  hub: Hub,
  server: Server,
  launch: Launch,
  { course, notebook, paths }: ReplacedBy,
): Promise<void> {
  const { replaces } = launch
  if (replaces === undefined || launch.user !== server.user) return
  if (replaces !== 'course') await restoreVersion(hub, server, { course, number: replaces, paths })
  else if (notebook !== undefined) await resetCopy(hub, server, { course, path: notebook.path })
  await noteReplaced(hub.db, launch)
}
