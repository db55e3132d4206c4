import { setTimeout as sleep } from 'node:timers/promises'
import type { Course } from '../../courses/course.ts'
import { addEvent } from '../db/events.ts'
import { ensureServer, queueServer, wantRestart } from '../db/servers/server-moves.ts'
import { isAtRest, keyOf } from '../db/servers/server-states.ts'
import { countQueued, findServerOf, type Server, serversOf } from '../db/servers/servers.ts'
import { temporaryShare } from '../db/servers/turns.ts'
import { touchUser, type User } from '../db/users.ts'
import { HttpError, messageOf } from '../errors.ts'
import { countLaunch } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { mostTemporary } from './queue.ts'
import { endedError, isAnswering } from './ready.ts'
import { disappeared, endServer } from './stop.ts'

/**
 * Brings the server of (user, course) on its way unless it runs already, and returns its row. Ten calls at once still
 * make one server and one run. Throws `HttpError` when the user is being removed, has too many servers or launches, or
 * the queue is full.
 */
export async function requestServer(hub: Hub, user: User, course: Course): Promise<Server> {
  countLaunch(hub, user)
  // Twice at most: a server that was seen ready may have begun to stop since, and then starts again after that.
  if (!(await bring(hub, user, course))) await bring(hub, user, course)
  const row = await findServerOf(hub.db, user.id, course.slug)
  if (row === undefined) throw userRemoved()
  return row
}

/** Brings the server on its way. Returns false when it was to be started anew, and has moved since it was read. */
async function bring(hub: Hub, user: User, course: Course): Promise<boolean> {
  const server = await hub.db.transaction(async (trx) => {
    const locked = await touchUser(trx, user.id)
    if (locked?.state !== 'active') throw userRemoved()
    const path = `/user/${pathName(user.name)}/${course.slug}/`
    const row = await ensureServer(trx, { user: user.id, course: course.slug, path })
    if (row.state === 'stopping') await wantRestart(trx, row)
    if (isAtRest(row)) {
      if (user.kind === 'temporary') refuseTooMany(hub, await serversOf(trx, [user.id]))
      refuseLongQueue(await countQueued(trx), hub.config.limits.waiting)
      const most = user.kind === 'temporary' ? mostTemporary(hub.config, hub.config.limits.waiting) : undefined
      if (most !== undefined) refuseLongQueue((await temporaryShare(trx)).queued, most)
      await queueServer(trx, row, hub.secrets.keys.all[0].kid)
      hub.traces.note(row.id)
    }
    await addEvent(trx, { kind: 'launched', user: user.id, course: course.slug, server: row.id })
    return row
  })
  if (isAtRest(server)) await hub.admission.admit()
  if (server.state !== 'ready') return true
  if (hub.secrets.keys.find(server.kid ?? '') === undefined) return endServer(hub, server, keyDropped(), true)
  return reviveIfDead(hub, server)
}

function userRemoved(): HttpError {
  return new HttpError(
    409,
    'user_gone',
    'Your temporary account has just been removed. Open the link once more to get a new one.',
  )
}

/** Refuses a launch when the queue is full: a wait of an hour helps no one, and a flood of links must not start all. */
function refuseLongQueue(waiting: number, most: number): void {
  if (waiting < most) return
  throw new HttpError(
    429,
    'queue_full',
    'So many people are waiting for a notebook just now. Try again in a few minutes.',
  )
}

/** Refuses another server of a temporary user who has as many as one may have. */
function refuseTooMany(hub: Hub, servers: Server[]): void {
  const limit = hub.config.limits.serversPerUser
  const busy = servers.filter((server) => !isAtRest(server))
  if (busy.length < limit) return
  throw new HttpError(
    429,
    'too_many_servers',
    `You have ${busy.length} notebooks open, and ${limit} is the most at once. Stop one of them first.`,
    [{ href: '/hub/home', text: 'Show my notebooks' }],
  )
}

/** The reason why a run with a dropped key ends. No browser can enter that run any more; a launch starts a new one. */
function keyDropped(): Error {
  return new Error("The key of the notebook's last start is not in use any more.")
}

/** Ends and restarts a ready server that is dead. Returns false when its row has moved since. A learner waits, so the next health check would come too late. */
async function reviveIfDead(hub: Hub, server: Server): Promise<boolean> {
  if (server.target === undefined || (await isAnswering(server.target, server.path, 1000))) return true
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
  if (status.state === 'exited') return endServer(hub, server, endedError(status), true)
  if (status.state === 'gone') return endServer(hub, server, disappeared(), true)
  return true
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
