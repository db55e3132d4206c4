import { z } from 'zod'
import { groupsIn, ownGroupName } from './names.ts'
import { type Claims, claimFits, claimRules, findClaim } from './oidc-claims.ts'

const theirName = z.string().min(1)

/** For each group here the provider's name of it, several of which one is enough, or claims that must all fit. */
export const groupRules = z.record(
  ownGroupName,
  z.union([
    theirName,
    z.array(theirName).min(1, 'names no group'),
    claimRules.refine((claims) => Object.keys(claims).length > 0, 'names no claim'),
  ]),
)

export type GroupRules = z.output<typeof groupRules>

/** Returns which of the wanted groups the claims say. Compares letter by letter. */
export function groupsOfClaims(claims: Claims, groupsClaim: string, wanted: GroupRules): string[] {
  const named: Record<string, string | string[]> = {}
  const found: string[] = []
  for (const [group, rule] of Object.entries(wanted)) {
    if (isByName(rule)) named[group] = rule
    else if (Object.entries(rule).every((one) => claimFits(claims, ...one))) found.push(group)
  }
  return [...groupsIn(findClaim(claims, groupsClaim), named), ...found]
}

/** Returns the names of the claims that the rules read. */
export function claimsOfGroups(groupsClaim: string, wanted: GroupRules): string[] {
  return Object.values(wanted).flatMap((rule) => (isByName(rule) ? [groupsClaim] : Object.keys(rule)))
}

/**
 * Returns whether the provider leaves out a claim with groups because it would be too long, and refers to another place
 * for them, as Entra ID does. Such a person is not one without groups.
 */
export function withholdsGroups(claims: Claims, groupsClaim: string, wanted: GroupRules): boolean {
  const { _claim_names: elsewhere, hasgroups } = claims
  return claimsOfGroups(groupsClaim, wanted).some((claim) => {
    if (findClaim(claims, claim) !== undefined) return false
    const isElsewhere = typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim)
    return isElsewhere || (claim === 'groups' && (hasgroups === true || hasgroups === 'true'))
  })
}

function isByName(rule: GroupRules[string]): rule is string | string[] {
  return typeof rule === 'string' || Array.isArray(rule)
}
