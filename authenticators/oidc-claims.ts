import { z } from 'zod'

export type Claims = Record<string, unknown>

const wanted = z.union([z.string().min(1), z.boolean()])

/** For each claim the value that it must be or contain, or several values of which one is enough. */
export const claimRules = z.record(z.string().min(1), z.union([wanted, z.array(wanted).min(1, 'names no value')]))

export type ClaimRules = z.output<typeof claimRules>

/**
 * Returns a claim, found by its full name (which may contain dots: `https://example.org/groups`) or by a path of names.
 */
export function findClaim(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((value, key) => (hasKey(value, key) ? value[key] : undefined), claims)
}

function hasKey(value: unknown, key: string): value is Claims {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
}

/** Returns whether a claim is one of these values, or a list that contains one. Compares letter by letter. */
export function claimFits(claims: Claims, claim: string, values: ClaimRules[string]): boolean {
  const found = [findClaim(claims, claim)].flat()
  return [values].flat().some((value) => found.includes(value))
}
