/** Maintenance: learners open nothing anew meanwhile, and staff goes on. Every way to a server asks here. */
import type { Course } from '../../courses/course.ts'
import type { Maintenance } from '../db/installation.ts'
import { type ErrorLink, InMaintenance } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { Opener } from './opening.ts'
import { isStaff } from './roles.ts'

/** Throws `InMaintenance` while there is maintenance, unless the user is staff of the course. */
export function refuseInMaintenance(
  hub: Hub,
  { maintenance, user, course }: { maintenance: Maintenance | undefined; user: Opener | undefined; course: Course },
  links: ErrorLink[] = [],
): void {
  if (maintenance === undefined) return
  if (user !== undefined && isStaff(hub, user, course)) return
  throw new InMaintenance(maintenance.message, links)
}
