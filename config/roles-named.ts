import { didYouMean } from '../net/settings/near.ts'
import { isRecord } from './sound.ts'

type Path = (string | number)[]
type NameAt = [path: Path, name: string]
type Roles = Record<'courses' | 'admins' | 'rules', unknown> & { courseMaking?: unknown }

/**
 * Returns the names in `admins`, in `courseMaking`, in the staff of courses and in rules, where groups stand as `group:name` here; of courses
 * with other mistakes too; and where each stands.
 */
export function rolesNamed({ courses, admins, rules, courseMaking }: Roles): NameAt[] {
  const ofCourses = Object.entries(isRecord(courses) ? courses : {}).flatMap(([course, value]) => [
    ...namesAt(['courses', course, 'staff'], isRecord(value) ? value.staff : undefined),
    ...groupsAt(['courses', course, 'rules'], isRecord(value) ? value.rules : undefined),
  ])
  const makers = (['by', 'staff'] as const).flatMap((list) =>
    namesAt(['courseMaking', list], isRecord(courseMaking) ? courseMaking[list] : undefined),
  )
  return [...ofCourses, ...makers, ...namesAt(['admins'], admins), ...groupsAt(['rules'], rules)]
}

interface WithGroups {
  groups: unknown
  authenticators: unknown
}

/** Returns what is wrong with the groups among the names: the config has no such group, and no authenticator says it. */
export function groupProblems({ groups, authenticators }: WithGroups, names: NameAt[]): NameAt[] {
  const ways: unknown[] = Array.isArray(authenticators) ? authenticators : []
  const said = ways.flatMap((one) => (isRecord(one) && Array.isArray(one.groups) ? one.groups.map(String) : []))
  const known = [...Object.keys(isRecord(groups) ? groups : {}), ...said].map((name) => `group:${name}`)
  return names.flatMap(([path, name]): NameAt[] => {
    if (!name.startsWith('group:') || known.includes(name)) return []
    const hint = didYouMean(name, known) || '; add it to groups, or correct the name'
    return [[path, `"${name}" is no group of this file${hint}`]]
  })
}

function namesAt(path: Path, list: unknown): NameAt[] {
  if (typeof list === 'string') return [[path, list]]
  const all: unknown[] = Array.isArray(list) ? list : []
  return all.flatMap((name, index): NameAt[] => (typeof name === 'string' ? [[[...path, index], name]] : []))
}

/** A rule says a group without `group:`. */
function groupsAt(path: Path, rules: unknown): NameAt[] {
  const all: unknown[] = Array.isArray(rules) ? rules : []
  return all.flatMap((rule, index): NameAt[] => {
    const group = isRecord(rule) && isRecord(rule.when) ? rule.when.group : undefined
    return namesAt([...path, index, 'when', 'group'], group).flatMap(([place, name]): NameAt[] =>
      name.startsWith('group:') ? [] : [[place, `group:${name}`]],
    )
  })
}
