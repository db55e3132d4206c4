/** The settings of a course that have fields of their own in its form. The others stand there as JSON. Pure. */
import { kept } from '../../../words/kept.ts'

/** What a form holds, by the names of its fields. */
export type FormFields = Record<string, string>

interface Field {
  /** The place of the setting. */
  path: readonly string[]
  kind: 'text' | 'lines' | 'yes' | 'either' | 'open' | 'minutes' | 'copies'
}

const fields: Record<string, Field> = {
  title: { path: ['title'], kind: 'text' },
  image: { path: ['image'], kind: 'text' },
  memory: { path: ['limits', 'memory'], kind: 'text' },
  cpu: { path: ['limits', 'cpu'], kind: 'text' },
  open: { path: ['open'], kind: 'open' },
  names: { path: ['open'], kind: 'lines' },
  hidden: { path: ['hidden'], kind: 'yes' },
  opens: { path: ['opens'], kind: 'text' },
  closes: { path: ['closes'], kind: 'text' },
  contact: { path: ['contact'], kind: 'text' },
  language: { path: ['language'], kind: 'text' },
  start: { path: ['start'], kind: 'text' },
  strip: { path: ['strip'], kind: 'either' },
  snapshots: { path: ['snapshots'], kind: 'either' },
  home: { path: ['home', 'path'], kind: 'text' },
  git: { path: ['content', 'git'], kind: 'text' },
  ref: { path: ['content', 'ref'], kind: 'text' },
  pullMinutes: { path: ['content', 'pullMinutes'], kind: 'minutes' },
  copies: { path: ['content', 'copies'], kind: 'copies' },
  trimMenus: { path: ['content', 'trimMenus'], kind: 'either' },
  readOnlyText: { path: ['content', 'readOnlyText'], kind: 'either' },
  staff: { path: ['staff'], kind: 'lines' },
  ancestors: { path: ['embed', 'ancestors'], kind: 'lines' },
}

type Settings = Record<string, unknown>

/** Returns the fields of a definition. */
export function fieldsOf(definition: Settings): FormFields {
  const { open = 'everyone' } = definition
  const own = Object.entries(fields).map(([name, { path, kind }]): [string, string] => {
    const value = at(definition, path)
    if (name === 'open') return [name, Array.isArray(open) ? 'names' : String(open)]
    if (kind === 'lines') return [name, Array.isArray(value) ? value.join('\n') : '']
    if (kind === 'yes') return [name, value === true ? 'yes' : '']
    return [name, value === undefined ? '' : String(value)]
  })
  const rest = Object.values(fields).reduce((left, { path }) => without(left, path), definition)
  const more = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest, null, 2)
  return { ...Object.fromEntries(own), more }
}

/**
 * Returns the definition that the fields say; a text about what is no JSON otherwise. A field that says the same as before
 * leaves its setting as it was, also where a form writes that in another way: what an admin has granted is no change.
 */
export function definitionOfFields(given: FormFields, before: Settings = {}): Settings | string {
  const shown = fieldsOf(before)
  const more = jsonOf(given.more ?? '')
  if (typeof more === 'string') return more
  return Object.entries(fields).reduce<Settings>((made, [name, { path, kind }]) => {
    const text = (given[name] ?? '').trim()
    const known = at(before, path)
    // Without a repository there is nothing to look for, or to copy.
    if (path[0] === 'content' && kind !== 'text' && !given.git?.trim()) return made
    if (name !== 'names' && known !== undefined && linesIn(text).join() === linesIn(shown[name] ?? '').join())
      return withValue(made, path, known)
    if (name === 'open')
      return text === 'everyone' || text === 'names' || text === '' ? made : withValue(made, path, text)
    if (name === 'names' && given.open !== 'names') return made
    const lines = linesIn(text)
    if (kind === 'yes') return text === '' ? made : withValue(made, path, true)
    if (kind === 'lines') return lines.length === 0 && name !== 'names' ? made : withValue(made, path, lines)
    if (text === '' && name !== 'image') return made
    if (kind === 'minutes') return withValue(made, path, minutesIn(text))
    if (kind === 'either') return withValue(made, path, text === 'true')
    return withValue(made, path, name === 'cpu' && /^[\d.]+$/.test(text) ? Number(text) : text)
  }, more)
}

function minutesIn(text: string): number | false | string {
  if (text === 'false') return false
  return /^[\d.]+$/.test(text) ? Number(text) : text
}

/** Returns the field at which a problem is shown. */
export function fieldOf(path: readonly (string | number)[], { open }: FormFields): string {
  const found = Object.entries(fields).find(
    ([name, field]) => field.path.every((part, index) => path[index] === part) && (name !== 'open' || open !== 'names'),
  )
  return found?.[0] ?? 'more'
}

function linesIn(text: string): string[] {
  return text.split('\n').flatMap((line) => line.trim() || [])
}

function jsonOf(text: string): Settings | string {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings
    return kept`is not JSON in braces`
  } catch (error) {
    return kept`is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? at((value as Settings)[name], rest)
    : undefined
}

function without(settings: Settings, [name = '', ...rest]: readonly string[]): Settings {
  if (!Object.hasOwn(settings, name)) return settings
  const { [name]: inside, ...others } = settings
  if (rest.length === 0 || typeof inside !== 'object' || inside === null) return others
  const left = without(inside as Settings, rest)
  if (left === inside) return settings
  return Object.keys(left).length === 0 ? others : { ...others, [name]: left }
}

function withValue(settings: Settings, [name = '', ...rest]: readonly string[], value: unknown): Settings {
  if (rest.length === 0) return { ...settings, [name]: value }
  const inside = Object.hasOwn(settings, name) ? settings[name] : {}
  return { ...settings, [name]: withValue(typeof inside === 'object' ? (inside as Settings) : {}, rest, value) }
}
