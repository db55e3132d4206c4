import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'

export interface IdentityProviderOptions {
  redirectUris: string[]
  postLogoutRedirectUris?: string[]
  /** Accounts by login name. The defaults of the password and of the claim `sub` are the login name. */
  accounts: Record<string, { password?: string; claims?: Record<string, unknown> }>
  /** Default: `client_secret_basic`. `none` makes a public client. */
  clientAuthentication?: 'client_secret_basic' | 'client_secret_post' | 'none'
  /** Whether the page of the provider severs itself from its opener (`Cross-Origin-Opener-Policy`). */
  severs?: boolean
}

/**
 * Starts a real OpenID Connect provider in this process, on 127.0.0.1, which requires PKCE.
 *
 * The page of the provider has the fields `login` and `password`, a button `#sign-in` and a link `#cancel`. The methods
 * `login` and `cancel` use the page as a browser does. Only the userinfo endpoint returns claims of scopes other than
 * `openid`. Its page for sign-outs has the buttons "Yes, sign me out" and "No, stay signed in".
 */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clientId = 'carrel-test'
  const clientSecret = randomBytes(24).toString('base64url')
  const provider = new Provider(issuer, configuration(clientId, clientSecret, options))
  const answer = provider.callback()
  let away = false
  let refusals: string[] = []

  server.on('request', (request, response) => {
    if (away) return request.socket.destroy()
    const asked = new URL(request.url ?? '/', issuer)
    const refusal = asked.pathname === '/auth' ? refusals.shift() : undefined
    if (refusal !== undefined) {
      const { redirect_uri: back, state } = Object.fromEntries(asked.searchParams)
      return response.writeHead(303, { location: `${back}?${refusal}&state=${state}&iss=${issuer}` }).end()
    }
    if (!request.url?.startsWith('/interaction/')) return answer(request, response)
    if (options.severs) response.setHeader('cross-origin-opener-policy', 'same-origin')
    signInPage(provider, options.accounts, request, response).catch((error: unknown) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error))
    })
    return undefined
  })

  return {
    issuer,
    clientId,
    clientSecret,
    login: (url, login, password = options.accounts[login]?.password ?? login) =>
      walk(issuer, url, { login, password }),
    cancel: (url) => walk(issuer, url, undefined),
    refuse(...answers) {
      refusals = answers
    },
    setAway(value) {
      away = value
      if (value) server.closeAllConnections()
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}

export interface IdentityProvider {
  issuer: string
  clientId: string
  clientSecret: string
  /** Signs in on the page at an authenticator's redirect. Returns the URL to which the browser is sent back. */
  login(url: string, login: string, password?: string): Promise<URL>
  /** Cancels on the page at an authenticator's redirect. Returns the URL to which the browser is sent back. */
  cancel(url: string): Promise<URL>
  /** Answers the next sign-ins with these errors in place of the page, each a query like `error=login_required`. */
  refuse(...answers: string[]): void
  /** While true, every connection is cut, as during a restart of the provider. */
  setAway(away: boolean): void
  stop(): Promise<void>
}

function configuration(clientId: string, clientSecret: string, options: IdentityProviderOptions): Configuration {
  const method = options.clientAuthentication ?? 'client_secret_basic'
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    clients: [
      {
        client_id: clientId,
        ...(method !== 'none' && { client_secret: clientSecret }),
        token_endpoint_auth_method: method,
        redirect_uris: options.redirectUris,
        post_logout_redirect_uris: options.postLogoutRedirectUris ?? [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientAuthMethods: [method],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k1' }] } as never,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        // The provider's own page would load a font from elsewhere.
        async logoutSource(ctx, form) {
          ctx.body = `<!doctype html><title>Identity provider</title><h1>Sign out of the identity provider?</h1>${form}
            <button type="submit" form="op.logoutForm" value="yes" name="logout">Yes, sign me out</button>
            <button type="submit" form="op.logoutForm">No, stay signed in</button>`
        },
      },
    },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', 'realm_access'],
    },
    ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 600, IdToken: 600 },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount(_ctx, login) {
      const account = options.accounts[login]
      if (account === undefined) return undefined
      return { accountId: login, claims: () => ({ sub: login, ...account.claims }) }
    },
    // The provider asks for no consent.
    async loadExistingGrant(ctx) {
      const { client, session, provider } = ctx.oidc
      if (client === undefined || session?.accountId === undefined) return undefined
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid profile email groups')
      await grant.save()
      return grant
    },
  }
}

async function signInPage(
  provider: Provider,
  accounts: IdentityProviderOptions['accounts'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, returnTo } = await provider.interactionDetails(request, response)
  const url = new URL(request.url ?? '/', returnTo)
  if (url.pathname.endsWith('/cancel')) {
    await provider.interactionFinished(request, response, { error: 'access_denied' })
    return
  }
  let wrong = ''
  if (request.method === 'POST') {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
    const login = form.get('login') ?? ''
    const account = Object.hasOwn(accounts, login) ? accounts[login] : undefined
    if (account !== undefined && form.get('password') === (account.password ?? login)) {
      await provider.interactionFinished(request, response, { login: { accountId: login } })
      return
    }
    wrong = '<p role="alert">Wrong name or password</p>'
  }
  response.writeHead(wrong ? 401 : 200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
  response.end(`<!doctype html><title>Identity provider</title><h1>Identity provider</h1>${wrong}
    <form method="post" action="/interaction/${uid}">
      <input name="login" aria-label="Name"><input name="password" type="password" aria-label="Password">
      <button id="sign-in">Sign in</button>
    </form>
    <a id="cancel" href="/interaction/${uid}/cancel">Cancel</a>`)
}

async function walk(issuer: string, start: string, form: Record<string, string> | undefined): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(start)
  let body: URLSearchParams | undefined
  for (let step = 0; step < 10; step++) {
    if (url.origin !== issuer) return url
    const response = await fetch(url, {
      method: body ? 'POST' : 'GET',
      ...(body && { body }),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const text = await response.text()
    const location = response.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      body = undefined
    } else if (response.ok && url.pathname.startsWith('/interaction/')) {
      if (form === undefined) url = new URL(`${url.pathname}/cancel`, url)
      else body = new URLSearchParams(form)
    } else {
      throw new Error(`the identity provider answered ${response.status} at ${url.pathname}: ${text.slice(0, 500)}`)
    }
  }
  throw new Error('the identity provider redirects for ever')
}
