import { setTimeout as sleep } from 'node:timers/promises'
import type { Course } from '../../../courses/course.ts'
import { mostSpares } from '../../../courses/spares.ts'
import { isTemporaryName } from '../../../net/machine/account-names.ts'
import { kept } from '../../../words/kept.ts'
import type { Transaction } from '../../db/dialect.ts'
import { addEvent } from '../../db/events.ts'
import { becomeTold, claimReady, hasAnySpare, readySpares } from '../../db/servers/claims.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import { findServer, findServerOf, type Server, serversOf } from '../../db/servers/servers.ts'
import { temporaryShare } from '../../db/servers/turns.ts'
import { touchUser, type User } from '../../db/users.ts'
import type { Hub } from '../../hub.ts'
import { madeOf as madeOfServer } from '../../made-of/made-of.ts'
import { readyPath } from '../../made-of/program.ts'
import { newRouteOf } from '../../proxies/route.ts'
import { mostTemporary } from '../queue.ts'
import { callServer } from '../server-call.ts'
import { stopServer } from '../stop.ts'

/**
 * How long a spare may take to answer before another one is taken: ten steps. A step counts as one however long this process
 * is busy meanwhile, so that many clicks at once do not make good spares look slow. Where steps take three times as long as
 * they should, the machine has no time for servers either, and they get up to a second.
 */
const patience = { steps: 10, milliseconds: 10, starvedMilliseconds: 1000 }
/** How many are passed over, dead or slow. Where all of these are, so are most likely the others. */
const mostPassed = 3

export interface Claiming {
  user: User
  course: Course
  /** Digest of the definition of what the user's run would be made of. Only a spare of just that will do. */
  madeOf: string
  /** Whether nothing is left to ask the user before a start. */
  isComplete: boolean
  /** Called in the transaction that gives the spare away, with the user's row held. Throws what speaks against it. */
  take(trx: Transaction, locked: User | undefined, servers: Server[]): Promise<void>
  note?: ((trx: Transaction, server: string) => Promise<void>) | undefined
}

/** Returns whether spares of the course are for this hub: hooks of the config make each run for its own user. */
export function mayHaveSpares({ config }: Pick<Hub, 'config'>, course: Course): boolean {
  const { beforeStart, whenReady } = config.hooks ?? {}
  const isOwn = course.variantOf === undefined && course.home === undefined
  return mostSpares(course.spares) > 0 && isOwn && beforeStart === undefined && whenReady === undefined
}

/**
 * Gives the user a server of the course that runs already, and returns its row once all proxies were told whose it is.
 * Undefined where there is none that will do: the user has a server of the course, or would have one that is made
 * otherwise, or no spare is there that answers.
 */
export async function claimSpare(hub: Hub, claiming: Claiming): Promise<Server | undefined> {
  const { user, course, madeOf } = claiming
  if (!mayHaveSpares(hub, course) || !claiming.isComplete) return undefined
  if ((await findServerOf(hub.db, user.id, course.slug)) !== undefined) return undefined
  const passed = new Set<string>()
  while (passed.size < mostPassed) {
    const ready = await readySpares(hub.db, course.slug, madeOf)
    const held = hub.spareUses.hold(ready.filter((id) => !passed.has(id)))
    if (held === undefined) break
    try {
      const found = await tryOne(hub, claiming, held.id)
      if (found === 'has-one') return undefined
      if (found === 'none') break
      if (found === 'passed') passed.add(held.id)
      if (typeof found === 'string') continue
      hub.spareUses.count(course.slug, 'hits')
      hub.log.info({ ...keyOf(found), user: user.id, course: course.slug }, 'a spare has found its user')
      return found
    } finally {
      held.release()
    }
  }
  hub.spareUses.count(course.slug, (await hasAnySpare(hub.db, course.slug)) ? 'others' : 'misses')
  return undefined
}

/**
 * Takes this spare if it answers. One that is slow is `passed` over: it may only be short of processor time, and the looks at
 * spares end it if it stays so. One where nothing listens is passed over and stopped, while it is still nobody's: a server that
 * has become a user's is never taken back. `gone` means that another claim was quicker.
 */
