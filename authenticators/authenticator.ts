/**
 * The contract of an authenticator: it says **who** somebody is. What they may do is the hub's business.
 *
 * This file is all that the author of an authenticator reads. The config file calls a factory (`oidc({ … })`) and
 * gets a value of one of four kinds; TypeScript and the hub narrow on `kind`. Authenticators keep no state between
 * calls: what must survive until an answer comes back is `pending`, which the hub keeps in the browser's session
 * without reading it. Every implementation passes `test/authenticators/contract.ts`.
 */
export type Authenticator = PasswordAuthenticator | RedirectAuthenticator | LaunchAuthenticator | TemporaryAuthenticator

interface AuthenticatorBase {
  /** Fit for a URL (`[a-z0-9-]{1,32}`), unique in the config: part of `/hub/login/<name>` and of each identity. */
  readonly name: string
  /** What the button on the sign-in page says: "Sign in with …". */
  readonly label: string
}

/** Whom an authenticator vouches for. (authenticator's name, subject) is the account's key for ever. */
export interface Identity {
  /** The far end's own unchanging id: never reused, never a mail address if that can change. At most 255 characters. */
  subject: string
  /**
   * The account's name at this hub, part of its URLs. 1 to 128 characters without control characters, not only blanks.
   * The hub refuses others.
   */
  name: string
  /** For pages only. */
  displayName?: string
  groups?: string[]
}

/** Somebody types a name and a password into the hub's own form. */
export interface PasswordAuthenticator extends AuthenticatorBase {
  readonly kind: 'password'
  /** Undefined when name or password is wrong; throws only when it cannot tell. Takes the same time either way. */
  authenticate(username: string, password: string): Promise<Identity | undefined>
}

/** Somebody is sent to another site and comes back. */
export interface RedirectAuthenticator extends AuthenticatorBase {
  readonly kind: 'redirect'
  /** Where to send the browser. Throws `AuthenticationError` when the other site cannot be reached. */
  begin(callbackUrl: string): Promise<{ redirectTo: string; pending: Pending }>
  /**
   * The browser is back at `currentUrl` with `pending` as `begin` returned it. Used once: the hub forgets `pending`
   * before it calls. Throws `AuthenticationError` for a refusal or an answer that doesn't fit.
   */
  finish(currentUrl: URL, pending: Pending): Promise<Identity>
  /** Where to send the browser after sign-out when the other site wants to know. */
  signOutUrl?(returnTo: string): Promise<string | undefined>
}

/** Plain JSON; may hold secrets (a PKCE verifier), so it never leaves the session. */
export type Pending = Record<string, string>

/** The entry link itself says who it is (an LMS page's iframe). */
export interface LaunchAuthenticator extends AuthenticatorBase {
  readonly kind: 'launch'
  /**
   * The sites whose pages may hold such links: origins, of which the first label may be `*` (one label, never none). To
   * frame a course is no right to say who a learner is. The hub refuses to start where two authenticators name the same
   * page, or where a page may not frame any of the courses.
   */
  readonly pages: readonly string[]
  /** Names of the courses that it opens. */
  readonly courses: readonly string[]
  /**
   * Undefined: not mine, or it proves nothing. Pure: reads only its argument. `learner` is what the link says in
   * its place for the learner's id; `referrer` is the origin of the page that holds the link, if the browser told.
   */
  identify(request: LaunchRequest): LaunchIdentity | undefined
}

export interface LaunchRequest {
  course: string
  learner: string
  /** Origin (`https://lms.example.org`) of the `Referer`, undefined when absent or unreadable. */
  referrer: string | undefined
  /** Origins that may embed this course's pages: the site's and the course's. */
  ancestors: string[]
}

export interface LaunchIdentity extends Identity {
  /** A throw-away preview (Studio's `student`): a new temporary user each time, outside statistics. */
  preview?: boolean
}

/** Whether one of these pages is of this origin. Both may be patterns: then, whether the first covers the other. */
export function coversPage(page: string, origin: string): boolean {
  const [start = '', end] = page.split('*', 2)
  if (end === undefined) return page === origin
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false
  return /^([a-z0-9_-]+|\*)$/.test(origin.slice(start.length, -end.length))
}

/** Anybody is somebody: a random user per browser. With `behind`, only after that authenticator has let them in. */
export interface TemporaryAuthenticator extends AuthenticatorBase {
  readonly kind: 'temporary'
  /** A new identity each time. */
  create(): Identity
  readonly behind?: PasswordAuthenticator | RedirectAuthenticator
}

/** A sign-in that fails for a reason a person can be told. The hub knows it by `name`. */
export class AuthenticationError extends Error {
  override name = 'AuthenticationError'
  /** For logs only. */
  detail: string | undefined
  constructor(message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.detail = options.detail
  }
}
