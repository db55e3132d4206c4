import assert from 'node:assert/strict'
import type {
  Accounts,
  Authenticator,
  GatewayWords,
  HeaderAuthenticator,
  Identity,
  LaunchAuthenticator,
  LaunchRequest,
  PasswordAuthenticator,
  RedirectAuthenticator,
  TemporaryAuthenticator,
} from '../../authenticators/authenticator.ts'

/*
 * The suites that test the promises of `authenticators/authenticator.ts`, one for each kind of authenticator. `open`
 * returns a fresh authenticator for each test.
 */

export function describeTemporary(title: string, open: () => TemporaryAuthenticator): void {
  describe(`the contract, kept by ${title}`, () => {
    it('has a name that fits into a URL, and a label', () => assertNamed(open()))

    it('makes a new identity each time', () => {
      const authenticator = open()
      const made = Array.from({ length: 100 }, () => authenticator.create())
      for (const identity of made) assertIdentity(identity)
      assert.equal(new Set(made.map(({ subject }) => subject)).size, 100)
      assert.equal(new Set(made.map(({ name }) => name)).size, 100)
    })

    it('has only an authenticator of persons as its gate, if any', () => {
      const { behind } = open()
      assert.ok(behind === undefined || ['password', 'redirect', 'header'].includes(behind.kind))
    })
  })
}

export interface PasswordCandidate {
  authenticator: PasswordAuthenticator
  username: string
  password: string
}

export function describePassword(title: string, open: () => PasswordCandidate | Promise<PasswordCandidate>): void {
  describe(`the contract, kept by ${title}`, () => {
    it('has a name that fits into a URL, and a label', async () => assertNamed((await open()).authenticator))

    it('returns the same identity each time', async () => {
      const { authenticator, username, password } = await open()
      const identity = await authenticator.authenticate(username, password)
      assertIdentity(identity)
      assert.deepEqual(await authenticator.authenticate(username, password), identity)
    })

    it('returns undefined, and does not throw, for wrong passwords and odd names', async () => {
      const { authenticator, username, password } = await open()
      const odd = ['', '\0', `${password}x`, password.slice(1), 'a'.repeat(100_000), '\ud800']
      for (const wrong of odd) assert.equal(await authenticator.authenticate(username, wrong), undefined)
      for (const name of odd) assert.equal(await authenticator.authenticate(name, `${password}x`), undefined)
    })

    it('refuses an odd name with a sentence, or as a wrong one, though the password is right', async () => {
      const { authenticator, password } = await open()
      for (const name of ['', ' ', '\0', 'a\nb', '\ud800', 'a'.repeat(1000), 'lms:edx:7', 'group:tutors', '../x']) {
        const attempt = authenticator.authenticate(name, password)
        if ((await attempt.catch(() => 'an error')) === undefined) continue
        await assertRefused(attempt, [password])
      }
    })

    it('asks for no name as a gate, if names are chosen', async () => {
      const { authenticator, password } = await open()
      if (authenticator.namesAreChosen) assertIdentity(await authenticator.authenticate('guest', password))
    })
  })
}

export interface AccountsCandidate {
  accounts: Accounts
  authenticate: PasswordAuthenticator['authenticate']
  /** The same authenticator as another hub has opened it. */
  elsewhere: Accounts
  /** Moves the clock of all hubs on. */
  pass(seconds: number): void
  /** Passwords that are good. */
  passwords: [string, string]
}

