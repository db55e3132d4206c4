import { z } from 'zod'
import { authenticatorName, buttonLabel } from './names.ts'

/** The options of `oidc({ … })`. */
export const optionsSchema = z
  .strictObject({
    name: authenticatorName,
    /** Text of the button on the sign-in page. Default: "Sign in with <name>". */
    label: buttonLabel.optional(),
    /** The issuer as the provider's own discovery document spells it, without `/.well-known/…`. */
    issuer: z.url().refine(isPlainIssuer, 'is the issuer alone: no user, query, fragment or /.well-known/ path'),
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
    /** The claim with the groups: `groups`, `realm_access.roles`. Default: no groups are read. */
    groupsClaim: z.string().min(1).optional(),
    /**
     * Claims that a person must have to come in: `{ hd: 'example.org' }`, or `{ groups: ['staff', 'students'] }` for
     * one of several values. Without this option the provider alone decides who may come in.
     */
    requiredClaims: z
      .record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1)).min(1, 'names nobody')]))
      .default({}),
    /**
     * Accepts, with `usernameClaim: 'email'`, addresses that the provider does not call verified. Only for a provider
     * whose users cannot choose their address: otherwise every user can sign in as any other user.
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
    /** Seconds that each request to the provider may take. */
    timeoutSeconds: z.number().positive().max(60).default(10),
    /** Accepts an `http:` issuer. Only for tests on one machine: anyone on the network path can sign in as any user. */
    allowInsecureIssuer: z.boolean().default(false),
  })
  .refine(({ issuer, allowInsecureIssuer }) => allowInsecureIssuer || issuer.startsWith('https://'), {
    path: ['issuer'],
    message: 'must begin with https://',
  })
  .refine(
    ({ authorizationParameters: { hd }, requiredClaims }) => hd === undefined || requiredClaims.hd !== undefined,
    {
      path: ['authorizationParameters', 'hd'],
      message:
        'only asks the provider, and anybody can leave it out: require the answer with requiredClaims: { hd: … }',
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

function isPlainIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash, pathname } = new URL(text)
  return (
    (protocol === 'https:' || protocol === 'http:') &&
    [username, password, search, hash].every((part) => part === '') &&
    !pathname.includes('/.well-known/')
  )
}
