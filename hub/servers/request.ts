import { setTimeout as sleep } from 'node:timers/promises'
import { buildNamed } from '../../courses/built-image.ts'
import type { Chosen } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import type { Answers } from '../../courses/questions/answers.ts'
import { kept } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { requireBuilt } from '../builds/request.ts'
import { chosenForStart, courseWith, rememberFor } from '../choices/decide.ts'
import type { Database, Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { findMaintenance } from '../db/installation.ts'
import { rememberAnswers } from '../db/servers/answers.ts'
import { rememberChoices } from '../db/servers/choices.ts'
import { ensureServer, queueServer, setServerHome, wantRestart } from '../db/servers/server-moves.ts'
import { isAtRest, isLaunching, isRunning, keyOf } from '../db/servers/server-states.ts'
import { countQueued, findServer, findServerOf, type Server, serversOf } from '../db/servers/servers.ts'
import { temporaryShare } from '../db/servers/turns.ts'
import { touchUser, type User } from '../db/users.ts'
import { HttpError, ImageNotBuilt, messageOf } from '../errors.ts'
import { claimHome } from '../homes/claim.ts'
import { refuseOpenElsewhere } from '../homes/waiting.ts'
import { countLaunch } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { madeOf, namingMadeOf } from '../made-of/made-of.ts'
import { readyPath } from '../made-of/program.ts'
import { routeOf } from '../proxies/route.ts'
import { answersForStart, requireComplete, sameAnswers } from '../questions/decide.ts'
import { refuseInMaintenance } from '../rights/maintenance.ts'
import { requireOpen } from '../rights/opening.ts'
import { isStaff } from '../rights/roles.ts'
import { disappeared, type Ended, endOf, memoryOf } from './health/ended.ts'
import { mostTemporary } from './queue.ts'
import { isAnswering } from './ready.ts'
import { claimSpare, mayHaveSpares } from './spares/claim.ts'
import { endServer, stopServer } from './stop.ts'

/** The characters of a notebook's path that the history keeps. */
const longestNotebook = 300
const notBuiltText = say`The software of this course is being put together.`

export interface ServerRequest {
  /** Whether the present run of a ready server ends first. */
  anew?: boolean
  /** The notebook that the link names, for the history. */
  notebook?: string | undefined
  /** What is wanted of the course's choices, once it has been checked that this is offered to the user. */
  asked?: Chosen
  /** What is answered to the course's questions, once it has been checked. */
  answers?: Answers
  /** The caller, if that is not the server's own user. Staff may ask during maintenance. */
  by?: Asker
}

type Asker = User | 'operator'

/**
 * Brings the server of (user, course) on its way unless it runs already, and returns its row. Ten calls at once still
 * make one server and one run. With `anew` the present run of a ready server ends first. Throws `HttpError` when the user
 * is being removed, may not open the course, has too many servers or launches, or the queue is full, and `InMaintenance`
 * while learners open nothing anew.
 */
export async function requestServer(
  hub: Hub,
  user: User,
  course: Course,
  { anew = false, notebook, asked = {}, answers = {}, by = user }: ServerRequest = {},
): Promise<Server> {
  await requireOpen(hub, { user, course })
  await requireNoMaintenance(hub, hub.db, by, course)
  await requireImage(hub, user, course, by)
  countLaunch(hub, user)
  if (anew) {
    // What starts again has what was asked for, also when this request goes no further.
    await rememberFor(hub, user, course, { chosen: asked, answers })
    await restartReady(hub, user, course)
  }
  const note = (trx: Transaction, server: string) => noteLaunch(trx, { user, course, server, notebook })
  // Twice at most: a server that was seen ready may have begun to stop since, and then starts again after that. The
  // history has one launch all the same.
  if (!(await bring(hub, user, course, { by, asked, answers, note })))
    await bring(hub, user, course, { by, asked, answers })
  const row = await findServerOf(hub.db, user.id, course.slug)
  if (row === undefined) throw userRemoved()
  return row
}

/** Throws where the server has to start and its image was not built yet. A server that runs needs none. */
async function requireImage(hub: Hub, user: User, course: Course, by: Asker): Promise<void> {
  if (buildNamed(course.image) === undefined) return
  const server = await findServerOf(hub.db, user.id, course.slug)
  if (server !== undefined && isRunning(server)) return
  const isOperator = by === 'operator'
  const isKnowing = isOperator || isStaff(hub, by, course)
  await requireBuilt(hub, course.image, { id: isOperator ? by : by.id, isStaff: isKnowing })
}

async function requireNoMaintenance(hub: Hub, db: Database, by: Asker, course: Course): Promise<void> {
  if (by === 'operator') return
  refuseInMaintenance(hub, { maintenance: await findMaintenance(db), user: by, course })
}

/** Ends a ready server, which then starts again. One that is on its way already is left alone: it is as new as can be. */
async function restartReady(hub: Hub, user: User, course: Course): Promise<void> {
  const server = await findServerOf(hub.db, user.id, course.slug)
  if (server?.state !== 'ready') return
  await stopServer(hub, server, { restart: true, event: { kind: 'stopped', detail: { restart: true } } })
}

interface Bringing {
  by: Asker
  asked: Chosen
  answers: Answers
  note?: (trx: Transaction, server: string) => Promise<void>
}

/**
 * Brings the server on its way, and calls `note` in the same transaction. Returns false when it was to be started anew,
 * and has moved since it was read.
 */
async function bring(hub: Hub, user: User, course: Course, how: Bringing): Promise<boolean> {
  const { server, isClaimed } = await brought(hub, user, course, how)
  if (isClaimed) return true
  if (isAtRest(server)) await hub.admission.admit()
  if (server.state !== 'ready') return true
  if (hub.secrets.keys.find(server.kid ?? '') === undefined) return endServer(hub, server, keyDropped(), true)
  return reviveIfDead(hub, server)
}

interface Brought {
  server: Server
  isClaimed: boolean
}

/** Frames of one page come at once. One after the other, they try one spare together, and find what the first one has got. */
async function brought(hub: Hub, user: User, course: Course, how: Bringing): Promise<Brought> {
  const claimOrQueue = () => claimedOrQueued(hub, user, course, how)
  return mayHaveSpares(hub, course) ? hub.spareUses.inTurn(`${user.id} ${course.slug}`, claimOrQueue) : claimOrQueue()
}

/**
 * Decides what the server has, and takes a spare that is made so, or queues the server. Where the user has answered otherwise
 * meanwhile, decides again.
 */
async function claimedOrQueued(hub: Hub, user: User, course: Course, how: Bringing): Promise<Brought> {
  const take = takeOf(hub, user, course, how)
  for (;;) {
    const chosen = await chosenForStart(hub, user, course, how)
    const { answers, missing } = await answersForStart(hub, user, course, { asked: how.answers })
    const next = { ...courseWith(hub, user, course, chosen), answers }
    const spare = await namingMadeOf(hub, next, async (madeOf) =>
      madeOf === undefined
        ? undefined
        : claimSpare(hub, { user, course, madeOf, isComplete: missing.length === 0, take, note: how.note }),
    )
    if (spare !== undefined) return { server: spare, isClaimed: true }
    const server = await namingMadeOf(hub, next, (madeOf) =>
      queueIfAtRest(hub, user, course, { ...how, madeOf, decided: answers }),
    )
    if (server !== undefined) return { server, isClaimed: false }
  }
}

/** Returns what a claim checks and keeps as the queue does. */
function takeOf(hub: Hub, user: User, course: Course, { by, asked, answers }: Bringing) {
  return async (trx: Transaction, locked: User | undefined, servers: Server[]) => {
    if (locked?.state !== 'active') throw userRemoved()
    await requireNoMaintenance(hub, trx, by, course)
    if (user.kind === 'temporary') refuseTooMany(hub, servers)
    await rememberChoices(trx, { user: user.id, course: course.id, chosen: asked })
    await rememberAnswers(trx, { user: user.id, course: course.id, answers })
  }
}

/** Queues the server if it is at rest, and returns its row as it was before. Undefined where it would start with other answers. */
async function queueIfAtRest(
  hub: Hub,
  user: User,
  course: Course,
  { by, asked, answers, note, madeOf, decided }: Bringing & { madeOf: string | undefined; decided: Answers },
): Promise<Server | undefined> {
  return hub.db.transaction(async (trx) => {
    const locked = await touchUser(trx, user.id)
    if (locked?.state !== 'active') throw userRemoved()
    await requireNoMaintenance(hub, trx, by, course)
    const row = await ensureServer(trx, { user: user.id, course: course.slug, path: serverPath(locked, course) })
    if (madeOf === undefined && !isRunning(row)) throw new ImageNotBuilt(notBuiltText, 0)
    if (!isRunning(row)) {
      const given = await answersForStart(hub, user, course, { asked: answers, db: trx })
      if (!sameAnswers(given.answers, decided)) return undefined
      requireComplete(course, given)
      await rememberChoices(trx, { user: user.id, course: course.id, chosen: asked })
      await rememberAnswers(trx, { user: user.id, course: course.id, answers })
    }
    if (row.state === 'stopping') await wantRestart(trx, row)
    if (isAtRest(row) && madeOf !== undefined) {
      if (user.kind === 'temporary') refuseTooMany(hub, await serversOf(trx, [user.id]))
      refuseLongQueue(await countQueued(trx), hub.config.limits.waiting)
      const most = user.kind === 'temporary' ? mostTemporary(hub.config, hub.config.limits.waiting) : undefined
      if (most !== undefined) refuseLongQueue((await temporaryShare(trx)).queued, most)
      await queueServer(trx, hub.id, row, { kid: hub.secrets.keys.all[0].kid, madeOf })
      // A home that is made for this run is younger than it, which tells it from one with files.
      const home = await claimHome(hub, trx, locked, course)
      if (home !== undefined) await refuseOpenElsewhere(hub, trx, row, home)
      if (home?.id !== row.home) await setServerHome(trx, row.id, home?.id)
      hub.traces.note(row.id)
    }
    await note?.(trx, row.id)
    return row
  })
}

/** Writes a launch into the history. */
async function noteLaunch(
  trx: Transaction,
  { user, course, server, notebook }: { user: User; course: Course; server: string; notebook: string | undefined },
): Promise<void> {
  const detail = notebook && { detail: { notebook: notebook.slice(0, longestNotebook).toWellFormed() } }
  await addEvent(trx, { kind: 'launched', user: user.id, course: course.slug, server, ...detail })
}

function userRemoved(): HttpError {
  return new HttpError(
    409,
    'user_gone',
    say`Your temporary account has just been removed. Open the link once more to get a new one.`,
  )
}

/** Refuses a launch when the queue is full: a wait of an hour helps no one, and a flood of links must not start all. */
function refuseLongQueue(waiting: number, most: number): void {
  if (waiting < most) return
  throw new HttpError(
    429,
    'queue_full',
    say`Too many people are waiting for a notebook just now. Try again in a few minutes.`,
  )
}

/** Returns whether a temporary user has as many servers as one may have. */
export function hasTooMany(hub: Pick<Hub, 'config'>, servers: Server[]): boolean {
  return servers.filter((server) => !isAtRest(server)).length >= hub.config.limits.serversPerUser
}

/** Refuses another server of a temporary user who has as many as one may have. */
function refuseTooMany(hub: Hub, servers: Server[]): void {
  if (!hasTooMany(hub, servers)) return
  throw new HttpError(
    429,
    'too_many_servers',
    say`No more than ${hub.config.limits.serversPerUser} notebooks may be open at once. Stop one of them first.`,
    [{ href: '/hub/home', text: say`Show my notebooks` }],
  )
}

/** The reason why a run with a dropped key ends. No browser can enter that run any more; a launch starts a new one. */
function keyDropped(): Ended {
  return { failure: kept`The key of the notebook's last start is not in use any more.`, reason: 'its key was dropped' }
}

/** Ends and restarts a ready server that is dead. Returns false when its row has moved since. A learner waits, so the next health check would come too late. */
async function reviveIfDead(hub: Hub, server: Server): Promise<boolean> {
  if (server.target === undefined) return true
  if (await isAnswering(server.target, readyPath(await madeOf(hub, server), server.path), 1000)) return true
  const poll = () =>
    hub.spawner.poll(keyOf(server), server.spawnerState).catch((error: unknown) => {
      hub.log.warn({ server: server.id, reason: messageOf(error) }, 'could not ask how a server is doing')
      return { state: 'pending' } as const
    })
  let status = await poll()
  if (status.state === 'gone') {
    await sleep(2000)
    status = await poll()
  }
  if (status.state === 'exited') return endServer(hub, server, endOf(status, await memoryOf(hub, server)), true)
  if (status.state === 'gone') return endServer(hub, server, disappeared(), true)
  return true
}

/**
 * Returns the server once it is neither queued nor starting, or as it is when the signal aborts. Of one that runs all proxies
 * were told by then, since those who have waited go there at once.
 */
export async function whenLaunched(hub: Hub, server: Server, over: AbortSignal): Promise<Server> {
  let now = server
  while (!over.aborted && isLaunching(now)) {
    await hub.changes.wait(server.id, 500, over, 'state')
    now = (await findServer(hub.db, server.id)) ?? now
  }
  if (now.state === 'ready') await hub.proxies.put(await routeOf(hub, now))
  return now
}

/** Returns the public path of the server of a user in a course. */
export function serverPath(user: Pick<User, 'name'>, { slug }: Pick<Course, 'slug'>): string {
  return `/user/${pathName(user.name)}/${slug}/`
}

/** Returns a user's name as a path segment. Bytes other than `[A-Za-z0-9._-]` become `~` and two hex digits each. */
export function pathName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[A-Za-z0-9._-]/.test(letter) ? letter : `~${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
    .replace(/^\.+$/, (dots) => '~2e'.repeat(dots.length))
}
