import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Router from '@koa/router'
import { z } from 'zod'
import { say } from '../../../words/text.ts'
import { readClock } from '../../db/clock.ts'
import { type EventFilter, listEvents, type PastEvent } from '../../db/events.ts'
import { findUser, findUserByName, findUsers, type User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { queryOf } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { eventKindsOf } from '../../views/admin/event-words.ts'
import { type EventsView, sendEventsPage } from '../../views/admin/events.ts'
import { filterText } from '../list-query.ts'
import { requireAdmin } from '../require-admin.ts'

const shownAtOnce = 50
const readAtOnce = 500
/** Stands in events in place of a user, for commands on the hub's machine. A user of this name is found by the id. */
const operator = 'operator'
const dayMilliseconds = 86_400_000

const text = filterText(400)
const day = z.iso.date().catch('').default('')
const viewQuery = z.object({ kind: text, user: text, by: text, course: text, from: day, to: day })
const cursor = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().catch(undefined)

/** The page of what has happened, and the same as a file, for admins. */
export function eventRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin' })

  router.get('/events', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const query = queryOf(ctx)
    const view = viewQuery.parse(query)
    const before = cursor.parse(query.before)
    const { events, next } = await listEvents(hub.db, await filterOf(hub, view), { before, limit: shownAtOnce })
    const users = await usersIn(hub, events)
    const now = await readClock(hub.db)
    sendEventsPage(ctx, { admin, view, events, users, isFirst: before === undefined, next, now })
  })

  router.get('/events.jsonl', async (ctx) => {
    await requireAdmin(hub, ctx)
    const filter = await filterOf(hub, viewQuery.parse(queryOf(ctx)))
    ctx.type = 'application/jsonl'
    ctx.attachment('events.jsonl')
    ctx.body = Readable.from(linesOf(hub, filter))
  })

  return router
}

/** Returns what a view asks of the history. One that asks for a kind which does not exist is refused, since all events would look like an answer. */
async function filterOf(hub: Hub, { kind, user, by, course, from, to }: EventsView): Promise<EventFilter> {
  const kinds = eventKindsOf(kind)
  if (kind !== '' && kinds === undefined)
    throw new HttpError(400, 'unknown_kind', say`There are no events of this kind.`, [
      { href: '/hub/admin/events', text: say`Show all events` },
    ])
  return {
    ...{ kinds, user: await idOf(hub, user), by: by === operator ? by : await idOf(hub, by) },
    course: course === '' ? undefined : course,
    from: from === '' ? undefined : Date.parse(from),
    to: to === '' ? undefined : Date.parse(to) + dayMilliseconds,
  }
}

/** Returns the id of the user of this name; the text itself where there is none, which may be the id of one who is gone. */
async function idOf(hub: Hub, named: string): Promise<string | undefined> {
  if (named === '') return undefined
  const user = (await findUserByName(hub.db, named)) ?? (await findUser(hub.db, named))
  return user?.id ?? named
}

/** Returns the users whom events name, by id. */
export async function usersIn(hub: Hub, events: PastEvent[]): Promise<Map<string, User>> {
  const ids = new Set(
    events.flatMap(({ user, detail: { by } }) => [user ?? [], typeof by === 'string' ? by : []].flat()),
  )
  return new Map((await findUsers(hub.db, [...ids])).map((user) => [user.id, user]))
}

/** Yields events as lines of JSON, as fast as the reader takes them. */
async function* linesOf(hub: Hub, filter: EventFilter): AsyncGenerator<string> {
  let before: number | undefined
  do {
    const { events, next } = await listEvents(hub.db, filter, { before, limit: readAtOnce })
    const users = await usersIn(hub, events)
    // SQLite answers in this thread, and a file may have many parts: others shall not wait for all of them.
    await nextTurn()
    yield events.map((event) => `${JSON.stringify(presentEvent(event, users))}\n`).join('')
    before = next
  } while (before !== undefined)
}

function presentEvent(
  { id, at, kind, user, course, server, run, detail }: PastEvent,
  users: Map<string, User>,
): object {
  const nameOf = (one: unknown) => (typeof one === 'string' ? users.get(one)?.name : undefined)
  return {
    ...{ id, at: new Date(at).toISOString(), kind, user, user_name: nameOf(user), course, server, run },
    ...{ detail, by_name: nameOf(detail.by) },
  }
}
