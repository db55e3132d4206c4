/** The folders of homes under a template of the operator, such as `/srv/students/{user}/{course}`. Pure. */
import { createHash } from 'node:crypto'
import type { HomeSpec } from '../../files.ts'

/** Says why a text is no template of folders; undefined when it is one. */
export function folderProblem(template: string): string | undefined {
  const parts = template.split('/').slice(1)
  if (!template.startsWith('/') || parts.some((part) => part === ''))
    return 'is an absolute folder without a slash at its end'
  if (parts.some((part) => part === '.' || part === '..')) return 'has no . and no ..'
  for (const part of parts) {
    if (!/^[\w.~-]*(\{\w*\}[\w.~-]*)?$/.test(part)) {
      return 'has letters, digits, dots, hyphens and underscores, and at most one placeholder between two slashes'
    }
  }
  const used = [...template.matchAll(/\{(\w*)\}/g)].map(([, name = '']) => name)
  const foreign = used.find((name) => !['user', 'course', 'id'].includes(name))
  if (foreign !== undefined) return `has the placeholders {user}, {course} and {id}, and not {${foreign}}`
  if (!used.includes('id') && !(used.includes('user') && used.includes('course'))) {
    return 'must lead to a folder of its own for each home: name {user} and {course}, or {id}'
  }
  if (parts[0]?.includes('{')) return 'begins with a folder that is there, such as /srv/students'
  return
}

export interface HomeFolder {
  /** The folder that the operator has made, and the rest below it. */
  base: string
  below: string
  path: string
}

/** Returns the folder of a home. No value leads out of its place between two slashes, and no two homes share a folder. */
export function folderOfHome(template: string, { id, account, course }: HomeSpec): HomeFolder {
  const base = baseOf(template)
  const values: Record<string, string> = { user: account, course, id }
  const rest = template.slice(base.length + 1)
  const below = rest.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodePart(values[name] ?? ''))
  return { base, below, path: `${base}/${below}` }
}

/** Returns the folder in front of the first placeholder, which the operator has made. */
export function baseOf(template: string): string {
  const parts = template.split('/')
  const first = parts.findIndex((part) => part.includes('{'))
  return parts.slice(0, first).join('/')
}

/**
 * Writes a value as part of a path: letters, digits, `_`, `-` and inner dots stay, other bytes become `~` and two digits. An
 * empty value is a `~` alone. A long one ends with its hash, behind `~~`.
 */
export function encodePart(value: string): string {
  if (value === '') return '~'
  const bytes = [...Buffer.from(value, 'utf8')]
  const text = bytes
    .map((byte, at) => {
      const sign = String.fromCharCode(byte)
      const stays = /[A-Za-z0-9_-]/.test(sign) || (sign === '.' && at > 0)
      return stays ? sign : `~${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
  if (text.length <= longestPart) return text
  return `${text.slice(0, longestPart - 40)}~~${createHash('sha256').update(value).digest('hex').slice(0, 32)}`
}

/** File systems allow 255 bytes; the rest is for what a template has around the value. */
const longestPart = 160
