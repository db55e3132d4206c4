import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Starts a provider that accepts every code and returns what a test wants, such as answers that no real provider gives.
 */
export async function startFakeProvider(claims: (issuer: string) => Record<string, unknown>): Promise<FakeProvider> {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const requests: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer)
    requests.push(pathname)
    const answer = answers[pathname]?.()
    if (answer === hang) return
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const provider: FakeProvider = {
    issuer,
    requests,
    signingKey: own.privateKey,
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
    },
    answers: {},
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  const answers: Record<string, () => unknown> = provider.answers
  answers['/.well-known/openid-configuration'] = () => provider.metadata
  answers['/jwks'] = () => ({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] })
  answers['/token'] = () => ({
    access_token: 'access-token-of-the-test',
    token_type: 'bearer',
    id_token: idToken(claims(issuer), provider.signingKey),
  })
  return provider
}

export interface FakeProvider {
  issuer: string
  /** Paths of all requests, in their order. */
  requests: string[]
  /** The key that signs ID tokens. With another key in its place, the tokens are forged. */
  signingKey: KeyObject
  metadata: Record<string, unknown>
  /** The functions that make answers, by path. */
  answers: Record<string, () => unknown>
  stop(): Promise<void>
}

/** Stands for an answer that never comes. */
export const hang = Symbol('hang')

function idToken(claims: Record<string, unknown>, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000)
  const parts = [{ alg: 'ES256' }, { iat: now, exp: now + 60, ...claims }]
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
