import assert from 'node:assert/strict'
import type {
  Authenticator,
  Identity,
  LaunchAuthenticator,
  LaunchRequest,
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

    it('has only a password or redirect authenticator as its gate, if any', () => {
      const { behind } = open()
      assert.ok(behind === undefined || behind.kind === 'password' || behind.kind === 'redirect')
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

    it('throws an error that says so when the other site is unreachable, and works when it is back', async () => {
      const candidate = open()
      const { authenticator, callbackUrl, setAway, secrets } = candidate
      setAway(true)
      try {
        await assertRefused(authenticator.begin(callbackUrl), secrets)
        assert.equal(await authenticator.signOutUrl?.(callbackUrl), undefined)
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

async function signedIn({ authenticator, callbackUrl, signIn }: RedirectCandidate): Promise<Identity> {
  const { redirectTo, pending } = await authenticator.begin(callbackUrl)
  return authenticator.finish(await signIn(redirectTo), pending)
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
