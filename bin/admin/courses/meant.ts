/** Which courses the names on a command line mean, as nbhosting's commands take them. */

export interface Meant<T> {
  courses: T[]
  /** Whether the command line has the whole name of each of them, so that none is meant by accident. */
  isExact: boolean
}

/** Returns the courses that are meant. What is the whole name of a course means just that one, and no name at all means all. Pure. */
export function meantCourses<T extends { name: string }>(all: readonly T[], patterns: readonly string[]): Meant<T> {
  const names = new Set(all.map(({ name }) => name.toLowerCase()))
  const exact = patterns.map((pattern) => (names.has(pattern.toLowerCase()) ? `=${pattern}` : pattern))
  const isExact = exact.length > 0 && exact.every((pattern) => pattern.startsWith('='))
  return { courses: all.filter(({ name }) => isMeant(name, exact)), isExact }
}

/**
 * Returns whether a name is meant by one of the patterns, in any case. `=foo` means just that name, a pattern with `*` the whole
 * name, and any other one a part of it. None means all. Pure.
 */
export function isMeant(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matches(name.toLowerCase(), pattern.toLowerCase()))
}

function matches(name: string, pattern: string): boolean {
  if (pattern.startsWith('=')) return name === pattern.slice(1)
  if (!pattern.includes('*')) return name.includes(pattern)
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}