export function describeAccounts(title: string, open: () => Promise<AccountsCandidate>): void {
  describe(`the contract of accounts, kept by ${title}`, () => {
    it('adds an account once, without a password, and knows it at every hub', async () => {
      const { accounts, elsewhere, authenticate } = await open()
      assert.deepEqual([await accounts.add('ann'), await elsewhere.add('ann')], [true, false])
      const ann = await elsewhere.find('ann')
      assert.ok(ann)
      assert.deepEqual([ann.name, ann.hasPassword, ann.linkEnds], ['ann', false, undefined])
      for (const password of ['', 'undefined', 'null']) assert.equal(await authenticate('ann', password), undefined)
    })

    it('lets in by the password that was set last, as the account', async () => {
      const { accounts, elsewhere, authenticate, passwords } = await open()
      const [first, second] = passwords
      await accounts.add('ann')
      assert.equal(await accounts.setPassword('ann', first), true)
      assert.equal((await authenticate('ann', first))?.subject, (await accounts.find('ann'))?.subject)
      assert.equal(await elsewhere.setPassword('ann', second), true)
      assert.equal(await authenticate('ann', first), undefined)
      assert.equal((await authenticate('ann', second))?.name, 'ann')
      assert.equal(await accounts.setPassword('bob', first), false)
    })

    it('sets a password by a link once, before its end, for its own account', async () => {
      const { accounts, elsewhere, authenticate, pass, passwords } = await open()
      const [first, second] = passwords
      for (const name of ['ann', 'bob']) await accounts.add(name)
      const { secret = '' } = (await accounts.makeLink('ann', 60)) ?? {}
      assert.deepEqual(
        [await elsewhere.isLinkGood('ann', secret), await accounts.isLinkGood('ann', secret)],
        [true, true],
      )
      for (const wrong of ['', `${secret}x`, secret.slice(1)])
        assert.equal(await accounts.useLink('ann', wrong, first), false)
      assert.equal(await accounts.useLink('bob', secret, first), false)
      assert.equal(await elsewhere.useLink('ann', secret, first), true)
      assert.deepEqual(
        [await accounts.useLink('ann', secret, second), await accounts.isLinkGood('ann', secret)],
        [false, false],
      )
      assert.ok(await authenticate('ann', first))
      const late = (await accounts.makeLink('ann', 60))?.secret ?? ''
      pass(61)
      assert.deepEqual(
        [await accounts.isLinkGood('ann', late), await accounts.useLink('ann', late, second)],
        [false, false],
      )
      assert.equal(await accounts.makeLink('nobody', 60), undefined)
    })

    it('ends a link by a newer one, and by a password', async () => {
      const { accounts, passwords } = await open()
      await accounts.add('ann')
      const made = async () => (await accounts.makeLink('ann', 60))?.secret ?? ''
      const [one, two] = [await made(), await made()]
      assert.deepEqual([await accounts.isLinkGood('ann', one), await accounts.isLinkGood('ann', two)], [false, true])
      await accounts.setPassword('ann', passwords[0])
      assert.equal(await accounts.isLinkGood('ann', two), false)
    })

    it('lets one of two through who use a link at once, at two hubs', async () => {
      const { accounts, elsewhere, authenticate, passwords } = await open()
      await accounts.add('ann')
      const { secret = '' } = (await accounts.makeLink('ann', 60)) ?? {}
      const used = await Promise.all([
        accounts.useLink('ann', secret, passwords[0]),
        elsewhere.useLink('ann', secret, passwords[1]),
      ])
      assert.deepEqual([...used].sort(), [false, true])
      const letIn = await Promise.all(passwords.map((password) => authenticate('ann', password)))
      assert.deepEqual(letIn.map(Boolean), used)
    })

    it('signs in by a secret once, within its time, and only as the account for which it was made', async () => {
      const { accounts, elsewhere, authenticate, pass, passwords } = await open()
      for (const name of ['ann', 'bob']) await accounts.add(name)
      await accounts.setPassword('ann', passwords[0])
      const made = async () => (await accounts.makeSignIn('ann', 60))?.secret ?? ''
      const [replaced, secret] = [await made(), await made()]
      assert.deepEqual(
        [await accounts.isSignInGood('ann', replaced), await elsewhere.isSignInGood('ann', secret)],
        [false, true],
      )
      for (const [name, wrong] of [
        ['ann', ''],
        ['ann', `${secret}x`],
        ['ann', replaced],
        ['bob', secret],
        ['nobody', secret],
      ] as const)
        assert.equal(await accounts.useSignIn(name, wrong), undefined)
      assert.equal(await accounts.useLink('ann', secret, passwords[1]), false, 'it sets no password')
      const subject = (await accounts.find('ann'))?.subject
      assert.deepEqual(await elsewhere.useSignIn('ann', secret), { subject, name: 'ann' })
      assert.deepEqual(
        [await accounts.useSignIn('ann', secret), await accounts.isSignInGood('ann', secret)],
        [undefined, false],
      )
      assert.ok(await authenticate('ann', passwords[0]), 'the password stays')
      const late = await made()
      pass(61)
      assert.deepEqual(
        [await accounts.isSignInGood('ann', late), await accounts.useSignIn('ann', late)],
        [false, undefined],
      )
      const ended = await made()
      await accounts.setPassword('ann', passwords[1])
      assert.equal(await accounts.useSignIn('ann', ended), undefined, 'a new password ends it')
      assert.equal(await accounts.makeSignIn('nobody', 60), undefined)
      const contested = await made()
      const used = [accounts, elsewhere].map((hub) => hub.useSignIn('ann', contested))
      assert.equal((await Promise.all(used)).filter((identity) => identity !== undefined).length, 1)
    })

    it('removes an account with its password and link; one of the same name is another', async () => {
      const { accounts, elsewhere, authenticate, passwords } = await open()
      await accounts.add('ann')
      const before = await accounts.find('ann')
      await accounts.setPassword('ann', passwords[0])
      const { secret = '' } = (await accounts.makeLink('ann', 60)) ?? {}
      assert.deepEqual([await elsewhere.remove('ann'), await accounts.remove('ann')], [true, false])
      assert.equal(await authenticate('ann', passwords[0]), undefined)
      await accounts.add('ann')
      assert.equal(await accounts.isLinkGood('ann', secret), false)
      assert.equal(await authenticate('ann', passwords[0]), undefined)
      assert.notEqual((await accounts.find('ann'))?.subject, before?.subject)
    })

    it('lists accounts by name, in pages', async () => {
      const { accounts } = await open()
      for (const name of ['cleo', 'ann', 'bob', 'cleopatra']) await accounts.add(name)
      const names = async (page: { after?: string; beginning?: string; most: number }) =>
        (await accounts.list(page)).map(({ name }) => name)
      assert.deepEqual(await names({ most: 2 }), ['ann', 'bob'])
      assert.deepEqual(await names({ after: 'bob', most: 2 }), ['cleo', 'cleopatra'])
      assert.deepEqual(await names({ beginning: 'cl', most: 9 }), ['cleo', 'cleopatra'])
      assert.deepEqual(await names({ beginning: 'cleo', after: 'cleo', most: 9 }), ['cleopatra'])
      assert.deepEqual(await names({ beginning: 'leo', most: 9 }), [])
    })

    it('names accounts in one way, and refuses passwords that are easy to guess', async () => {
      const { accounts, passwords } = await open()
      assert.equal(accounts.nameOf(' Ann '), accounts.nameOf('ann'))
      for (const odd of ['', ' ', 'a\0b', 'lms:edx:7', 'group:tutors', '\ud800', 'x'.repeat(500)]) {
        assert.equal(accounts.nameOf(odd), undefined, odd)
      }
      for (const good of passwords) assert.equal(accounts.passwordProblem('ann', good), undefined)
      for (const bad of ['', 'short', 'aaaaaaaaaaaaaaaa', 'x'.repeat(100_000)]) {
        assert.match(accounts.passwordProblem('ann', bad) ?? '', /^[A-Z].*\.$/s)
      }
    })
  })
}

