/**
 * The contract of an authenticator: it identifies a user. The hub decides what the user may do.
 *
 * The author of an authenticator reads this file only. The config file calls a factory (`oidc({ … })`) and gets a
 * value of one of four kinds; TypeScript and the hub narrow on `kind`. Authenticators keep no state between calls: what
 * must survive until an answer comes back is `pending`, which the hub keeps in the browser's session without reading
 * it. Every implementation passes `test/authenticators/contract.ts`.
 */
export type Authenticator = PasswordAuthenticator | RedirectAuthenticator | LaunchAuthenticator | TemporaryAuthenticator

interface AuthenticatorBase {
  /**
   * Name, unique in the config: part of `/hub/login/<name>` and of each identity. Fit for a URL (`[a-z0-9-]{1,32}`).
   */
  readonly name: string
  /** Text of the button on the sign-in page: "Sign in with …". */
  readonly label: string
}

/**
 * A user that an authenticator has identified. The authenticator's name and `subject` are the account's key for ever.
 */
export interface Identity {
  /**
   * Unchanging id of the user at the provider: never reused, no mail address that can change. At most 255 characters.
   */
  subject: string
  /**
   * The account's name at this hub, part of its URLs: 1 to 128 characters without control characters, not only blanks.
   * The hub refuses other names.
   */
  name: string
  /** Name for pages only. */
  displayName?: string
  groups?: string[]
}

/** Checks a name and a password that a user types into the hub's own form. */
export interface PasswordAuthenticator extends AuthenticatorBase {
  readonly kind: 'password'
  /**
   * Returns undefined when name or password is wrong, and throws only when that cannot be checked. An answer takes the
   * same time in both cases.
   */
  authenticate(username: string, password: string): Promise<Identity | undefined>
}

/** Sends the user's browser to another site, which identifies the user and sends the browser back. */
export interface RedirectAuthenticator extends AuthenticatorBase {
  readonly kind: 'redirect'
  /** Returns the address to send the browser to. Throws `AuthenticationError` when the other site cannot be reached. */
  begin(callbackUrl: string): Promise<{ redirectTo: string; pending: Pending }>
  /**
   * Returns the user, when the browser is back at `currentUrl`. `pending` is what `begin` returned; the hub forgets it
   * before this call, so it is used once. Throws `AuthenticationError` for a refusal or an answer that doesn't fit.
   */
  finish(currentUrl: URL, pending: Pending): Promise<Identity>
  /** Returns the address to send the browser to after sign-out, if the other site wants to know about sign-outs. */
  signOutUrl?(returnTo: string): Promise<string | undefined>
}

/**
 * Plain JSON that the hub keeps in the session. It may hold secrets (a PKCE verifier), so it never leaves the session.
 */
export type Pending = Record<string, string>

/** Identifies a user by the entry link itself (in an iframe of an LMS page). */
export interface LaunchAuthenticator extends AuthenticatorBase {
  readonly kind: 'launch'
  /**
   * The sites whose pages may hold such links: origins, of which the first label may be `*` (one label, never none). A
   * site that may frame a course may not identify learners unless it is named here. The hub refuses to start when two
   * authenticators name the same page, or when a page may not frame any of the courses.
   */
  readonly pages: readonly string[]
  /** Names of the courses that such links open. */
  readonly courses: readonly string[]
  /**
   * Returns the learner of a link, or undefined when the link is not one of this authenticator or proves nothing. Pure:
   * reads only its argument. `learner` is the link's text in the place of the learner's id; `referrer` is the origin of
   * the page that holds the link, if the browser sent it.
   */
  identify(request: LaunchRequest): LaunchIdentity | undefined
}

export interface LaunchRequest {
  course: string
  learner: string
  /** Origin (`https://lms.example.org`) of the `Referer`; undefined when that is absent or unreadable. */
  referrer: string | undefined
  /** Origins that may embed this course's pages: those of the site and those of the course. */
  ancestors: string[]
}

export interface LaunchIdentity extends Identity {
  /** True for a throw-away preview (Studio's `student`): a new temporary user each time, outside statistics. */
  preview?: boolean
}

/** Returns whether the pattern `page` covers `origin`, which may be a pattern too. */
export function coversPage(page: string, origin: string): boolean {
  const [start = '', end] = page.split('*', 2)
  if (end === undefined) return page === origin
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false
  return /^([a-z0-9_-]+|\*)$/.test(origin.slice(start.length, -end.length))
}

/** Makes a random user for each browser. With `behind`, only after that authenticator has let the browser in. */
export interface TemporaryAuthenticator extends AuthenticatorBase {
  readonly kind: 'temporary'
  /** Returns a new identity each time. */
  create(): Identity
  readonly behind?: PasswordAuthenticator | RedirectAuthenticator
}

/** An error of a sign-in, with a message that the person may read. The hub recognizes it by `name`. */
export class AuthenticationError extends Error {
  override name = 'AuthenticationError'
  /** More about the error, for logs only. */
  detail: string | undefined
  constructor(message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.detail = options.detail
  }
}
