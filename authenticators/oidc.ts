import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { z } from 'zod'
import { readSettings } from '../net/settings/read.ts'
import { AuthenticationError, type Pending, providerNameOf, type RedirectAuthenticator } from './authenticator.ts'
import { claimsRead } from './oidc-allow.ts'
import { type Claims, findClaim } from './oidc-claims.ts'
import { explain } from './oidc-errors.ts'
import { fetchBounded } from './oidc-fetch.ts'
import { claimsOfGroups } from './oidc-groups.ts'
import { identityFromClaims } from './oidc-identity.ts'
import { type OidcOptions, optionsSchema } from './oidc-options.ts'
import { rulesForNoOne } from './oidc-warnings.ts'

/**
 * Signs users in at an OpenID Connect provider: Keycloak, Entra ID, Google, or another one with a discovery document.
 *
 * Uses the code flow with PKCE, state and nonce, and checks the ID token's signature. Tokens are used once, for the
 * claims; the ID token is also given to the hub, as the hint that the provider wants at the sign-out. The provider need
 * not be up when the hub starts: the first sign-in reads its discovery document.
 */
export function oidc(input: OidcOptions): RedirectAuthenticator {
  const { settings, refusal } = readSettings(optionsSchema, input)
  if (refusal !== undefined) {
    const refuse = () => Promise.reject(refusal)
    return {
      kind: 'redirect',
      name: 'oidc',
      label: '',
      groups: Object.keys(input?.groups ?? {}),
      refusal,
      begin: refuse,
      finish: refuse,
    }
  }
  const options = settings
  const issuer = new URL(options.issuer)
  const { clientId, clientSecret, scopes, usernameClaim, groupsClaim } = options
  const groups = Object.keys(options.groups)
  const label = options.label ?? `Sign in with ${options.name}`
  const called = { name: providerNameOf(label), issuer }
  let discovered: Promise<Configuration> | undefined

  /** Fetches the discovery document once for all sign-ins. After a failure, the next sign-in tries again. */
  function configuration(): Promise<Configuration> {
    discovered ??= discovery(issuer, clientId, {}, clientAuthentication(clientSecret, options.clientAuthentication), {
      timeout: options.timeoutSeconds,
      [customFetch]: fetchBounded,
      execute: [enableNonRepudiationChecks, ...(options.allowInsecureIssuer ? [allowInsecureRequests] : [])],
    }).catch((error: unknown) => {
      discovered = undefined
      throw error
    })
    return discovered
  }

  return {
    kind: 'redirect',
    name: options.name,
    label,
    groups,
    warnings: rulesForNoOne(options),
    settings: () => ({ given: input, effective: { ...options, label } }),

    async begin(callbackUrl, { otherAccount = false } = {}) {
      const pending = {
        state: randomState(),
        nonce: randomNonce(),
        verifier: randomPKCECodeVerifier(),
        callback: callbackUrl,
      }
      const challenge = await calculatePKCECodeChallenge(pending.verifier)
      const authorizationUrl = (provider: Configuration) =>
        buildAuthorizationUrl(provider, {
          ...options.authorizationParameters,
          ...(otherAccount && { prompt: promptForAccount(issuer, provider) }),
          redirect_uri: callbackUrl,
          scope: scopes.join(' '),
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: challenge,
          code_challenge_method: 'S256',
        })
      const redirectTo = await configuration()
        .then(authorizationUrl)
        .catch(explain(called, [clientSecret]))
      return { redirectTo: redirectTo.href, pending }
    },

    async finish(currentUrl, pending) {
      const { state, nonce, verifier, callback } = readPending(pending)
      const { claims, signOutHint } = await fetchClaims(new URL(currentUrl.search, callback)).catch(
        explain(called, [clientSecret, verifier, currentUrl.searchParams.get('code')]),
      )
      const identity = identityFromClaims(claims, { ...options, provider: called.name, usernameClaim, groupsClaim })
      return { ...identity, ...(signOutHint !== undefined && { signOutHint }) }

      async function fetchClaims(answer: URL): Promise<{ claims: Claims; signOutHint: string | undefined }> {
        const provider = await configuration()
        const tokens = await authorizationCodeGrant(provider, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
        })
        const claims: Claims = { ...tokens.claims() }
        const signOutHint = takesSignOuts(provider) ? hintFrom(tokens.id_token) : undefined
        const wanted = [
          usernameClaim ?? 'preferred_username',
          ...claimsOfGroups(groupsClaim ?? 'groups', options.groups),
          'name',
          ...Object.keys(options.requiredClaims),
          ...claimsRead(options.allow),
        ]
        if (usernameClaim === 'email') wanted.push('email_verified')
        const complete = wanted.every((name) => findClaim(claims, name) !== undefined)
        if (complete || provider.serverMetadata().userinfo_endpoint === undefined) return { claims, signOutHint }
        const more = await fetchUserInfo(provider, tokens.access_token, String(claims.sub))
        return { claims: { ...more, ...claims }, signOutHint }
      }
    },

    async check() {
      try {
        await configuration().catch(explain(called, [clientSecret]))
        return undefined
      } catch (error) {
        const { message, detail = message } = error as AuthenticationError
        return (
          `its provider's discovery document cannot be read at ${issuer.href} (${detail}). Is the provider up, can this machine ` +
          'reach it, and is issuer spelled as the provider spells it?'
        )
      }
    },

    async signOutUrl(returnTo, { state, hint }) {
      // A user can sign out here even when the provider cannot be reached.
      const provider = await configuration().catch(() => undefined)
      if (provider === undefined || !takesSignOuts(provider)) return undefined
      return buildEndSessionUrl(provider, {
        post_logout_redirect_uri: returnTo,
        state,
        ...(hint !== undefined && { id_token_hint: hint }),
      }).href
    },
  }

  function takesSignOuts(provider: Configuration): boolean {
    return options.signOutAtProvider && provider.serverMetadata().end_session_endpoint !== undefined
  }
}

/** Providers that ask for an account only by this prompt, and do not say so in their discovery documents. */
const choosers = ['accounts.google.com', 'login.microsoftonline.com']

/** Returns the prompt by which a provider asks for an account, although it knows one of this browser. */
function promptForAccount({ host }: URL, provider: Configuration): string {
  const { prompt_values_supported: known } = provider.serverMetadata()
  const chooses = Array.isArray(known) ? known.includes('select_account') : choosers.includes(host)
  return chooses ? 'select_account' : 'login'
}

/** The longest ID token that is sent back at the sign-out, since it stands in an address there. */
const longestHint = 6000

/** Returns the ID token as the hint of a sign-out; undefined for a token that is too long for an address. */
function hintFrom(idToken: string | undefined): string | undefined {
  return idToken !== undefined && idToken.length <= longestHint ? idToken : undefined
}

/** Chooses a method that the provider's discovery document lists; where it lists none, OpenID Connect means Basic. */
function clientAuthentication(secret: string | undefined, method: 'basic' | 'post' | undefined): ClientAuth {
  if (secret === undefined) return None()
  const basic = ClientSecretBasic(secret)
  const post = ClientSecretPost(secret)
  return (server, ...rest) => {
    const supported = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const useBasic = method === undefined ? supported.includes('client_secret_basic') : method === 'basic'
    return useBasic ? basic(server, ...rest) : post(server, ...rest)
  }
}

const pendingSchema = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), callback: z.url() })

function readPending(pending: Pending): z.output<typeof pendingSchema> {
  const { data, success } = pendingSchema.safeParse(pending)
  if (success) return data
  throw new AuthenticationError('This sign-in is no longer known here. Please begin again.')
}