export interface LaunchCandidate {
  authenticator: LaunchAuthenticator
  accepted: LaunchRequest
  /** Requests that belong to another authenticator, or that prove nothing. */
  ignored: LaunchRequest[]
}

export function describeLaunch(title: string, open: () => LaunchCandidate): void {
  describe(`the contract, kept by ${title}`, () => {
    it('has a name that fits into a URL, and a label', () => assertNamed(open().authenticator))

    it('returns the same identity each time, from its argument alone', () => {
      const { authenticator, accepted } = open()
      const request = Object.freeze({ ...accepted, ancestors: Object.freeze([...accepted.ancestors]) as string[] })
      const identity = authenticator.identify(request)
      assertIdentity(identity)
      assert.deepEqual(authenticator.identify(request), identity)
      assert.deepEqual(open().authenticator.identify(accepted), identity)
    })

    it("returns undefined, and does not throw, for another authenticator's requests", () => {
      const { authenticator, accepted, ignored } = open()
      const odd = ['', '\0', '/', 'a'.repeat(10_000), '\ud800'].map((learner) => ({ ...accepted, learner }))
      for (const request of [...ignored, ...odd]) assert.equal(authenticator.identify(request), undefined)
    })
  })
}

export interface HeaderCandidate {
  authenticator: HeaderAuthenticator
  accepted: GatewayWords
  /** Words of other programs, and words that name no person. */
  ignored: GatewayWords[]
  /** Words that could mean two things. */
  unclear: GatewayWords[]
}

