import { isRecord } from './sound.ts'

type NameAt = [path: (string | number)[], name: string]

/** Returns the names in `admins` and in the staff of courses, of courses with other mistakes too, and where each stands. */
export function rolesNamed(courses: unknown, admins: unknown): NameAt[] {
  const staff = Object.entries(isRecord(courses) ? courses : {}).flatMap(([course, value]) =>
    namesAt(['courses', course, 'staff'], isRecord(value) ? value.staff : undefined),
  )
  return [...staff, ...namesAt(['admins'], admins)]
}

function namesAt(path: (string | number)[], list: unknown): NameAt[] {
  const all: unknown[] = Array.isArray(list) ? list : []
  return all.flatMap((name, index): NameAt[] => (typeof name === 'string' ? [[[...path, index], name]] : []))
}
