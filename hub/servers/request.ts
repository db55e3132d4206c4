import { setTimeout as sleep } from 'node:timers/promises'
import type { Course } from '../../courses/course.ts'
import { addEvent } from '../db/events.ts'
import { ensureServer, queueServer, wantRestart } from '../db/servers/server-moves.ts'
import { isAtRest, keyOf } from '../db/servers/server-states.ts'
import { countQueued, findServer, type Server, serversOf } from '../db/servers/servers.ts'
import { temporaryShare } from '../db/servers/turns.ts'
import { lockUser, touchUser, type User } from '../db/users.ts'
import { HttpError, messageOf } from '../errors.ts'
import { countLaunch } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { mostTemporary } from './queue.ts'
import { endedError, isAnswering } from './ready.ts'
import { disappeared, endServer } from './stop.ts'
import { startQueued } from './work.ts'

/**
 * Has the server of (user, course) running or on its way, and returns its row. Called ten times at once, it is still
 * one server and one run. Throws `HttpError` when the user is being removed or has too many servers.
 */
export async function requestServer(hub: Hub, user: User, course: Course): Promise<Server> {
  countLaunch(hub, user)
  const server = await hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked === undefined || locked.state !== 'active') throw userRemoved()
    await touchUser(trx, user.id)
    const path = `/user/${pathName(user.name)}/${course.slug}/`
    const row = await ensureServer(trx, { user: user.id, course: course.slug, path })
    if (row.state === 'stopping') await wantRestart(trx, row)
    if (isAtRest(row)) {
      await refuseTooMany(hub, user, await serversOf(trx, [user.id]))
      refuseLongQueue(await countQueued(trx), hub.config.limits.waiting)
      const most = user.kind === 'temporary' ? mostTemporary(hub.config, hub.config.limits.waiting) : undefined
      if (most !== undefined) refuseLongQueue((await temporaryShare(trx)).queued, most)
      await queueServer(trx, row, hub.secrets.keys.all[0].kid)
    }
    await addEvent(trx, { kind: 'launched', user: user.id, course: course.slug, server: row.id })
    return row
  })
  if (server.state === 'ready') {
    if (hub.secrets.keys.find(server.kid ?? '') === undefined) await endServer(hub, server, keyDropped(), true)
    else await reviveIfDead(hub, server)
  }
  if (isAtRest(server)) await startQueued(hub)
  const row = await findServer(hub.db, server.id)
  if (row === undefined) throw userRemoved()
  return row
}

function userRemoved(): HttpError {
  return new HttpError(
    409,
    'user_gone',
    'Your temporary account has just been removed. Open the link once more to get a new one.',
  )
}

/** Nobody waits an hour for a notebook; and a flood of links must not become a flood of starts. */
function refuseLongQueue(waiting: number, most: number): void {
  if (waiting < most) return
  throw new HttpError(
    429,
    'queue_full',
    'So many people are waiting for a notebook just now. Try again in a few minutes.',
  )
}

async function refuseTooMany(hub: Hub, user: User, servers: Server[]): Promise<void> {
  const limit = hub.config.limits.serversPerUser
  const busy = servers.filter((server) => !isAtRest(server))
  if (user.kind !== 'temporary' || busy.length < limit) return
  throw new HttpError(
    429,
    'too_many_servers',
    `You have ${busy.length} notebooks open, and ${limit} is the most at once. Stop one of them first.`,
    [{ href: '/hub/home', text: 'Show my notebooks' }],
  )
}

/** Nobody can enter that run any more, so whoever asks for it gets a new one. */
function keyDropped(): Error {
  return new Error("The key of the notebook's last start is not in use any more.")
}

/** A learner waits: a ready server that does not answer is looked at now, not at the next round. */
async function reviveIfDead(hub: Hub, server: Server): Promise<void> {
  if (server.target === undefined || (await isAnswering(server.target, server.path, 1000))) return
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
  if (status.state === 'exited') await endServer(hub, server, endedError(status), true)
  if (status.state === 'gone') await endServer(hub, server, disappeared(), true)
}

/** A user's name as a path segment: other characters than `[A-Za-z0-9._-]` become `~` and two hex digits a byte. */
export function pathName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[A-Za-z0-9._-]/.test(letter) ? letter : `~${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
    .replace(/^\.+$/, (dots) => '~2e'.repeat(dots.length))
}
