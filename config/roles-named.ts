import { isRecord } from './sound.ts'

type Path = (string | number)[]
type NameAt = [path: Path, name: string]

/**
 * Returns the names in `admins`, in the staff of courses and in rules, where groups stand as `group:name` here; of courses
 * with other mistakes too; and where each stands.
 */
export function rolesNamed({ courses, admins, rules }: Record<'courses' | 'admins' | 'rules', unknown>): NameAt[] {
  const ofCourses = Object.entries(isRecord(courses) ? courses : {}).flatMap(([course, value]) => [
    ...namesAt(['courses', course, 'staff'], isRecord(value) ? value.staff : undefined),
    ...groupsAt(['courses', course, 'rules'], isRecord(value) ? value.rules : undefined),
  ])
  return [...ofCourses, ...namesAt(['admins'], admins), ...groupsAt(['rules'], rules)]
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
