import { type Database, now } from './dialect.ts'
import { newId } from './ids.ts'
import { prepared } from './prepared.ts'

export const levels = ['info', 'warning'] as const

/** What people are told for a while, on pages and in the strip. */
export interface Announcement {
  id: string
  level: (typeof levels)[number]
  text: string
}

/** An announcement as those see it who make it. */
export interface StoredAnnouncement extends Announcement {
  /** When it begins, in milliseconds since 1970; undefined for at once. */
  begins: number | undefined
  /** When it ends; undefined for one that is to be removed by hand. */
  ends: number | undefined
}

/** The `course` of announcements for the whole site. */
export const wholeSite = ''

type Row = Announcement & { begins: number | string | null; ends: number | string | null }

const shown = prepared<[course: string], Announcement[]>((db, course) =>
  db('announcements')
    .where({ course })
    .where((row) => row.whereNull('begins').orWhere('begins', '<=', now(db)))
    .where((row) => row.whereNull('ends').orWhere('ends', '>', now(db)))
    .orderBy(['made', 'id'])
    .select('id', 'level', 'text'),
)

/** Returns what the people of a course, or of the site, are told at the moment. */
export async function shownAnnouncements(db: Database, course: string): Promise<Announcement[]> {
  return shown(db, course)
}

/** Returns all that has not ended, also what has not begun. */
export async function announcementsOf(db: Database, course: string): Promise<StoredAnnouncement[]> {
  const rows: Row[] = await db('announcements')
    .where({ course })
    .where((row) => row.whereNull('ends').orWhere('ends', '>', now(db)))
    .orderBy(['made', 'id'])
    .select('id', 'level', 'text', 'begins', 'ends')
  return rows.map(({ begins, ends, ...row }) => ({ ...row, begins: timeOf(begins), ends: timeOf(ends) }))
}

/** Adds an announcement, and removes those of all courses that have ended. Returns its id. */
export async function addAnnouncement(
  trx: Database,
  course: string,
  { level, text, begins, ends }: Omit<StoredAnnouncement, 'id'>,
): Promise<string> {
  await trx('announcements').where('ends', '<=', now(trx)).delete()
  const id = newId()
  const times = { begins: begins ?? null, ends: ends ?? null, made: now(trx) }
  await trx('announcements').insert({ id, course, level, text, ...times })
  return id
}

/** Removes an announcement of this course, or of the site. Returns false when there is none of this id there. */
export async function removeAnnouncement(trx: Database, course: string, id: string): Promise<boolean> {
  return (await trx('announcements').where({ course, id }).delete()) > 0
}

/** Removes all announcements of a course. */
export async function removeAnnouncementsOf(trx: Database, course: string): Promise<void> {
  await trx('announcements').where({ course }).delete()
}

function timeOf(value: number | string | null): number | undefined {
  return value === null ? undefined : Number(value)
}
