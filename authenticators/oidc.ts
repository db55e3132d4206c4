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
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { z } from 'zod'
import { AuthenticationError, type Pending, type RedirectAuthenticator } from './authenticator.ts'
import { explain } from './oidc-errors.ts'
import { type Claims, findClaim, identityFromClaims } from './oidc-identity.ts'
import { type OidcOptions, optionsSchema } from './oidc-options.ts'

/**
 * Signs users in at an OpenID Connect provider: Keycloak, Entra ID, Google, or another one with a discovery document.
 *
 * Uses the code flow with PKCE, state and nonce, and checks the ID token's signature. Tokens are used once, for the
 * claims, and kept nowhere. The provider need not be up when the hub starts: the first sign-in reads its discovery
 * document.
 */
export function oidc(input: OidcOptions): RedirectAuthenticator {
  const options = optionsSchema.parse(input)
  const issuer = new URL(options.issuer)
  const { clientId, clientSecret, scopes, usernameClaim, groupsClaim } = options
  let discovered: Promise<Configuration> | undefined

  /** Fetches the discovery document once for all sign-ins. After a failure, the next sign-in tries again. */
  function configuration(): Promise<Configuration> {
    discovered ??= discovery(issuer, clientId, {}, clientAuthentication(clientSecret, options.clientAuthentication), {
      timeout: options.timeoutSeconds,
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
    label: options.label ?? `Sign in with ${options.name}`,

    async begin(callbackUrl) {
      const pending = {
        state: randomState(),
        nonce: randomNonce(),
        verifier: randomPKCECodeVerifier(),
        callback: callbackUrl,
      }
      const provider = await configuration().catch(explain(issuer, [clientSecret]))
      const redirectTo = buildAuthorizationUrl(provider, {
        ...options.authorizationParameters,
        redirect_uri: callbackUrl,
        scope: scopes.join(' '),
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      })
      return { redirectTo: redirectTo.href, pending }
    },

    async finish(currentUrl, pending) {
      const { state, nonce, verifier, callback } = readPending(pending)
      const claims = await fetchClaims(new URL(currentUrl.search, callback)).catch(
        explain(issuer, [clientSecret, verifier, currentUrl.searchParams.get('code')]),
      )
      return identityFromClaims(claims, { ...options, provider: issuer.host, usernameClaim, groupsClaim })

      async function fetchClaims(answer: URL): Promise<Claims> {
        const provider = await configuration()
        const tokens = await authorizationCodeGrant(provider, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
        })
        const claims: Claims = { ...tokens.claims() }
        const wanted = [
          usernameClaim ?? 'preferred_username',
          groupsClaim,
          'name',
          ...Object.keys(options.requiredClaims),
        ]
        if (usernameClaim === 'email') wanted.push('email_verified')
        const complete = wanted
          .filter((name) => name !== undefined)
          .every((name) => findClaim(claims, name) !== undefined)
        if (complete || provider.serverMetadata().userinfo_endpoint === undefined) return claims
        return { ...(await fetchUserInfo(provider, tokens.access_token, String(claims.sub))), ...claims }
      }
    },

    async signOutUrl(returnTo) {
      // A user can sign out here even when the provider cannot be reached.
      const provider = await configuration().catch(() => undefined)
      if (provider?.serverMetadata().end_session_endpoint === undefined) return undefined
      return buildEndSessionUrl(provider, { post_logout_redirect_uri: returnTo }).href
    },
  }
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
