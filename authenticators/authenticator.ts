/**
 * The contract of an authenticator: it identifies a user. The hub decides what the user may do.
 *
 * The author of an authenticator reads this file only. The config file calls a factory (`oidc({ … })`) and gets a
 * value of one of five kinds; TypeScript and the hub narrow on `kind`. Authenticators keep no state between calls: what
 * must survive until an answer comes back is `pending`, which the hub keeps in the browser's session without reading
 * it, and what must survive for longer is in the store that `open` gets. Every implementation passes
 * `test/authenticators/contract.ts`.
 */
export type Authenticator = PersonAuthenticator | LaunchAuthenticator | TemporaryAuthenticator

/** The authenticators of persons, who come in by a button or a form of the sign-in page. */
export type PersonAuthenticator = PasswordAuthenticator | RedirectAuthenticator | HeaderAuthenticator

interface AuthenticatorBase {
  /**
   * Name, unique in the config: part of `/hub/login/<name>` and of each identity. Fit for a URL (`[a-z0-9-]{1,32}`).
   */
  readonly name: string
  /** Text of the button on the sign-in page: "Sign in with …". */
  readonly label: string
  /**
   * The groups that it may put persons in, as courses name them in `staff`. The operator has asked for these; the hub
   * ignores all others that an identity says. Default: none.
   */
  readonly groups?: readonly string[]
  /**
   * The error with which the factory refuses its options. Nothing else of the authenticator is used then, nobody comes in
   * by it, and no hub starts. An error with `issues`, as one of zod, is told issue by issue. A factory may also throw its
   * error; but a config file that throws has no value, so that its other problems are told only when this one is mended.
   */
  readonly refusal?: Error
  /**
   * What the options allow and an operator may not want, each a sentence with its remedy. Said at each start, by
   * `config check` and by `doctor`.
   */
  readonly warnings?: readonly string[]
  /**
   * Returns the options as the config file gives them, and as they hold with defaults, for `carrel config show`. That hides
   * texts under names such as `clientSecret`.
   */
  settings?(): { given: unknown; effective: unknown }
  /**
   * Looks whether people could sign in at the moment, and asks the other site for it. Returns the problem with its remedy,
   * for an operator; undefined when there is none. Takes at most some seconds.
   */
  check?(signal: AbortSignal): Promise<string | undefined>
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
  /** The groups that the person is in now, of the authenticator's `groups`. The hub takes those away that it said earlier. */
  groups?: string[]
}

/** Checks a name and a password that a user types into the hub's own form. */
export interface PasswordAuthenticator extends AuthenticatorBase {
  readonly kind: 'password'
  /**
   * Whether persons choose their names themselves, so that a name proves nothing. The hub then refuses names that have a
   * role, gives no role to any of these users and lets no one share with them. Their subjects begin with `chosen:`, and
   * those of all other identities never do. As a gate such an authenticator is asked
   * without a name: `username` is `guest`.
   */
  readonly namesAreChosen?: boolean
  /**
   * Returns undefined when name or password is wrong. Throws `AuthenticationError` when the password is right and the
   * person cannot come in all the same, and another error when nothing could be checked. An answer takes the same time
   * whether the name or the password is wrong.
   */
  authenticate(username: string, password: string): Promise<Identity | undefined>
  /**
   * Returns the authenticator that the hub uses from then on, with the same name. An authenticator that keeps something
   * has this method. Each hub calls it once when it starts; before that it uses nothing but `settings`, `warnings` and
   * `check`, and other programs never call it. Several hubs may have opened the same authenticator at once, so nothing
   * that must last may be in memory.
   */
  open?(context: AuthenticatorContext): PasswordAuthenticator
  /** The accounts that it keeps, once it is open. Absent where something else keeps them. */
  readonly accounts?: Accounts
}

/** What the hub gives an authenticator that it opens. */
export interface AuthenticatorContext {
  readonly store: AuthenticatorStore
  /** Returns the milliseconds since 1970 by the one clock of all hubs. */
  now(): Promise<number>
}

/**
 * What one authenticator keeps in the hub's database. No other authenticator reads it, and it reads nothing else there.
 * A write is there whole or not at all, and what one hub has written, all hubs read at once.
 */
