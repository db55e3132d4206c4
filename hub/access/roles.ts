import type { Course } from '../../courses/course.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { sharesHubHost } from '../site.ts'

type Account = Pick<User, 'name' | 'kind' | 'state'>

/**
 * Returns whether the user may do everything at the hub. Only a person has a role, because the names of other users are
 * chosen by no one.
 */
export function isAdmin(hub: Hub, user: Account): boolean {
  return user.kind === 'person' && user.state === 'active' && hub.config.admins.includes(user.name)
}

/** Returns whether the user may see this course's servers and open them. */
export function isStaff(hub: Hub, user: Account, course: Course): boolean {
  if (user.kind !== 'person' || user.state !== 'active') return false
  if (isAdmin(hub, user) || course.staff.includes(user.name)) return true
  return groupsOf(hub, user).some((group) => course.staff.includes(`group:${group}`))
}

/**
 * Returns whether the user has a role and must therefore not come with a browser. Where servers stand on the hub's own
 * host, a learner's code would act with the rights of its visitor.
 */
export function isKeptOut(hub: Hub, user: Account): boolean {
  if (!sharesHubHost(hub)) return false
  return isAdmin(hub, user) || Object.values(hub.config.courses).some((course) => isStaff(hub, user, course))
}

/** Returns the names of the groups that a person is in. */
export function groupsOf(hub: Hub, user: Account): string[] {
  if (user.kind !== 'person') return []
  return Object.entries(hub.config.groups).flatMap(([group, members]) => (members.includes(user.name) ? [group] : []))
}