export function describeHeader(title: string, open: () => HeaderCandidate): void {
  describe(`the contract, kept by ${title}`, () => {
    it('has a name that fits into a URL, and a label', () => assertNamed(open().authenticator))

    it('names its gateways, and its headers in lower case', () => {
      const { from, headers } = open().authenticator
      assert.ok(from.length > 0 && headers.length > 0)
      for (const name of headers) assert.match(name, /^[a-z0-9-]+$/)
    })

    it('returns the same identity each time, from its argument alone', () => {
      const { authenticator, accepted } = open()
      const identity = authenticator.identify(Object.freeze({ ...accepted }))
      assertIdentity(identity)
      assert.deepEqual(authenticator.identify(accepted), identity)
      assert.deepEqual(open().authenticator.identify(accepted), identity)
    })

    it('returns undefined, and does not throw, for words of others and for no person', () => {
      const { authenticator, ignored } = open()
      for (const words of ignored) assert.equal(authenticator.identify(words), undefined)
    })

    it('refuses words that could mean two things', async () => {
      const { authenticator, unclear } = open()
      for (const words of unclear) await assertRefused((async () => authenticator.identify(words))(), [])
    })
  })
}

export interface RedirectCandidate {
  authenticator: RedirectAuthenticator
  callbackUrl: string
  /** Signs in at the other site, always as the same person. Returns the URL to which the browser is sent back. */
  signIn(redirectTo: string): Promise<URL>
  /** Declines at the other site. Returns the URL to which the browser is sent back. */
  refuse(redirectTo: string): Promise<URL>
  /** Makes the other site unreachable, or reachable again. */
  setAway(away: boolean): void
  /** Texts that no message, log line or cause may contain. */
  secrets: string[]
}