export interface AuthenticatorStore {
  /** Returns what is kept under a key: 1 to 255 characters without NUL. Case counts. */
  get(key: string): Promise<StoredEntry | undefined>
  /**
   * Keeps a value, in JSON at most 64 KiB, if the key still has this version; `undefined` stands for a key that has
   * nothing yet. Returns false, and changes nothing, where another write came first: read again, and decide anew.
   */
  put(key: string, value: unknown, version: string | undefined): Promise<boolean>
  /** Removes a key that still has this version. Returns false, and changes nothing, where another write came first. */
  remove(key: string, version: string): Promise<boolean>
  /**
   * Returns the next entries whose keys begin with `prefix`, in the order of their bytes: the first ones, or those
   * behind the key `after`. At most `most`, and never more than 1000.
   */
  list(prefix: string, page: { after?: string | undefined; most: number }): Promise<StoredEntry[]>
}

export interface StoredEntry {
  key: string
  value: unknown
  /** Another one after each write. No version comes twice, not even after a removal. */
  version: string
}

/**
 * The accounts that an authenticator keeps, for commands and for the pages of admins. The hub has asked for the right
 * before it calls any of these. All names are as `nameOf` returns them, and all passwords that are set are such that
 * `passwordProblem` finds nothing.
 *
 * Each method does its work in one write, so that a hub that dies leaves all of it or nothing.
 */
export interface Accounts {
  /** Returns the name of the account for what a person types; undefined for what can be no name. */
  nameOf(typed: string): string | undefined
  find(name: string): Promise<PasswordAccount | undefined>
  /**
   * Returns the next accounts by name: the first ones, or those behind the name `after`. At most `most`, and 1000. With
   * `beginning` only those whose names begin with it.
   */
  list(page: { after?: string | undefined; beginning?: string; most: number }): Promise<PasswordAccount[]>
  /** Adds an account without a password. Returns false, and changes nothing, when there is one of this name. */
  add(name: string): Promise<boolean>
  /** Returns in a sentence why a password is refused, such as a short one. Undefined for one that may be set. */
  passwordProblem(name: string, password: string): string | undefined
  /** Gives the account another password, and ends its link. Returns false when there is no such account. */
  setPassword(name: string, password: string): Promise<boolean>
  /**
   * Makes a secret by which a person may set the password of this account once, within so many seconds; an earlier one
   * ends. Returns undefined when there is no such account. Only a hash of the secret is kept.
   */
  makeLink(name: string, seconds: number): Promise<{ secret: string; ends: number } | undefined>
  /** Returns whether the secret could be used now. Changes nothing. */
  isLinkGood(name: string, secret: string): Promise<boolean>
  /**
   * Sets the password by such a secret, which is used up then. Returns false, and changes nothing, when the secret is
   * not good. Of two calls at once, also at two hubs, one sets its password.
   */
  useLink(name: string, secret: string, password: string): Promise<boolean>
  /**
   * Makes a secret that signs the person of this account in once, within so many seconds, and changes nothing else; an
   * earlier one ends. Returns undefined when there is no such account. Only a hash of the secret is kept. A new password
   * ends it too.
   */
  makeSignIn(name: string, seconds: number): Promise<{ secret: string; ends: number } | undefined>
  /** Returns whether the secret could be used now. Changes nothing. */
  isSignInGood(name: string, secret: string): Promise<boolean>
  /**
   * Returns the identity for such a secret, which is used up then; undefined when it is not good. Of two calls at once,
   * also at two hubs, one gets the identity.
   */
  useSignIn(name: string, secret: string): Promise<Identity | undefined>
  /** Removes the account. Returns false when there is none. An account of this name made later is another one. */
  remove(name: string): Promise<boolean>
}

export interface PasswordAccount {
  name: string
  /** The `subject` of its identity. */
  subject: string
  hasPassword: boolean
  /** When the last link ends or has ended, in milliseconds since 1970. Undefined when there is none, or it was used. */
  linkEnds: number | undefined
}

