import { kept } from '../../words/kept.ts'
import { courseProblems, type GivenDefinition } from './definition.ts'

/** Returns the definition with these values, by the places of settings: `limits.memory`. `null` takes a setting out. Pure. */
export function withSettingsAt(definition: GivenDefinition, set: Record<string, unknown>): GivenDefinition {
  return Object.entries(set).reduce((before, [place, value]) => withOne(before, place.split('.'), value), definition)
}

function withOne(before: GivenDefinition, [name = '', ...rest]: string[], value: unknown): GivenDefinition {
  if (name === '' || name === '__proto__') throw courseProblems([[[name], kept`is no place of a setting`]])
  const inside = Object.hasOwn(before, name) ? before[name] : undefined
  const others = Object.fromEntries(Object.entries(before).filter(([key]) => key !== name))
  if (rest.length === 0) return value === null ? others : { ...before, [name]: value }
  if (inside !== undefined && (typeof inside !== 'object' || inside === null || Array.isArray(inside)))
    throw courseProblems([[[name], kept`holds no settings by name: give it as a whole, by ${name}`]])
  const next = withOne((inside ?? {}) as GivenDefinition, rest, value)
  return Object.keys(next).length === 0 ? others : { ...before, [name]: next }
}
