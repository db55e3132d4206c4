import { isLearnerName, isTemporaryName } from '../net/machine/account-names.ts'
import { AuthenticationError, type Identity } from './authenticator.ts'
import { isPrintable } from './names.ts'

export type Claims = Record<string, unknown>

interface ClaimRules {
  /** The provider's host, for messages. */
  provider: string
  usernameClaim: string | undefined
  groupsClaim: string | undefined
  /** For each claim the value that it must be or contain, or several values of which one is enough. */
  requiredClaims?: Record<string, string | string[]>
  trustUnverifiedEmail?: boolean
}

/**
 * Returns the user that these claims describe. Throws `AuthenticationError` when that user can have no account here.
 */
export function identityFromClaims(claims: Claims, rules: ClaimRules): Identity {
  const { provider, usernameClaim, groupsClaim, requiredClaims = {}, trustUnverifiedEmail = false } = rules
  const subject = claims.sub
  if (typeof subject !== 'string' || subject.length === 0 || subject.length > 255 || !isPrintable(subject)) {
    throw new AuthenticationError(`${provider} did not say who you are in a way that this hub understands. ${hint}`, {
      detail: 'claim "sub" is not a string of 1 to 255 printable characters',
    })
  }
  const name = usernameClaim === undefined ? claims.preferred_username || subject : findClaim(claims, usernameClaim)
  const wrong = problemOf(name)
  if (wrong !== undefined || typeof name !== 'string') {
    throw new AuthenticationError(`The user name that ${provider} gives you cannot be used here: ${wrong}. ${hint}`, {
      detail: `claim "${usernameClaim ?? 'preferred_username'}": ${wrong}; usernameClaim and scopes decide what is read`,
    })
  }
  // Some providers write the claim as a text. Without the claim, the address may belong to another person.
  const isVerified = claims.email_verified === true || claims.email_verified === 'true'
  if (usernameClaim === 'email' && !isVerified && !trustUnverifiedEmail) {
    throw new AuthenticationError(
      `${provider} has not verified your mail address yet. Verify it there, then try again.`,
      { detail: 'claim "email_verified" is not true; trustUnverifiedEmail takes such addresses' },
    )
  }
  for (const [claim, wanted] of Object.entries(requiredClaims)) {
    const found = [findClaim(claims, claim)].flat()
    if ([wanted].flat().some((value) => found.includes(value))) continue
    throw new AuthenticationError(`Your account at ${provider} is not one of those that may come in here. ${hint}`, {
      detail: `claim "${claim}" is not what requiredClaims wants`,
    })
  }
  return {
    subject,
    name,
    ...(isText(claims.name, 200) && { displayName: claims.name }),
    ...(groupsClaim !== undefined && { groups: groupsIn(findClaim(claims, groupsClaim)) }),
  }
}

const hint = 'Please tell whoever runs this hub.'

/**
 * Returns a claim, found by its full name (which may contain dots: `https://example.org/groups`) or by a path of names.
 */
export function findClaim(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((value, key) => (hasKey(value, key) ? value[key] : undefined), claims)
}

function problemOf(name: unknown): string | undefined {
  if (name === undefined) return 'there is none'
  if (!isText(name, 128) || name.trim() !== name) return 'it is not a text of 1 to 128 printable characters'
  if (name === '.' || name === '..') return 'it means something else in an address'
  if (isLearnerName(name) || isTemporaryName(name)) return 'it looks like one of those that the hub makes itself'
  return undefined
}

function groupsIn(value: unknown): string[] {
  const groups = (Array.isArray(value) ? value : [value]).filter((group) => isText(group, 255))
  return [...new Set(groups)]
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest && isPrintable(value)
}

function hasKey(value: unknown, key: string): value is Claims {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
}
