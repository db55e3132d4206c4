import type { Authenticator } from '../../authenticators/authenticator.ts'
import type { Course } from '../../courses/course.ts'
import type { GroupMembers } from '../db/servers/lists/site-users.ts'
import { chosenPrefix, groupsSaidBy, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { sharesHubHost } from '../site.ts'

type Member = Pick<User, 'name' | 'kind' | 'state' | 'authenticator' | 'subject' | 'groupLists'>

/**
 * Returns whether the user may do everything at the hub. Only a person has a role, because the names of other users are
 * chosen by no one.
 */
export function isAdmin(hub: Hub, user: Member): boolean {
  return user.state === 'active' && isListed(hub, user, hub.config.admins)
}

/**
 * Returns whether the user's name says who the user is. It does for a person whom an authenticator of the config has
 * identified, unless that lets persons choose their names, or did so under the same name in an earlier config. An account
 * whose authenticator is no longer in the config may have had a chosen one.
 */
export function hasProvenName(
  hub: Hub,
  { kind, authenticator, subject }: Pick<User, 'kind' | 'authenticator' | 'subject'>,
): boolean {
  if (kind !== 'person' || subject.startsWith(chosenPrefix)) return false
  const way = hub.config.authenticators.find(({ name }) => name === authenticator)
  return way !== undefined && provesNames(way)
}

function provesNames(way: Authenticator): boolean {
  return way.kind === 'redirect' || way.kind === 'header' || (way.kind === 'password' && way.namesAreChosen !== true)
}

/** Returns who is in a group, as `groupsOf` says it of one user: for a list of many. */
export function membersOf(hub: Hub, group: string): GroupMembers {
  const { authenticators, groups } = hub.config
  const asked = authenticators.filter((one) => askedOf(one, [group]).length > 0).map(({ name }) => name)
  return {
    group,
    names: (Object.hasOwn(groups, group) ? groups[group] : undefined) ?? [],
    sources: givesRole(hub, group) ? asked : [...asked, importSource],
    authenticators: authenticators.filter(provesNames).map(({ name }) => name),
  }
}

/** Returns whether the config gives a role, a group, a course or settings to a person of this name, in any case. */
export function isNamedInConfig({ config, courses }: Pick<Hub, 'config' | 'courses'>, name: string): boolean {
  const { admins, groups, courseMaking } = config
  const ofCourses = Object.values(courses.all).flatMap(({ staff, open, rules, choices }) => {
    const opens = [open, ...Object.values(choices).flatMap((all) => all.map((one) => one.open ?? []))]
    const listed = opens.flatMap((one) => (typeof one === 'string' ? [] : one))
    return [...staff, ...listed, ...rules.flatMap(({ when }) => when.name ?? [])]
  })
  const named = [...admins, ...courseMaking.by, ...courseMaking.staff, ...Object.values(groups).flat(), ...ofCourses]
  return named.some((one) => one.normalize('NFKC').toLowerCase() === name.normalize('NFKC').toLowerCase())
}

/** Returns whether the user may see this course's servers and open them. */
export function isStaff(hub: Hub, user: Member, course: Pick<Course, 'staff'>): boolean {
  return user.state === 'active' && (isAdmin(hub, user) || isListed(hub, user, course.staff))
}

/** Returns whether a list of the config, of names and of groups as `group:name`, means the user. */
export function isListed(hub: Hub, user: Member, list: string[]): boolean {
  if (!hasProvenName(hub, user)) return false
  // A provider may call a person `group:tutors`, which means the group and no person.
  if (!user.name.startsWith('group:') && list.includes(user.name)) return true
  return groupsOf(hub, user).some((group) => list.includes(`group:${group}`))
}

/**
 * Returns whether the user has a role and must therefore not come with a browser. Where servers stand on the hub's own
 * host, a learner's code would act with the rights of its visitor.
 */
export function isKeptOut(hub: Hub, user: Member): boolean {
  if (!sharesHubHost(hub)) return false
  return isAdmin(hub, user) || Object.values(hub.courses.all).some((course) => isStaff(hub, user, course))
}

/**
 * Returns the names of the groups that a person is in: those of the config, those that an authenticator has said, and
 * those of imported files. What an authenticator has said counts only while the config still asks it for that group; what
 * a file has said never counts for a group that gives a role.
 */
export function groupsOf(hub: Hub, user: Member): string[] {
  if (!hasProvenName(hub, user)) return []
  const byConfig = Object.keys(hub.config.groups).filter((group) => hub.config.groups[group]?.includes(user.name))
  const told = hub.config.authenticators.flatMap((one) => askedOf(one, groupsSaidBy(user, one.name)))
  const imported = importedGroups(user).filter((group) => !givesRole(hub, group))
  return told.length + imported.length === 0 ? byConfig : [...new Set([...byConfig, ...told, ...imported])]
}

/** The source of groups that a file has said. No authenticator can have this name. */
export const importSource = '@import'

/** Returns the groups into which imported files have put a user. */
export function importedGroups(user: Pick<User, 'groupLists'>): string[] {
  return groupsSaidBy(user, importSource)
}

/** Returns whether the members of a group are admins or staff of a course, may become staff, or may make courses. */
export function givesRole({ config, courses }: Pick<Hub, 'config' | 'courses'>, group: string): boolean {
  const { by, staff } = config.courseMaking
  const lists = [config.admins, by, staff, ...Object.values(courses.all).map(({ staff }) => staff)]
  return lists.some((list) => list.includes(`group:${group}`))
}

/** Returns those of the groups that the config asks this authenticator for. */
export function askedOf({ groups = [] }: Authenticator, said: string[] = []): string[] {
  return groups.filter((group) => said.includes(group))
}