export function describeRedirect(title: string, open: () => RedirectCandidate): void {
  describe(`the contract, kept by ${title}`, () => {
    it('has a name that fits into a URL, and a label', () => assertNamed(open().authenticator))

    it('returns the same identity each time that a person signs in', async () => {
      const candidate = open()
      const identity = await signedIn(candidate)
      assertIdentity(identity)
      assert.deepEqual(await signedIn(candidate), identity)
    })

    it('keeps nothing between the calls: another hub can finish what this one began', async () => {
      const { authenticator, callbackUrl, signIn } = open()
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      const kept = JSON.parse(JSON.stringify(pending))
      assert.deepEqual(kept, pending)
      assertIdentity(await open().authenticator.finish(await signIn(redirectTo), kept))
    })

    it('begins each sign-in with an address and values of its own', async () => {
      const { authenticator, callbackUrl } = open()
      const [one, other] = [await authenticator.begin(callbackUrl), await authenticator.begin(callbackUrl)]
      assert.match(one.redirectTo, /^https?:\/\//)
      assert.notEqual(one.redirectTo, other.redirectTo)
      assert.notDeepEqual(one.pending, other.pending)
    })

    it("refuses an answer to another browser's sign-in", async () => {
      const { authenticator, callbackUrl, signIn, secrets } = open()
      const mine = await authenticator.begin(callbackUrl)
      const theirs = await authenticator.begin(callbackUrl)
      const answer = await signIn(theirs.redirectTo)
      await assertRefused(authenticator.finish(answer, mine.pending), secrets)
    })

    it('refuses an answer that was used before', async () => {
      const { authenticator, callbackUrl, signIn, secrets } = open()
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      const answer = await signIn(redirectTo)
      await authenticator.finish(answer, pending)
      await assertRefused(authenticator.finish(answer, pending), secrets)
    })

    it('refuses an answer without a beginning', async () => {
      const { authenticator, callbackUrl, signIn, secrets } = open()
      const { redirectTo } = await authenticator.begin(callbackUrl)
      const answer = await signIn(redirectTo)
      for (const pending of [{}, { state: '' }]) {
        await assertRefused(authenticator.finish(answer, pending as Record<string, string>), secrets)
      }
    })

    it('throws an error that says so when the person declines', async () => {
      const { authenticator, callbackUrl, refuse, secrets } = open()
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      await assertRefused(authenticator.finish(await refuse(redirectTo), pending), secrets)
    })

    it('tells an operator whether the other site answers, if it can tell', async () => {
      const { authenticator, setAway, secrets } = open()
      const { signal } = new AbortController()
      assert.equal(await authenticator.check?.(signal), undefined)
      setAway(true)
      try {
        const problem = (await open().authenticator.check?.(signal)) ?? 'it cannot tell'
        assert.match(problem, /\w+ \w+/)
        for (const secret of secrets) assert.ok(!problem.includes(secret))
      } finally {
        setAway(false)
      }
    })

    it('throws an error that says so when the other site is unreachable, and works when it is back', async () => {
      const candidate = open()
      const { authenticator, callbackUrl, setAway, secrets } = candidate
      setAway(true)
      try {
        await assertRefused(authenticator.begin(callbackUrl), secrets)
        assert.equal(await authenticator.signOutUrl?.(callbackUrl, { state: 's' }), undefined)
      } finally {
        setAway(false)
      }
      assertIdentity(await signedIn(candidate))
    })

    it('throws an error that says so when the other site becomes unreachable between the two calls', async () => {
      const { authenticator, callbackUrl, signIn, setAway, secrets } = open()
      const { redirectTo, pending } = await authenticator.begin(callbackUrl)
      const answer = await signIn(redirectTo)
      setAway(true)
      try {
        await assertRefused(authenticator.finish(answer, pending), secrets)
      } finally {
        setAway(false)
      }
    })
  })
}

/** Signs in, and returns the identity without its hint for the sign-out, which is new each time. */
async function signedIn({ authenticator, callbackUrl, signIn }: RedirectCandidate): Promise<Identity> {
  const { redirectTo, pending } = await authenticator.begin(callbackUrl)
  const { signOutHint: _, ...identity } = await authenticator.finish(await signIn(redirectTo), pending)
  return identity
}

function assertNamed({ name, label }: Authenticator): void {
  assert.match(name, /^[a-z0-9-]{1,32}$/)
  assert.notEqual(label.trim(), '')
}

function assertIdentity(identity: Identity | undefined): asserts identity is Identity {
  assert.ok(identity)
  const { subject, name } = identity
  assert.ok(subject.length >= 1 && subject.length <= 255, `subject of ${subject.length} characters`)
  assert.ok(name.length >= 1 && name.length <= 128, `name of ${name.length} characters`)
  assert.doesNotMatch(subject + name, /\p{Cc}/u)
}

/** Asserts an `AuthenticationError` without secrets. Recognizes it by its name, as the hub does. */
async function assertRefused(attempt: Promise<unknown>, secrets: string[]): Promise<void> {
  const error = await attempt.then(
    () => assert.fail('it was accepted'),
    (reason: Error & { detail?: string }) => reason,
  )
  assert.equal(error.name, 'AuthenticationError', error.stack)
  assert.match(error.message, /^[A-Z0-9].*\.$/s, 'a sentence')
  const told = [error.message, error.detail, error.stack, JSON.stringify(error.cause)].join('\n')
  for (const secret of secrets) assert.ok(!told.includes(secret), 'the message holds a secret')
}
