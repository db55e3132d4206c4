import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { AuthenticationError, Pending } from '../../authenticators/authenticator.ts'
import { oidc } from '../../authenticators/oidc.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { type IdentityProvider, startIdentityProvider } from '../helpers/identity-provider.ts'
import { assertRefused } from '../helpers/refused.ts'
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

    async function finished(authenticator: ReturnType<typeof oidc>, login = 'ann') {
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      return authenticator.finish(await provider.login(redirectTo, login), pending)
    }

    async function signIn(authenticator: ReturnType<typeof oidc>, login?: string) {
      const { signOutHint: _, ...identity } = await finished(authenticator, login)
      return identity
    }

    it('returns subject, user name and full name', async () => {
      assert.deepEqual(await signIn(open()), { subject: 'ann', name: 'ann.lee', displayName: 'Ann Lee' })
    })

    it('takes name and groups from the configured claims, and asks for the configured scopes', async () => {
      const scopes = ['openid', 'email', 'groups']
      assert.deepEqual(await signIn(open({ usernameClaim: 'email', groups: { tutors: ['staff'] }, scopes })), {
        subject: 'ann',
        name: 'ann@example.org',
        groups: ['tutors'],
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
      const authenticator = open()
      const returnTo = 'https://hub.example.org/'
      const { signOutHint } = await finished(authenticator)
      assert.ok(signOutHint !== undefined)
      const url = new URL(
        (await authenticator.signOutUrl?.(returnTo, { state: 'of the hub', hint: signOutHint })) ?? '',
      )
      assert.equal(url.origin, provider.issuer)
      assert.deepEqual(Object.fromEntries(url.searchParams), {
        post_logout_redirect_uri: returnTo,
        client_id: provider.clientId,
        state: 'of the hub',
        id_token_hint: signOutHint,
      })
      // The provider checks hint, client and address before it goes on.
      const page = await fetch(url)
      assert.deepEqual([page.status, (await page.text()).includes('/session/end/confirm')], [200, true])
      const without = new URL((await authenticator.signOutUrl?.(returnTo, { state: 's' })) ?? '')
      assert.equal(without.searchParams.has('id_token_hint'), false)
      assert.equal((await fetch(without)).status, 200)
    })

    it('keeps no ID token and has no address for sign-outs where the provider is not to be told', async () => {
      const authenticator = open({ signOutAtProvider: false })
      assert.equal((await finished(authenticator)).signOutHint, undefined)
      assert.equal(await authenticator.signOutUrl?.('https://hub.example.org/', { state: 's' }), undefined)
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

    it('refuses an ID token for another client, of another issuer, or without a nonce', async () => {
      for (const wrong of [
        { aud: 'another' },
        { iss: 'https://evil.example' },
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
      const label = 'Log in at the Campus'
      const { message, detail } = await failure(open({ label, timeoutSeconds: 0.05 }).begin(callbackUrl))
      assert.match(message, /^The Campus cannot be reached for signing in\. Try again in a minute/)
      assert.match(detail ?? '', /OAUTH_TIMEOUT/)
      provider.answers['/.well-known/openid-configuration'] = () => provider.metadata
      provider.answers['/token'] = () => hang
      assert.match((await failure(signIn(open({ timeoutSeconds: 0.05 })))).message, /cannot be reached/)
    })

    it('tells an operator what is wrong with the discovery document, within its time limit', async () => {
      const { signal } = new AbortController()
      const look = () => open({ timeoutSeconds: 0.05 }).check?.(signal)
      assert.equal(await open().check?.(signal), undefined)
      provider.answers['/.well-known/openid-configuration'] = () => hang
      assert.match((await look()) ?? '', /discovery document cannot be read at http.*OAUTH_TIMEOUT.*Is the provider up/)
      provider.answers['/.well-known/openid-configuration'] = () => ({
        ...provider.metadata,
        issuer: 'https://evil.example',
      })
      assert.match((await look()) ?? '', /issuer does not match.*is issuer spelled as the provider spells it/)
    })

    it('treats the page of a gateway in between as an unreachable provider', async () => {
      delete provider.answers['/.well-known/openid-configuration']
      const { message, detail } = await failure(open().begin(callbackUrl))
      assert.match(message, /cannot be reached/)
      assert.match(detail ?? '', /answered 404/)
    })

    it('tells that the clocks differ when an ID token has expired already', async () => {
      claims = { exp: 1_500_000_000 }
      assert.match((await failure(signIn())).message, /The clocks of campus and of this hub differ too much/)
    })

    it('refuses an answer of endless length before it fills the memory', async () => {
      provider.answers['/token'] = () => ({ access_token: 'x'.repeat(5 * 1024 * 1024), token_type: 'bearer' })
      const { message, detail } = await failure(signIn())
      assert.match(message, /answered in a way that this hub does not understand/)
      assert.match(detail ?? '', /answered more than/)
      provider.answers['/.well-known/openid-configuration'] = () => ({ ...provider.metadata, x: 'x'.repeat(5 << 20) })
      assert.match((await failure(open().begin(callbackUrl))).message, /does not understand/)
    })

    it('explains a discovery document that lacks what a sign-in needs, or has none of the right type', async () => {
      for (const wrong of [
        { authorization_endpoint: undefined },
        { authorization_endpoint: 7 },
        { token_endpoint: [] },
      ]) {
        Object.assign(provider.metadata, { authorization_endpoint: `${provider.issuer}/authorize`, ...wrong })
        assert.match((await failure(signIn())).message, /campus/i, JSON.stringify(wrong))
      }
    })

    const again: [string, boolean][] = [
      ['error=login_required', true],
      ['error=interaction_required', true],
      ['error=account_selection_required', true],
      ['error=temporarily_unavailable&error_description=authentication_expired', true],
      ['error=temporarily_unavailable', false],
      ['error=access_denied', false],
      ['error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cb%3E%0d%0a', false],
      ['error=', false],
      ['error=login_required&error=access_denied', false],
    ]
    for (const [query, beginAgain] of again) {
      it(`says whether to begin again after ${query}`, async () => {
        const authenticator = open()
        const { redirectTo, pending } = await authenticator.begin(callbackUrl)
        const state = new URL(redirectTo).searchParams.get('state')
        const error = await failure(authenticator.finish(new URL(`${callbackUrl}?state=${state}&${query}`), pending))
        assert.equal(error.beginAgain, beginAgain)
        const forged = await failure(authenticator.finish(new URL(`${callbackUrl}?state=x&${query}`), pending))
        assert.equal(forged.beginAgain, false, 'with a state that was never sent')
      })
    }

    it('keeps tokens out of its errors', async () => {
      provider.answers['/token'] = () => ({ access_token: 'token-of-somebody', token_type: 7 })
      const error = await failure(signIn())
      assert.doesNotMatch(`${error.stack}${error.detail}${JSON.stringify(error.cause)}`, /token-of-somebody/)
      assert.equal(error.cause, undefined)
    })

    it('asks the provider for another account by the prompt that it knows', async () => {
      const prompt = async (otherAccount: boolean) => {
        const authenticator = open({ authorizationParameters: { prompt: 'consent' } })
        const { redirectTo } = await authenticator.begin(callbackUrl, { otherAccount })
        return new URL(redirectTo).searchParams.get('prompt')
      }
      assert.deepEqual([await prompt(false), await prompt(true)], ['consent', 'login'])
      Object.assign(provider.metadata, { prompt_values_supported: ['login', 'select_account'] })
      assert.equal(await prompt(true), 'select_account')
      Object.assign(provider.metadata, { prompt_values_supported: 'select_account' })
      assert.equal(await prompt(true), 'login')
    })

    it('has no sign-out address where the provider has none', async () => {
      assert.equal(await open().signOutUrl?.('https://hub.example.org/', { state: 's' }), undefined)
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
        assertRefused(oidc({ ...options, issuer }), /must begin with https/)
      }
    })

    it('refuse an issuer with a query, fragment, user or well-known path, and a text that is no URL', () => {
      for (const path of ['?tenant=1', '#x', '/.well-known/openid-configuration']) {
        assertRefused(oidc({ ...options, issuer: `https://id.example.org${path}` }), /is the issuer alone/, path)
      }
      for (const issuer of ['https://ann:secret@id.example.org', 'ftp://id.example.org', 'id.example.org', '']) {
        assertRefused(oidc({ ...options, issuer }), /issuer/, issuer)
      }
    })

    const refused: [string, object, RegExp][] = [
      ['unknown options', { client_id: 'x' }, /client_id/],
      ['an empty secret', { clientSecret: '' }, /environment variable/],
      ['scopes without openid', { scopes: ['profile'] }, /must contain openid/],
      ['a scope with a space', { scopes: ['openid profile'] }, /no spaces/],
      ['a parameter of the sign-in itself', { authorizationParameters: { state: 'x' } }, /must not replace/],
      ['a time-out of an hour', { timeoutSeconds: 3600 }, /timeoutSeconds/],
      ['rules that let nobody in', { allow: {} }, /lets nobody in/],
      ['an empty list of names', { allow: { names: [] } }, /lets nobody in/],
      ['a name that no account has', { allow: { names: ['group:tutors'] } }, /looks like one of a group/],
      ['a domain with an @', { allow: { emailDomains: ['@example.org'] } }, /a domain looks like example\.org/],
      ['a group that is none here', { allow: { groups: ['staff'] } }, /staff.* is none of groups/],
      [
        'capital letters that are never read',
        { lowerCaseNames: true, nameMap: { Ann: 'a' } },
        /write it in lower case/,
      ],
      ['one name for two persons', { nameMap: { ann: 'a', bob: 'a' } }, /gives the name of .*ann.* to another person/],
      ['a group without a claim', { groups: { tutors: {} } }, /names no claim/],
    ]
    for (const [what, wrong, message] of refused) {
      it(`refuse ${what}`, () => assertRefused(oidc({ ...options, ...wrong }), message))
    }

    const idle: [string, object, RegExp[]][] = [
      ['addresses that are not asked for', { allow: { emailDomains: ['a.org'] }, scopes: ['openid'] }, [/Add "email"/]],
      ['addresses that are asked for', { allow: { emails: ['a@a.org'] } }, []],
      [
        'a name in capitals',
        { allow: { names: ['Ann', 'bob'] }, lowerCaseNames: true },
        [/called Ann here.*Write ann\.$/],
      ],
      ['a name before the map', { allow: { names: ['x', 'y'] }, nameMap: { x: 'y' } }, [/called x here.*Write y\.$/]],
      ['a name after the map', { allow: { names: ['Y'] }, nameMap: { x: 'Y' }, lowerCaseNames: true }, []],
    ]
    for (const [what, given, messages] of idle) {
      it(`have ${messages.length} warnings for ${what}`, () => {
        const { warnings = [], refusal } = oidc({ ...options, ...given })
        assert.equal(refusal, undefined)
        assert.equal(warnings.length, messages.length)
        for (const [index, message] of messages.entries()) assert.match(warnings[index] ?? '', message)
      })
    }
  })
})

async function failure(attempt: Promise<unknown>): Promise<AuthenticationError> {
  const error = await attempt.then(
    () => assert.fail('it was accepted'),
    (reason: AuthenticationError) => reason,
  )
  assert.equal(error.name, 'AuthenticationError', error.stack)
  return error
}
