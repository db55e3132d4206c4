import { z } from 'zod'
import { authenticatorName, buttonLabel } from './names.ts'
import { allowSchema } from './oidc-allow.ts'
import { claimRules } from './oidc-claims.ts'
import { groupRules } from './oidc-groups.ts'
import { inLowerCase, personsName } from './oidc-names.ts'

/** The options of `oidc({ … })`. */
export const optionsSchema = z
  .strictObject({
    name: authenticatorName,
    /** Text of the button on the sign-in page. Default: "Sign in with <name>". */
    label: buttonLabel.optional(),
    /** The issuer as the provider's own discovery document spells it, without `/.well-known/…`. */
    issuer: z.string().superRefine((text, context) => {
      const message = text === '' ? 'is empty' : notPlain
      if (!isPlainIssuer(text)) context.addIssue({ code: 'custom', message })
    }),
    clientId: z.string().min(1),
    /** The client's secret. Leave it out for a public client, which uses PKCE alone. */
    clientSecret: z.string().min(1, 'is empty: is the environment variable set?').optional(),
    /** The way to send the secret to the token endpoint. Default: Basic if the provider offers it, else in the body. */
    clientAuthentication: z.enum(['basic', 'post']).optional(),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope has no spaces, quotes or backslashes'))
      .default(['openid', 'profile', 'email'])
      .refine((scopes) => scopes.includes('openid'), 'must contain openid'),
    /** The claim with the account's name; a dot leads into an object. Default: `preferred_username`, else `sub`. */
    usernameClaim: z.string().min(1).optional(),
    /** Reads names in lower case, for a provider to which `Ann` and `ann` are one person. */
    lowerCaseNames: z.boolean().default(false),
    /**
     * Names here that differ from those that the provider gives: `{ 'ann.lee@example.org': 'ann' }`. A name that is given
     * here is that person's alone: one whom the provider itself calls `ann` is refused, or gets another name here too.
     */
    nameMap: z.record(z.string(), personsName).default({}),
    /** The claim with the groups: `groups`, `realm_access.roles`. Default with `groups`: `groups`. */
    groupsClaim: z.string().min(1).optional(),
    /**
     * The groups here that the provider may put persons in, each with the provider's own name of it, or several of which
     * one is enough: `{ tutors: '/school/tutors' }`. Other claims make a group by `{ operators: { role: 'admin' } }`, all
     * of which must fit. Courses name groups in `staff`, and `admins` does. Nothing else that the provider says puts
     * anyone in a group.
     */
    groups: groupRules.default({}),
    /**
     * Claims that a person must have to come in: `{ hd: 'example.org' }`, or `{ groups: ['staff', 'students'] }` for
     * one of several values.
     */
    requiredClaims: claimRules.default({}),
    /**
     * Who may come in: a person who fits one of these, and has all `requiredClaims`. Default: the provider alone decides.
     * `{ names: ['ann'], groups: ['tutors'], emails: ['bob@example.org'], emailDomains: ['example.org'], claims: { … } }`
     */
    allow: allowSchema.optional(),
    /**
     * Accepts, with `usernameClaim: 'email'` and in `allow`, addresses that the provider does not call verified. Only for
     * a provider whose users cannot choose their address: otherwise every user can sign in as any other user.
     */
    trustUnverifiedEmail: z.boolean().default(false),
    /** More parameters of the authorization request: `prompt`, `hd`, `acr_values`, `kc_idp_hint`. */
    authorizationParameters: z
      .record(z.string(), z.string())
      .refine(
        (added) => !Object.keys(added).some((name) => ours.has(name)),
        'must not replace what the sign-in itself sends',
      )
      .default({}),
    /**
     * Signs people out at the provider too, where it has an `end_session_endpoint`. Register `<hub>/hub/signed-out` at
     * the provider as the address to come back to ("post logout redirect URI"). With `false` people are signed out here
     * only, and the next person at the same browser comes in as the last one by one click.
     */
    signOutAtProvider: z.boolean().default(true),
    /** Seconds that each request to the provider may take. */
    timeoutSeconds: z.number().positive().max(60).default(10),
    /** Accepts an `http:` issuer. Only for tests on one machine: anyone on the network path can sign in as any user. */
    allowInsecureIssuer: z.boolean().default(false),
  })
  .refine(
    ({ issuer, allowInsecureIssuer }) => allowInsecureIssuer === true || !isPlainIssuer(issuer) || isSecure(issuer),
    { path: ['issuer'], message: 'must begin with https://', when: isObject },
  )
  .superRefine(
    ({ allow, groups }, context) => {
      const named: unknown[] = Array.isArray(allow?.groups) ? allow.groups : []
      for (const [index, name] of named.entries()) {
        if (typeof name !== 'string' || Object.hasOwn(groups ?? {}, name)) continue
        const message = `"${name}" is none of groups, so nobody comes in by it`
        context.addIssue({ code: 'custom', path: ['allow', 'groups', index], message })
      }
    },
    { when: isObject },
  )
  .superRefine(
    ({ lowerCaseNames, nameMap }, context) => {
      const report = (name: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['nameMap', name], message })
      const taken = new Map<unknown, string>()
      for (const [theirs, name] of Object.entries(nameMap ?? {})) {
        if (lowerCaseNames === true && theirs !== inLowerCase(theirs)) {
          report(theirs, 'has capital letters, and lowerCaseNames reads none: write it in lower case')
        }
        const other = taken.get(name)
        if (other !== undefined) report(theirs, `gives the name of "${other}" to another person`)
        taken.set(name, theirs)
      }
    },
    { when: isObject },
  )
  .refine(({ groups, groupsClaim }) => groupsClaim === undefined || Object.keys(groups ?? {}).length > 0, {
    path: ['groupsClaim'],
    message: "has no effect without groups: { tutors: 'the name of the group at the provider' }",
    when: isObject,
  })
  .refine(
    ({ authorizationParameters, requiredClaims }) =>
      authorizationParameters?.hd === undefined || requiredClaims?.hd !== undefined,
    {
      path: ['authorizationParameters', 'hd'],
      message:
        'only asks the provider, and anybody can leave it out: require the answer with requiredClaims: { hd: … }',
      when: isObject,
    },
  )

export type OidcOptions = z.input<typeof optionsSchema>

const ours = new Set([
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
])

const notPlain = 'is the issuer alone, like https://id.example.org: no user, query, fragment or /.well-known/ path'

/** Lets a check run although other options are wrong, so that all problems are told at once. */
function isObject({ value }: z.core.ParsePayload): boolean {
  return typeof value === 'object' && value !== null
}

function isSecure(issuer: string): boolean {
  return issuer.startsWith('https://')
}

function isPlainIssuer(text: string): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { protocol, username, password, search, hash, pathname } = new URL(text)
  return (
    (protocol === 'https:' || protocol === 'http:') &&
    [username, password, search, hash].every((part) => part === '') &&
    !pathname.includes('/.well-known/')
  )
}
