/** The one place that decides which rule counts for a server. Every way on which a run is queued asks here. */
import type { Course } from '../../courses/course.ts'
import { type Role, type When, withSettings } from '../../courses/settings.ts'
import type { Hub } from '../hub.ts'
import type { Opener } from './opening.ts'
import { isAdmin, isListed, isStaff } from './roles.ts'

/**
 * Returns the course as its servers of this owner have it: with the settings of the first rule that means the owner. The
 * user who asks for the server has no say, so staff start a learner's server as its learner would.
 */
export function courseOfOwner(hub: Hub, owner: Opener, course: Course): Course {
  const rule = course.rules.find(({ when }) => isMeant(hub, owner, course, when))
  return rule === undefined ? course : withSettings(course, rule)
}

/** Nothing counts here that a user can choose: names and groups are those of persons whose names are proven. */
function isMeant(hub: Hub, user: Opener, course: Course, { role, group, name }: When): boolean {
  const groups = group === undefined ? undefined : [group].flat().map((one) => `group:${one}`)
  return (
    (role === undefined || [role].flat().some((one) => hasRole(hub, user, course, one))) &&
    (groups === undefined || isListed(hub, user, groups)) &&
    (name === undefined || isListed(hub, user, [name].flat()))
  )
}

function hasRole(hub: Hub, user: Opener, course: Course, role: Role): boolean {
  if (role === 'admin') return isAdmin(hub, user)
  if (role === 'staff') return isStaff(hub, user, course)
  return user.kind === role
}
