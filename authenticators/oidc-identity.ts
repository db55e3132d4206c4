import { AuthenticationError, type Identity } from './authenticator.ts'
import { capitalised, isPrintable } from './names.ts'
import { type Allow, isAllowed } from './oidc-allow.ts'
import { type ClaimRules, type Claims, claimFits, findClaim } from './oidc-claims.ts'
import { type GroupRules, groupsOfClaims, withholdsGroups } from './oidc-groups.ts'
import { type NameRules, nameHere, notText, problemOfName } from './oidc-names.ts'

interface IdentityRules extends NameRules {
  /** What messages call the provider. */
  provider: string
  usernameClaim: string | undefined
  groupsClaim?: string | undefined
  groups?: GroupRules
  requiredClaims?: ClaimRules
  allow?: Allow | undefined
  trustUnverifiedEmail?: boolean
}

/**
 * Returns the user that these claims describe. Throws `AuthenticationError` when that user can have no account here, or
 * may not come in.
 */
export function identityFromClaims(claims: Claims, rules: IdentityRules): Identity {
  const { provider, usernameClaim, groupsClaim = 'groups', groups: wanted = {}, trustUnverifiedEmail = false } = rules
  const subject = claims.sub
  if (typeof subject !== 'string' || subject.length === 0 || subject.length > 255 || !isPrintable(subject)) {
    const message = `${provider} did not say who you are in a way that this hub understands. ${hint}`
    throw new AuthenticationError(capitalised(message), {
      detail: 'claim "sub" is not a string of 1 to 255 printable characters',
    })
  }
  const name = readName(claims, subject, rules)
  // Only the boolean counts. Without it the address may belong to another person.
  if (usernameClaim === 'email' && claims.email_verified !== true && !trustUnverifiedEmail) {
    throw new AuthenticationError(
      capitalised(`${provider} has not verified your mail address yet. Verify it there, then try again.`),
      { detail: 'claim "email_verified" is not true; trustUnverifiedEmail takes such addresses', refused: subject },
    )
  }
  if (withholdsGroups(claims, groupsClaim, wanted)) {
    throw new AuthenticationError(
      capitalised(`${provider} did not say in which groups you are, because they are too many. ${hint}`),
      {
        detail: `claim "${groupsClaim}" is left out (more than 200 groups at Entra ID): ${fewerGroups}`,
        refused: subject,
      },
    )
  }
  const groups = groupsOfClaims(claims, groupsClaim, wanted)
  const why = refusalOf({ name, groups, claims }, rules)
  if (why !== undefined) {
    const message = `Your account at ${provider} is not one of those that may come in here. Use another one, or ask the people who run this hub.`
    throw new AuthenticationError(message, { detail: `${name}: ${why}`, refused: subject })
  }
  return {
    subject,
    name,
    ...(isText(claims.name, 200) && { displayName: claims.name }),
    ...(Object.keys(wanted).length > 0 && { groups }),
  }
}

const hint = 'Please tell whoever runs this hub.'
const fewerGroups =
  'have it say only the groups that are assigned to this application, or app roles (groupsClaim "roles")'

/** Returns the name of the account; throws `AuthenticationError` when the claims say none that can be used here. */
function readName(claims: Claims, subject: string, rules: IdentityRules): string {
  const { provider, usernameClaim } = rules
  const said = usernameClaim === undefined ? claims.preferred_username || subject : findClaim(claims, usernameClaim)
  const name = typeof said === 'string' ? nameHere(said, rules) : undefined
  const problem = name === undefined ? whyNone(said) : problemOfName(name)
  if (name !== undefined && problem === undefined) return name
  throw new AuthenticationError(`The user name that ${provider} gives you cannot be used here: ${problem}. ${hint}`, {
    detail: `claim "${usernameClaim ?? 'preferred_username'}": ${problem}; usernameClaim, nameMap and scopes decide what is read`,
    refused: subject,
  })
}

function whyNone(said: unknown): string {
  if (said === undefined) return 'there is none'
  return typeof said === 'string' ? 'it is kept for another person' : notText
}

/** Returns why a person may not come in; undefined for one who may. */
function refusalOf(
  person: { name: string; groups: string[]; claims: Claims },
  { requiredClaims = {}, allow, trustUnverifiedEmail = false }: IdentityRules,
): string | undefined {
  const missing = Object.entries(requiredClaims).find((rule) => !claimFits(person.claims, ...rule))
  if (missing !== undefined) return `claim "${missing[0]}" is not what requiredClaims wants`
  return isAllowed(allow, person, trustUnverifiedEmail) ? undefined : 'no rule of allow fits'
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest && isPrintable(value)
}
