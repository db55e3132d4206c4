import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { Pending } from '../../authenticators/authenticator.ts'
import { oidc } from '../../authenticators/oidc.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { type IdentityProvider, startIdentityProvider } from '../helpers/identity-provider.ts'
import { describeRedirect } from './contract.ts'
import { type FakeProvider, hang, startFakeProvider } from './fake-provider.ts'

const callbackUrl = 'http://127.0.0.1:9/hub/login/campus/callback'

describe('oidc', () => {
  describe('at a real provider', () => {
    let provider: IdentityProvider
    const open = (more: object = {}) => {
      const { issuer, clientId, clientSecret } = provider
      return oidc({ name: 'campus', issuer, clientId, clientSecret, allowInsecureIssuer: true, ...more })
    }

    before(async () => {
      provider = await startIdentityProvider({
        redirectUris: [callbackUrl, 'https://hub.example.org/hub/login/campus/callback'],
        postLogoutRedirectUris: ['https://hub.example.org/'],
        accounts: {
          ann: {
            claims: {
              sub: 'ann',
              preferred_username: 'ann.lee',
              name: 'Ann Lee',
              email: 'ann@example.org',
              email_verified: true,
              groups: ['staff', 'course-1'],
            },
          },
          plain: {},
        },
      })
    })
    after(() => provider.stop())

    describeRedirect('oidc()', () => ({
      authenticator: open(),
      callbackUrl,
      signIn: (redirectTo) => provider.login(redirectTo, 'ann'),
      refuse: (redirectTo) => provider.cancel(redirectTo),
      setAway: provider.setAway,
      secrets: [provider.clientSecret],
    }))

    async function signIn(authenticator: ReturnType<typeof oidc>, login = 'ann') {
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      return authenticator.finish(await provider.login(redirectTo, login), pending)
    }

    it('returns subject, user name and full name', async () => {
      assert.deepEqual(await signIn(open()), { subject: 'ann', name: 'ann.lee', displayName: 'Ann Lee' })
    })

    it('takes name and groups from the configured claims, and asks for the configured scopes', async () => {
      const scopes = ['openid', 'email', 'groups']
      assert.deepEqual(await signIn(open({ usernameClaim: 'email', groupsClaim: 'groups', scopes })), {
        subject: 'ann',
        name: 'ann@example.org',
        groups: ['staff', 'course-1'],
      })
    })

    it('falls back to the subject where the provider knows no user name', async () => {
      assert.deepEqual(await signIn(open(), 'plain'), { subject: 'plain', name: 'plain' })
    })

    it('sends a challenge, never the verifier', async () => {
      const { redirectTo, pending } = await open().begin(callbackUrl)
      const sent = new URL(redirectTo).searchParams
      assert.equal(sent.get('code_challenge_method'), 'S256')
      assert.equal(sent.get('response_type'), 'code')
      assert.equal(sent.get('state'), pending.state)
      assert.equal(sent.get('nonce'), pending.nonce)
      assert.ok(!redirectTo.includes(String(pending.verifier)))
      assert.ok(!redirectTo.includes(provider.clientSecret))
    })

    async function refusal(change: (answer: URL, pending: Pending) => void, more: object = {}) {
      const authenticator = open(more)
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      const answer = await provider.login(redirectTo, 'ann')
      change(answer, pending)
      return failure(authenticator.finish(answer, pending))
    }

    it('is refused by the provider with a verifier that does not fit the challenge', async () => {
      const { message, detail } = await refusal((_, pending) => {
        pending.verifier = 'v'.repeat(43)
      })
      assert.match(message, /used already, or it took too long\. Please begin again/)
      assert.match(detail ?? '', /invalid_grant/)
    })

    it('refuses an answer whose state, nonce or issuer differs', async () => {
      const changes: ((answer: URL, pending: Pending) => void)[] = [
        (answer) => answer.searchParams.set('state', 'another'),
        (answer) => answer.searchParams.delete('state'),
        (answer) => answer.searchParams.append('state', 'twice'),
        (_, pending) => {
          pending.nonce = 'another'
        },
        (answer) => answer.searchParams.set('iss', 'https://evil.example'),
        (answer) => answer.searchParams.delete('iss'),
        (answer) => answer.searchParams.append('code', 'twice'),
      ]
      for (const change of changes) {
        assert.match((await refusal(change)).message, /does not belong to the sign-in that this browser began/)
      }
    })

    it('accepts an error only with the right state, and shows no text of the provider', async () => {
      const planted = { error: 'server_<b>\u202e', error_description: 'Call 555-1234' }
      const error = (answer: URL) => {
        answer.searchParams.delete('code')
        for (const [name, value] of Object.entries(planted)) answer.searchParams.set(name, value)
      }
      const { message, detail } = await refusal(error)
      assert.match(message, /refused this sign-in/)
      assert.doesNotMatch(message, /555-1234|\u202e/)
      assert.match(detail ?? '', /555-1234/)
      const forged = await refusal((answer) => {
        error(answer)
        answer.searchParams.set('state', 'another')
      })
      assert.match(forged.message, /does not belong/)
    })

    it('reports that the provider does not accept the hub when its secret is wrong, without the secret', async () => {
      const clientSecret = 'a-secret-that-is-not-the-right-one'
      const { message, detail } = await refusal(() => undefined, { clientSecret })
      assert.match(message, /does not accept this hub as one of its clients/)
      assert.ok(!`${message}${detail}`.includes(clientSecret))
    })

    it('uses the callback that it began with, whatever URL the hub sees behind the proxy', async () => {
      const authenticator = open()
      const { redirectTo, pending } = await authenticator.begin('https://hub.example.org/hub/login/campus/callback')
      const answer = await provider.login(redirectTo, 'ann')
      assert.equal(answer.origin, 'https://hub.example.org')
      const inside = new URL(`http://127.0.0.1:8081/hub/login/campus/callback${answer.search}`)
      assert.equal((await authenticator.finish(inside, pending)).subject, 'ann')
    })

    it('sends the browser to the provider at sign-out, and then back to the address that the hub names', async () => {
      const url = new URL((await open().signOutUrl?.('https://hub.example.org/')) ?? '')
      assert.equal(url.origin, provider.issuer)
      assert.equal(url.searchParams.get('post_logout_redirect_uri'), 'https://hub.example.org/')
      assert.equal(url.searchParams.get('client_id'), provider.clientId)
    })

    it('adds the configured parameters to the authorization request', async () => {
      const { redirectTo } = await open({ authorizationParameters: { prompt: 'login' } }).begin(callbackUrl)
      assert.equal(new URL(redirectTo).searchParams.get('prompt'), 'login')
    })

    it('is a gate for temporary users', async () => {
      const gate = temporary({ behind: open({ label: 'Sign in with the campus' }) })
      assert.equal(gate.label, 'Sign in with the campus')
      assert.ok(gate.behind?.kind === 'redirect')
      const { redirectTo, pending } = await gate.behind.begin(callbackUrl)
      const person = await gate.behind.finish(await provider.login(redirectTo, 'ann'), pending)
      assert.equal(person.subject, 'ann')
      assert.doesNotMatch(JSON.stringify([gate.create(), gate.create()]), /ann/)
    })
  })

  for (const clientAuthentication of ['client_secret_post', 'none'] as const) {
    it(`signs in at a provider that knows only ${clientAuthentication}`, async () => {
      const provider = await startIdentityProvider({
        redirectUris: [callbackUrl],
        accounts: { ann: {} },
        clientAuthentication,
      })
      try {
        const { issuer, clientId, clientSecret } = provider
        const secret = clientAuthentication === 'none' ? {} : { clientSecret }
        const authenticator = oidc({ name: 'campus', issuer, clientId, ...secret, allowInsecureIssuer: true })
        const { redirectTo, pending } = await authenticator.begin(callbackUrl)
        const identity = await authenticator.finish(await provider.login(redirectTo, 'ann'), pending)
        assert.equal(identity.subject, 'ann')
      } finally {
        await provider.stop()
      }
    })
  }

  describe('at a provider that misbehaves', () => {
    let provider: FakeProvider
    let claims: Record<string, unknown>
    const open = (more: object = {}) =>
      oidc({ name: 'campus', issuer: provider.issuer, clientId: 'carrel', allowInsecureIssuer: true, ...more })

    beforeEach(async () => {
      claims = {}
      provider = await startFakeProvider((issuer) => ({ iss: issuer, aud: 'carrel', sub: 'ann', ...claims }))
    })
    afterEach(() => provider.stop())

    async function signIn(authenticator = open()) {
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      const asked = new URL(redirectTo).searchParams
      claims = { nonce: asked.get('nonce'), ...claims }
      return authenticator.finish(new URL(`${callbackUrl}?code=c&state=${asked.get('state')}`), pending)
    }

    it('fetches the discovery document once for five sign-ins at the same time', async () => {
      const authenticator = open()
      await Promise.all(Array.from({ length: 5 }, () => authenticator.begin(callbackUrl)))
      assert.deepEqual(provider.requests, ['/.well-known/openid-configuration'])
      assert.equal((await signIn(authenticator)).subject, 'ann')
    })

    it('refuses an ID token that the provider did not sign', async () => {
      provider.signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      assert.match((await failure(signIn())).message, /does not belong/)
    })

    it('refuses an ID token for another client, of another issuer, expired, or without a nonce', async () => {
      for (const wrong of [
        { aud: 'another' },
        { iss: 'https://evil.example' },
        { exp: 1_500_000_000 },
        { nonce: undefined },
        { sub: undefined },
      ]) {
        claims = wrong
        assert.match((await failure(signIn())).message, /does not belong/, JSON.stringify(wrong))
      }
    })

    it('refuses a userinfo answer about another user', async () => {
      provider.metadata.userinfo_endpoint = `${provider.issuer}/userinfo`
      provider.answers['/userinfo'] = () => ({ sub: 'bob', preferred_username: 'bob' })
      assert.match((await failure(signIn())).message, /otherwise than this hub expects/)
    })

    it('refuses a discovery document of another issuer', async () => {
      provider.metadata.issuer = 'https://evil.example'
      const { message, detail } = await failure(open().begin(callbackUrl))
      assert.match(message, /describes itself otherwise/)
      assert.match(detail ?? '', /issuer does not match/)
    })

    it('gives up on a provider that does not answer', async () => {
      provider.answers['/.well-known/openid-configuration'] = () => hang
      const { message, detail } = await failure(open({ timeoutSeconds: 0.05 }).begin(callbackUrl))
      assert.match(message, /cannot be reached for signing in\. Try again in a minute/)
      assert.match(detail ?? '', /OAUTH_TIMEOUT/)
      provider.answers['/.well-known/openid-configuration'] = () => provider.metadata
      provider.answers['/token'] = () => hang
      assert.match((await failure(signIn(open({ timeoutSeconds: 0.05 })))).message, /cannot be reached/)
    })

    it('treats the page of a gateway in between as an unreachable provider', async () => {
      delete provider.answers['/.well-known/openid-configuration']
      const { message, detail } = await failure(open().begin(callbackUrl))
      assert.match(message, /cannot be reached/)
      assert.match(detail ?? '', /answered 404/)
    })

    it('keeps tokens out of its errors', async () => {
      provider.answers['/token'] = () => ({ access_token: 'token-of-somebody', token_type: 7 })
      const error = await failure(signIn())
      assert.doesNotMatch(`${error.stack}${error.detail}${JSON.stringify(error.cause)}`, /token-of-somebody/)
      assert.equal(error.cause, undefined)
    })

    it('has no sign-out address where the provider has none', async () => {
      assert.equal(await open().signOutUrl?.('https://hub.example.org/'), undefined)
    })
  })

  describe('options', () => {
    const options = { name: 'campus', issuer: 'https://id.example.org/realms/campus', clientId: 'carrel' }

    it('are accepted in their usual form, without a request to the provider', () => {
      const authenticator = oidc({ ...options, clientSecret: 'secret' })
      assert.equal(authenticator.kind, 'redirect')
      assert.equal(authenticator.label, 'Sign in with campus')
    })

    it('refuse an issuer without TLS', () => {
      for (const issuer of ['http://id.example.org', 'http://127.0.0.1:8080', 'HTTP://id.example.org']) {
        assert.throws(() => oidc({ ...options, issuer }), /must begin with https/)
      }
    })

    it('refuse an issuer with a query, fragment, user or well-known path, and a text that is no URL', () => {
      for (const path of ['?tenant=1', '#x', '/.well-known/openid-configuration']) {
        assert.throws(() => oidc({ ...options, issuer: `https://id.example.org${path}` }), /is the issuer alone/, path)
      }
      for (const issuer of ['https://ann:secret@id.example.org', 'ftp://id.example.org', 'id.example.org', '']) {
        assert.throws(() => oidc({ ...options, issuer }), /issuer/, issuer)
      }
    })

    const refused: [string, object, RegExp][] = [
      ['unknown options', { client_id: 'x' }, /client_id/],
      ['an empty secret', { clientSecret: '' }, /environment variable/],
      ['scopes without openid', { scopes: ['profile'] }, /must contain openid/],
      ['a scope with a space', { scopes: ['openid profile'] }, /no spaces/],
      ['a parameter of the sign-in itself', { authorizationParameters: { state: 'x' } }, /must not replace/],
      ['a time-out of an hour', { timeoutSeconds: 3600 }, /timeoutSeconds/],
    ]
    for (const [what, wrong, message] of refused) {
      it(`refuse ${what}`, () => assert.throws(() => oidc({ ...options, ...wrong }), message))
    }
  })
})

async function failure(attempt: Promise<unknown>): Promise<Error & { detail?: string }> {
  const error = await attempt.then(
    () => assert.fail('it was accepted'),
    (reason: Error & { detail?: string }) => reason,
  )
  assert.equal(error.name, 'AuthenticationError', error.stack)
  return error
}
