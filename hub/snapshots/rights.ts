/** The rights to share copies of notebooks, and to see and remove them. */
import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { staffCourses } from '../access/guests.ts'
import type { Snapshot } from '../db/content/snapshots.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { isAdmin } from '../rights/roles.ts'
import { isSharer } from '../rights/sharers.ts'

/** Returns whether a user may share copies of notebooks of a course. */
export function mayShareCopies(hub: Hub, user: Pick<User, 'kind' | 'state'>, course: Course): boolean {
  return isSharer(hub, user) && user.state === 'active' && hasSnapshots(hub, course)
}

/** Returns whether copies of notebooks of a course may be shared and read. */
export function hasSnapshots({ config }: Pick<Hub, 'config'>, course: Course): boolean {
  return config.snapshots.enabled && course.snapshots !== false && speaksJupyter(course.program)
}

/** Returns whether copies of the course with this id may be read at the moment. */
export function areShown(hub: Hub, id: string): boolean {
  return Object.values(hub.courses.all).some((course) => course.id === id && hasSnapshots(hub, course))
}

/** Returns whether a user looks after the course with this id, or after the whole site. */
export function looksAfter(hub: Hub, user: User, id: string): boolean {
  return isAdmin(hub, user) || staffCourses(hub, user).some((course) => course.id === id)
}

/** Returns whether a user may see and remove a copy: the owner's own, or as staff. */
export function mayRemove(hub: Hub, user: User, snapshot: Snapshot): boolean {
  return snapshot.user === user.id || looksAfter(hub, user, snapshot.course)
}
