/** What admins tell the people of the site, and staff those of their course: made, removed, and shown. */
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { type Said, say } from '../../words/text.ts'
import {
  type Announcement,
  addAnnouncement,
  announcementsOf,
  levels,
  removeAnnouncement,
  type StoredAnnouncement,
  shownAnnouncements,
  wholeSite,
} from '../db/announcements.ts'
import { readClock } from '../db/clock.ts'
import { addEvent } from '../db/events.ts'
import type { Precondition } from '../db/sessions.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** The people who are told: those of one course, or, without one, of the whole site. */
export type Audience = Pick<Course, 'id' | 'slug'> | undefined

export interface Announcer {
  /** Id of the user, or `operator`. */
  id: string
  /** Whether the right to act still holds in a transaction. */
  precondition: Precondition
}

/** More than these on one page are read by no one. */
const most = 5

/** What can be wrong with an announcement: the rest of a sentence that begins with what it is about. */
const faults = {
  noTime: say`is a time like 2026-12-01T14:00:00Z`,
  empty: say`is empty`,
  long: say`has more than 500 characters`,
  noText: say`has characters that are none of a text`,
  ended: say`comes before it begins`,
}

const time = z.iso.datetime({ offset: true, error: String(faults.noTime) }).transform((text) => Date.parse(text))

export const newAnnouncement = z
  .strictObject({
    /** A sentence or two. Addresses that begin with https:// become links. */
    text: z
      .string()
      .trim()
      .min(1, String(faults.empty))
      .max(500, String(faults.long))
      .refine((text) => !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text), String(faults.noText)),
    level: z.enum(levels).default('info'),
    begins: time.optional(),
    ends: time.optional(),
  })
  .refine(({ begins, ends }) => ends === undefined || begins === undefined || ends > begins, {
    path: ['ends'],
    message: String(faults.ended),
  })

/** Returns what is wrong with an announcement, in a way that can be told in each language. */
export function faultText(message: string): Said {
  return Object.values(faults).find((one) => String(one) === message) ?? message
}

/** Makes an announcement, which all hubs show from the next page on. Returns it as it is stored. */
export async function announce(
  hub: Hub,
  audience: Audience,
  by: Announcer,
  wanted: z.output<typeof newAnnouncement>,
): Promise<StoredAnnouncement> {
  const course = audience?.id ?? wholeSite
  const made = { ...wanted, begins: wanted.begins, ends: wanted.ends }
  return hub.db.transaction(async (trx) => {
    if (!(await by.precondition(trx))) throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
    if (made.ends !== undefined && made.ends <= (await readClock(trx)))
      throw new HttpError(400, 'bad_announcement', say`The end is over already.`)
    if ((await announcementsOf(trx, course)).length >= most)
      throw new HttpError(
        409,
        'too_many_announcements',
        say`There are ${most} already. Remove one that is not needed any more.`,
      )
    const id = await addAnnouncement(trx, course, made)
    await note(trx, 'announced', audience, { by: by.id, text: made.text })
    return { id, ...made }
  })
}

/** Takes an announcement back. Throws when there is none of this id for these people. */
export async function takeBack(hub: Hub, audience: Audience, by: Announcer, id: string): Promise<void> {
  await hub.db.transaction(async (trx) => {
    if (!(await by.precondition(trx))) throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
    if (!(await removeAnnouncement(trx, audience?.id ?? wholeSite, id)))
      throw new HttpError(404, 'unknown_announcement', say`There is no such announcement any more.`)
    await note(trx, 'announcement-removed', audience, { by: by.id })
  })
}

/** Returns all announcements for these people that have not ended. */
export function announcementsFor(hub: Pick<Hub, 'db'>, audience: Audience): Promise<StoredAnnouncement[]> {
  return announcementsOf(hub.db, audience?.id ?? wholeSite)
}

/** Returns what the people of a course are told at the moment, that of the site first. */
export async function toldIn({ db }: Pick<Hub, 'db'>, { id }: Pick<Course, 'id'>): Promise<Announcement[]> {
  return [...(await shownAnnouncements(db, wholeSite)), ...(await shownAnnouncements(db, id))]
}

async function note(
  trx: Parameters<typeof addEvent>[0],
  kind: 'announced' | 'announcement-removed',
  audience: Audience,
  detail: Record<string, string>,
): Promise<void> {
  await addEvent(trx, { kind, ...(audience && { course: audience.slug }), detail })
}
