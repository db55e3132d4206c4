/** Patterns of names as nbhosting's commands take them. */

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
