import type Koa from 'koa'
import type { LaunchAuthenticator, TemporaryAuthenticator } from '../../authenticators/authenticator.ts'
import type { Course } from '../../courses/course.ts'
import { findCourse } from '../../courses/find.ts'
import { isTemporaryName, learnerPrefix } from '../../net/machine/account-names.ts'
import { sampleOf } from '../../net/origins.ts'
import { framesNeedHttps } from '../../seats/host.ts'
import { deriveSessionId } from '../../seats/keys.ts'
import { say, sentences, type Text } from '../../words/text.ts'
import { type CameBy, cameBy, currentUser, signIn, userOf, whoseSession } from '../access/account.ts'
import { readCode, signCode, useCode } from '../access/codes.ts'
import { nonceCookie, readCookies } from '../access/cookies.ts'
import { requireNoMaintenance } from '../access/maintenance.ts'
import { sessionOf } from '../access/session.ts'
import { addEvent } from '../db/events.ts'
import { isYoungNonce, useNonce } from '../db/nonces.ts'
import { holdSession, isLiveSession, type Precondition } from '../db/sessions.ts'
import { ensureUser, findUser, isKnown, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { countNewUser } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { pathName } from '../servers/request.ts'
import { ancestorsOf } from '../site.ts'
import { ConfirmFirst, confirmationFor, confirmationToLeave, linkForTab, startsOver } from './confirmation.ts'
import { namedCourse } from './course.ts'
import type { Entry } from './parse.ts'

export interface Arrival {
  ctx: Koa.Context
  course: Course
  entry: Entry
  /** The entry link as it was, path and query. */
  link: string
  framed: boolean
  /** The code of the launch page's POST: an LMS page held the link. May come again. */
  proof?: string | undefined
  /**
   * The code of a button that opened a tab: an LMS page held the link, or the button's frame had this user. Counts
   * once.
   */
  code?: string | undefined
  /** Whether a person has pressed the button of a page that said what is lost. */
  confirmed: boolean
  /**
   * The first-visit nonce of a form that was posted without script. No script has set one, so each click stands for
   * itself.
   */
  ownNonce?: string | undefined
}

/** Thrown when a person has to sign in first; the launch goes on afterwards. */
export class SignInNeeded extends HttpError {
  constructor() {
    super(401, 'sign_in', say`Sign in first; your notebook opens afterwards.`)
  }
}

/**
 * Returns the user whom this launch is for, and whether a new user replaces one whose session had ended. Signs the
 * browser in where the link or the site's rules say so, and throws where they don't. Called for a POST of our own page
 * only, so that no user is made by accident.
 */
export async function identify(hub: Hub, arrival: Arrival): Promise<{ user: User; renewed: boolean }> {
  const { ctx, entry } = arrival
  const confirmation = arrival.confirmed ? undefined : await confirmationFor(hub, ctx, arrival)
  if (confirmation !== undefined) throw new ConfirmFirst(confirmation)
  const present = await currentUser(hub, ctx)
  const moved = await userOfTab(hub, arrival, present)
  if (moved !== undefined) return { user: moved, renewed: false }
  if (entry.learner !== undefined) return { user: await identifyLearner(hub, arrival, present), renewed: false }
  if (present === undefined && arrival.code !== undefined) throw codeUsed()
  if (present !== undefined && !startsOver(hub, ctx, entry)) return { user: present, renewed: false }

  const temporary = hub.config.authenticators.find((one) => one.kind === 'temporary')
  // The link names a server's own page, and there is no session: a new user would have nothing there.
  if (temporary === undefined || entry.serverPath !== undefined) throw sessionEnded(hub, entry)
  const hadUser = sessionOf(ctx).user !== undefined
  const user = await makeTemporary(hub, arrival, temporary)
  return { user, renewed: hadUser && !entry.fresh }
}

/** Returns whether a GET already carries the identity that its link needs, so that it may act at once. */
export async function isIdentified(hub: Hub, ctx: Koa.Context, entry: Entry): Promise<boolean> {
  const present = await currentUser(hub, ctx)
  if (present === undefined || startsOver(hub, ctx, entry)) return false
  return entry.learner === undefined || isItsLearner(hub, entry, present)
}

/** Returns what shows in the launch page's POST, and in a tab that the page opens, that an LMS page held this link. */
export async function proofsFor(
  hub: Hub,
  ctx: Koa.Context,
  entry: Entry,
  link: string,
): Promise<{ proof?: string; tab?: string }> {
  if (entry.learner === undefined) return {}
  const referrer = URL.canParse(ctx.get('Referer')) ? new URL(ctx.get('Referer')).origin : undefined
  const found = vouch(hub, entry, referrer)
  if (found === undefined) return {}
  const authenticator = found.authenticator.name
  return {
    proof: await signCode(hub, { for: 'page', link, authenticator }),
    tab: await signCode(hub, { for: 'tab', link: linkForTab(entry, link), authenticator }),
  }
}

/** Returns the code with which a frame's new tab becomes this session's user: no tab has a frame's cookies. */
export async function moveCode(hub: Hub, ctx: Koa.Context, user: User, link: string): Promise<string> {
  return signCode(hub, { for: 'move', link, ...whoseSession(ctx, user) })
}

async function userOfTab(hub: Hub, arrival: Arrival, present: User | undefined): Promise<User | undefined> {
  const { ctx, link, code: given } = arrival
  const read = given === undefined ? undefined : await readCode(hub, 'move', given)
  if (read?.link === link && read.user !== present?.id) requireButton(arrival, present)
  const code = given === undefined ? undefined : await useCode(hub, 'move', given)
  if (code === undefined || code.link !== link || !(await isLiveSession(hub.db, code.session))) return undefined
  const user = await findUser(hub.db, code.user)
  if (user?.state !== 'active') return undefined
  const precondition: Precondition = (trx) => holdSession(trx, code.session)
  await signIn(hub, ctx, user, { precondition, framed: false, ...cameBy(code) })
  return user
}

/** Throws when the present user would lose something by leaving and no person has confirmed it. */
function requireButton({ confirmed }: Arrival, present: User | undefined): void {
  const confirmation = present && confirmationToLeave(present)
  if (confirmation !== undefined && !confirmed) throw new ConfirmFirst(confirmation)
}

async function isProven(hub: Hub, { link, proof, code }: Arrival): Promise<boolean> {
  const found = [
    proof === undefined ? undefined : await readCode(hub, 'page', proof),
    code === undefined ? undefined : await readCode(hub, 'tab', code),
  ]
  return found.some((one) => one?.link === link)
}

/** Returns the name of the authenticator that vouched for this link when its page was made. */
async function provenBy(hub: Hub, { link, proof, code }: Arrival): Promise<string | undefined> {
  const proven = proof === undefined ? undefined : await readCode(hub, 'page', proof)
  const found = proven ?? (code === undefined ? undefined : await useCode(hub, 'tab', code))
  return found?.link === link ? found.authenticator : undefined
}

function codeUsed(): HttpError {
  return new HttpError(
    403,
    'code_used',
    say`This button was used already, or its page was open for too long. Reload the page of your course and press the button there once more.`,
  )
}

async function identifyLearner(hub: Hub, arrival: Arrival, present: User | undefined): Promise<User> {
  const { ctx, entry } = arrival
  // Checked before the code is used, because the button sends it once more.
  if (present !== undefined && !isItsLearner(hub, entry, present) && (await isProven(hub, arrival)))
    requireButton(arrival, present)
  const proven = await provenBy(hub, arrival)
  if (proven === undefined) {
    if (present !== undefined && isItsLearner(hub, entry, present)) return present
    if (arrival.code !== undefined) throw codeUsed()
    const reason =
      whyNoFrame(hub, arrival) ??
      say`the page may forbid browsers to say where a link comes from, so tell your teacher.`
    throw new HttpError(
      403,
      'lms_needed',
      say`This notebook opens inside a course page of your school only. Open it from there; if you did, ${reason}`,
    )
  }
  const vouched = vouchedBy(hub, entry, proven)
  if (vouched === undefined)
    throw new HttpError(
      403,
      'lms_needed',
      say`This site does not take this course's links any more. Tell your teacher.`,
    )
  const { authenticator, identity } = vouched
  if (identity.preview === true) return makePreview(hub, arrival, authenticator)
  // Counts only learners who are new here, so that they cannot be made up without end. Learners who come back are not
  // limited.
  if (!(await isKnown(hub.db, authenticator.name, identity.subject))) countNewUser(hub, ctx)
  const user = await userOf(hub, authenticator, identity)
  if (present?.id !== user.id) {
    const nonce = requireNonce(hub, arrival)
    const id = deriveSessionId(hub.secrets.keys.all[0], `${nonce}.${user.id}`)
    await signIn(hub, ctx, user, { sessionId: id, framed: arrival.framed })
    await addEvent(hub.db, { kind: 'signed-in', user: user.id, detail: { authenticator: authenticator.name } })
  }
  return user
}

/** Returns the LMS that vouches for the link when it stands in a page of `referrer`, and whom it names. */
function vouch(hub: Hub, entry: Entry, referrer: string | undefined) {
  const course = namedCourse(hub, entry)
  if (course === undefined || entry.learner === undefined) return undefined
  const ancestors = ancestorsOf(hub, course)
  for (const authenticator of launchAuthenticators(hub)) {
    const identity = authenticator.identify({ course: course.slug, learner: entry.learner, referrer, ancestors })
    if (identity !== undefined) return { authenticator, identity }
  }
  return undefined
}

/**
 * Returns whom the LMS of this name vouches for. A proof or a session stands for the referrer, so any page of the LMS that
 * may frame the course will do.
 */
function vouchedBy(hub: Hub, entry: Entry, name: string) {
  const course = namedCourse(hub, entry)
  const pages = launchAuthenticators(hub).flatMap((one) => (one.name === name ? one.pages : []))
  return [...ancestorsOf(hub, course), ...pages]
    .map((page) => vouch(hub, entry, sampleOf(page)))
    .find((vouched) => vouched?.authenticator.name === name)
}

/**
 * Returns whether the user is the learner whom the link names, and the course one that the learner's own LMS may open:
 * an id means nothing elsewhere.
 */
function isItsLearner(hub: Hub, entry: Entry, user: User): boolean {
  if (user.kind !== 'learner' || user.subject !== entry.learner) return false
  return vouchedBy(hub, entry, user.authenticator) !== undefined
}

function launchAuthenticators(hub: Hub): LaunchAuthenticator[] {
  return hub.config.authenticators.filter((one) => one.kind === 'launch')
}

async function makeTemporary(hub: Hub, arrival: Arrival, authenticator: TemporaryAuthenticator): Promise<User> {
  const { gate, gateway } = sessionOf(arrival.ctx)
  if (authenticator.behind !== undefined && gate !== authenticator.behind.name) throw new SignInNeeded()
  return userOfNonce(hub, arrival, { authenticator, name: authenticator.create().name, gate, gateway })
}

/**
 * Returns a throw-away user for Studio's shared `student`, or the one that this browser has, so that no visitor meets
 * another's work.
 */
async function makePreview(hub: Hub, arrival: Arrival, authenticator: LaunchAuthenticator): Promise<User> {
  const present = await currentUser(hub, arrival.ctx)
  if (present?.preview === true && present.authenticator === authenticator.name) return present
  return userOfNonce(hub, arrival, { authenticator, name: crypto.randomUUID(), preview: true })
}

/** Returns the user of the nonce. One nonce is one user and one session, whichever of a page's frames comes first. */
async function userOfNonce(
  hub: Hub,
  arrival: Arrival,
  account: {
    authenticator: TemporaryAuthenticator | LaunchAuthenticator
    name: string
    gate?: CameBy['gate'] | undefined
    gateway?: CameBy['gateway'] | undefined
    preview?: boolean
  },
): Promise<User> {
  const { authenticator, name, gate, gateway, preview = false } = account
  requireNoMaintenance(hub, arrival.ctx, { ...arrival, user: undefined })
  const nonce = requireNonce(hub, arrival)
  const user = await hub.db.transaction(async (trx) => {
    const use = await useNonce(trx, nonce)
    if (use === 'too-old')
      throw new HttpError(409, 'nonce_used', say`This page is too old to start from. Open the link once more.`)
    if (!use.first) return findUser(trx, use.user)
    countNewUser(hub, arrival.ctx)
    await addEvent(trx, { kind: 'signed-in', user: use.user, detail: { authenticator: authenticator.name, preview } })
    return ensureUser(trx, {
      id: use.user,
      name,
      kind: 'temporary',
      authenticator: authenticator.name,
      subject: name,
      preview,
    })
  })
  if (user === undefined)
    throw new HttpError(409, 'nonce_used', say`This page is too old to start from. Open the link once more.`)
  const sessionId = deriveSessionId(hub.secrets.keys.all[0], nonce)
  const precondition: Precondition = (trx) => isYoungNonce(trx, nonce)
  await signIn(hub, arrival.ctx, user, {
    sessionId,
    precondition,
    framed: arrival.framed,
    ...cameBy({ gate, gateway }),
  })
  return user
}

function requireNonce(hub: Hub, arrival: Arrival): string {
  const { ctx, ownNonce, confirmed } = arrival
  // A form that starts over brings its own nonce. The cookie's nonce of a minute ago would bring the earlier user back.
  const nonce = (confirmed ? ownNonce : undefined) ?? readCookies(ctx, nonceCookie(hub.hubUrl))[0] ?? ownNonce
  if (nonce !== undefined) return nonce
  const reason = whyNoFrame(hub, arrival)
  throw new HttpError(
    403,
    'no_cookies',
    sentences([
      say`Your browser keeps no cookies for this page, so it cannot be told whose notebook this is. Open it in a tab of its own, or allow cookies for this site.`,
      reason && say`In a course page ${reason}`,
    ]),
  )
}

/** Hubs whose operator was told in the log that no frame can work. */
const told = new WeakSet<Hub>()

/**
 * Returns why no learner can come in from a course page where this hub is reached by http, and tells the operator once in
 * the log. Undefined where https is not what is missing.
 */
function whyNoFrame(hub: Hub, { course }: Arrival): Text | undefined {
  if (!framesNeedHttps(hub.hubUrl) || ancestorsOf(hub, course).length === 0) return undefined
  if (!told.has(hub)) {
    told.add(hub)
    const { hubUrl } = hub
    hub.log.warn({ course: course.slug, hubUrl }, 'learners cannot come in from course pages: frames need https')
  }
  return say`it cannot work yet: this site is reached by http, and so browsers keep no cookies in a frame and may not say which page a link stands on. Tell your teacher that the site needs https.`
}

/** Returns what a browser without a session is told about a server's page: how its user can come back, or cannot. */
function sessionEnded(hub: Hub, entry: Entry): HttpError {
  const [, , owner = ''] = entry.serverPath?.split('/') ?? []
  if (owner.startsWith(pathName(learnerPrefix)))
    return new HttpError(
      401,
      'session_gone',
      say`Your session has ended. Open the page of your course again: this notebook opens there, with all that was saved.`,
    )
  const kinds = hub.config.authenticators.map(({ kind }) => kind)
  const isPersons = !isTemporaryName(owner) && kinds.some((kind) => kind !== 'temporary' && kind !== 'launch')
  if (entry.serverPath === undefined || !kinds.includes('temporary') || isPersons) return new SignInNeeded()
  const course = findCourse(hub.courses.all, entry.course)
  return new HttpError(
    401,
    'session_gone',
    say`Your session has ended, and the notebook belonged to it. You can start the course anew; the earlier work cannot be reached from this browser any more.`,
    course === undefined
      ? [{ href: '/', text: say`Show the courses` }]
      : [
          {
            href: `/tmplogin?course=${encodeURIComponent(course.name)}`,
            text: say`Start ${course.title ?? course.name} anew`,
          },
        ],
  )
}
