import { z } from 'zod'
import { type Claims, claimFits, claimRules } from './oidc-claims.ts'
import { personsName } from './oidc-names.ts'

const domain = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/
const atDomain = /^[\x21-\x3f\x41-\x7e]{1,64}@([a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i

const text = z.string().min(1)
function some<T extends z.ZodType>(one: T) {
  return z.array(one).min(1, 'lets nobody in; leave it out, or say whom').optional()
}

/** Who may come in: a person who fits one of these. */
export const allowSchema = z
  .strictObject({
    /** Account names, as they are here. */
    names: some(personsName),
    /** Groups here that the provider has put the person in. */
    groups: some(text),
    /** Mail addresses that the provider calls verified, in any case. */
    emails: some(z.string().regex(atDomain, 'is no mail address')),
    /** Domains of such addresses. A domain does not stand for those below it. */
    emailDomains: some(
      z.string().regex(domain, 'a domain looks like example.org: in lower case, without @; other letters as xn--…'),
    ),
    /** Claims, each with a value that it is or contains, or with several. */
    claims: claimRules
      .refine((claims) => Object.keys(claims).length > 0, 'lets nobody in; leave it out, or say whom')
      .optional(),
  })
  .refine(
    (rules) => Object.values(rules).some((rule) => rule !== undefined),
    'lets nobody in; leave it out, or say whom',
  )

export type Allow = z.output<typeof allowSchema>

interface Arrival {
  name: string
  groups: string[]
  claims: Claims
}

/** Returns whether one of the rules lets the person in. Without rules each person may come in. */
export function isAllowed(allow: Allow | undefined, { name, groups, claims }: Arrival, trustsMail: boolean): boolean {
  if (allow === undefined) return true
  const mail = mailOf(claims, trustsMail)
  return (
    allow.names?.includes(name) === true ||
    groups.some((group) => allow.groups?.includes(group)) ||
    (mail !== undefined && allow.emails?.some((address) => address.toLowerCase() === mail.address) === true) ||
    (mail !== undefined && allow.emailDomains?.includes(mail.domain) === true) ||
    Object.entries(allow.claims ?? {}).some((rule) => claimFits(claims, ...rule))
  )
}

/** Returns the names of the claims that the rules read. */
export function claimsRead(allow: Allow | undefined): string[] {
  return [...(readsMail(allow) ? ['email', 'email_verified'] : []), ...Object.keys(allow?.claims ?? {})]
}

export function readsMail(allow: Allow | undefined): boolean {
  return allow?.emails !== undefined || allow?.emailDomains !== undefined
}

/**
 * Returns a verified address in lower case, with its domain. Other letters than ASCII's are refused, because some of them
 * become ASCII in lower case, and so the domain of another owner.
 */
function mailOf({ email, email_verified: verified }: Claims, trusts: boolean) {
  if (typeof email !== 'string' || (verified !== true && !trusts)) return undefined
  const [, found] = atDomain.exec(email) ?? []
  return found === undefined ? undefined : { address: email.toLowerCase(), domain: found.toLowerCase() }
}