/** Sends the user's browser to another site, which identifies the user and sends the browser back. */
export interface RedirectAuthenticator extends AuthenticatorBase {
  readonly kind: 'redirect'
  /**
   * Returns the address to send the browser to. With `otherAccount` the other site is to ask for an account, although it
   * may know one. Throws `AuthenticationError` when the other site cannot be reached.
   */
  begin(callbackUrl: string, how?: { otherAccount?: boolean }): Promise<{ redirectTo: string; pending: Pending }>
  /**
   * Returns the user, when the browser is back at `currentUrl`. `pending` is what `begin` returned; the hub forgets it
   * before this call, so it is used once. Throws `AuthenticationError` for a refusal or an answer that doesn't fit.
   */
  finish(currentUrl: URL, pending: Pending): Promise<RedirectIdentity>
  /**
   * Returns the address to send the browser to after a sign-out, so that the other site ends its sign-in too; undefined
   * when it takes no such requests, or does not answer. The other site sends the browser back to `returnTo`, with
   * `state` in its query. `hint` is the `signOutHint` of the identity, where the hub still has it.
   */
  signOutUrl?(returnTo: string, about: { state: string; hint?: string | undefined }): Promise<string | undefined>
}

/** A user whom another site has identified. */
export interface RedirectIdentity extends Identity {
  /**
   * A text that the other site wants to see again at the sign-out, such as an ID token. The hub keeps it in the session
   * of this sign-in only, encrypted with the session's id, which no database has.
   */
  signOutHint?: string
}

/**
 * Plain JSON that the hub keeps in the session. It may hold secrets (a PKCE verifier), so it never leaves the session.
 */
export type Pending = Record<string, string>

/** Takes the person whom a gateway in front has signed in already and names in headers of each request. */
export interface HeaderAuthenticator extends AuthenticatorBase {
  readonly kind: 'header'
  /** The gateway's addresses and networks, as Carrel's proxy sees it connect. */
  readonly from: readonly string[]
  /**
   * The names of all headers with which the gateway names persons, in lower case. The proxy removes them from every
   * request, so that no server sees them.
   */
  readonly headers: readonly string[]
  /**
   * Returns the person; undefined when the words come from another gateway, or name no person. Throws
   * `AuthenticationError` for words that could mean two things. Pure: reads only its argument. The hub asks with each
   * request, and ends a session once the gateway names another person.
   */
  identify(words: GatewayWords): Identity | undefined
  /** The address at which the gateway ends its own sign-in: a path at the hub's host, or a whole address. */
  readonly signOutUrl?: string
}

/** What a gateway in front has said with one request. */
export interface GatewayWords {
  /** The address from which it connected. */
  address: string
  /** All values of each of its headers, by names in lower case; a character is a byte. `too-long` for too many bytes. */
  headers: Readonly<Record<string, readonly string[]>> | 'too-long'
}

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
  /**
   * Origins that may embed this course's pages: those of the site and those of the course. The first label of one may be
   * `*`, which stands for one label or more.
   */
  ancestors: string[]
}

export interface LaunchIdentity extends Identity {
  /** True for a throw-away preview (Studio's `student`): a new temporary user each time, outside statistics. */
  preview?: boolean
}

/** Returns the authenticators of gateways, those in front of temporary users included. */
export function gatewaysIn(authenticators: readonly Authenticator[]): HeaderAuthenticator[] {
  return authenticators.flatMap((one) => {
    const way = one.kind === 'temporary' ? one.behind : one
    return way?.kind === 'header' ? [way] : []
  })
}

/** Returns what messages call the site behind a button: "School" for "Sign in with School". */
export function providerNameOf(label: string): string {
  return /^(?:sign|log) in (?:with|at|by|through|via) (\S.*)$/i.exec(label)?.[1] ?? `“${label}”`
}

/** Makes a random user for each browser. With `behind`, only after that authenticator has let the browser in. */
export interface TemporaryAuthenticator extends AuthenticatorBase {
  readonly kind: 'temporary'
  /** Returns a new identity each time. */
  create(): Identity
  readonly behind?: PersonAuthenticator
}

/** An error of a sign-in, with a message that the person may read. The hub recognizes it by `name`. */
export class AuthenticationError extends Error {
  override name = 'AuthenticationError'
  /** More about the error, for logs only. */
  detail: string | undefined
  /**
   * Whether the same sign-in may succeed if the browser goes to the other site once more, as after a page there that was
   * open for too long. The hub does that by itself, once.
   */
  beginAgain: boolean
  /**
   * The subject of a user whom the authenticator knows and does not let in. The hub notes it in its history, and offers a
   * sign-in with another account.
   */
  refused: string | undefined
  constructor(
    message: string,
    options: { detail?: string; cause?: unknown; beginAgain?: boolean; refused?: string } = {},
  ) {
    super(message, { cause: options.cause })
    this.detail = options.detail
    this.beginAgain = options.beginAgain ?? false
    this.refused = options.refused
  }
}