async function tryOne(
  hub: Hub,
  claiming: Claiming,
  id: string,
): Promise<Server | 'passed' | 'gone' | 'has-one' | 'none'> {
  const spare = await findServer(hub.db, id)
  if (spare?.state !== 'ready' || !spare.spare) return 'gone'
  const state = await stateOf(hub, spare)
  if (state === 'slow') return 'passed'
  if (state === 'dead') {
    const failure = kept`A spare did not answer when it was wanted.`
    if (!(await stopServer(hub, spare, { failure }))) return 'gone'
    hub.log.warn({ ...keyOf(spare), course: spare.course }, 'a spare did not answer, so it is stopped')
    return 'passed'
  }
  const server = await claimOne(hub, claiming, spare)
  if (typeof server === 'string') return server
  await hub.proxies.put(await newRouteOf(hub, server))
  hub.changes.announce(server.id, 'state')
  return server
}

async function claimOne(hub: Hub, claiming: Claiming, spare: Server): Promise<Server | 'gone' | 'has-one' | 'none'> {
  const { user, course, take, note } = claiming
  const revision = await hub.spareUses.revision()
  return hub.db.transaction(async (trx) => {
    const locked = await touchUser(trx, user.id)
    const servers = await serversOf(trx, [user.id])
    if (servers.some((server) => server.course === course.slug)) return 'has-one'
    await take(trx, locked, servers)
    if (locked?.kind === 'temporary' && (await haveAll(hub, trx))) return 'none'
    const server = await claimReady(trx, spare, { user: user.id, revision })
    if (server?.toldUser === undefined) return 'gone'
    if (locked !== undefined && isNew(user, locked) && servers.length === 0)
      await becomeTold(trx, user.id, server.toldUser)
    await addEvent(trx, { kind: 'claimed', user: user.id, course: course.slug, ...keyOf(server) })
    await note?.(trx, server.id)
    return server
  })
}

/** Returns whether temporary users have all servers that they may have, where people with accounts must get in too. */
async function haveAll(hub: Hub, trx: Transaction): Promise<boolean> {
  const { servers } = hub.config.limits
  const most = servers === undefined ? undefined : mostTemporary(hub.config, servers)
  if (most === undefined) return false
  const { ready, moving, queued } = await temporaryShare(trx)
  return ready + moving.size - queued >= most
}

/** Returns whether nothing knows the user's name yet: a visitor who has never opened anything. */
function isNew(seen: User, { name, kind, subject }: User): boolean {
  // PostgreSQL reads its clock for each of the two columns of a new row.
  const hasOpenedNothing = Math.abs(seen.lastLaunch - seen.created) < 10
  return kind === 'temporary' && hasOpenedNothing && isTemporaryName(name) && subject === name
}

/** Returns whether the spare can be opened: its key is in use, and it answers, or so many are slow that the machine is. */
async function stateOf(hub: Hub, spare: Server): Promise<'open' | 'slow' | 'dead'> {
  const { target } = spare
  if (target === undefined || hub.secrets.keys.find(spare.kid ?? '') === undefined) return 'dead'
  const found = await askSoon(target, readyPath(await madeOfServer(hub, spare), spare.path))
  return found === 'slow' && hub.spareUses.areTooManySlow(spare.id) ? 'open' : found
}

/** Asks the server whether it answers. A refused connection shows at once that it never will. */
async function askSoon(target: string, path: string): Promise<'open' | 'slow' | 'dead'> {
  const over = new AbortController()
  const found = callServer({ target, path, signal: over.signal }, ({ status }) => status < 500).then(
    (isUp) => (isUp ? ('open' as const) : ('slow' as const)),
    ({ code }: NodeJS.ErrnoException) => (code === 'ECONNREFUSED' ? ('dead' as const) : ('slow' as const)),
  )
  const began = performance.now()
  for (let step = 1; step <= patience.steps || isStarved(step, performance.now() - began); step += 1) {
    const known = await Promise.race([found, sleep(patience.milliseconds)])
    if (known !== undefined) return known
  }
  over.abort()
  return 'slow'
}

/** Returns whether this process gets so little of the machine that the server's silence means nothing yet. */
function isStarved(steps: number, milliseconds: number): boolean {
  return milliseconds > 3 * steps * patience.milliseconds && milliseconds < patience.starvedMilliseconds
}
