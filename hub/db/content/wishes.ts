/** What users want in the place of notebooks of theirs, of each the last wish, until an opening has carried it out. Variants of a course whose files are not the same have wishes of their own. */
import { type Database, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { liveHubs } from '../hubs.ts'
import { newId } from '../ids.ts'
import { prepared } from '../prepared.ts'

/** Whose wishes, in which course: as of versions. */
export interface OwnerOfWishes {
  account: string
  course: string
}

/** The wishes that are about files of a server. */
export interface WishesAtHand extends OwnerOfWishes {
  /** The name of the server, of whose wishes alone that is so; undefined where it has the home of all servers of the course. */
  slug: string | undefined
}

/** The notebook that a wish is about. */
export interface PlaceOfWish extends WishesAtHand {
  path: string
}

export interface NotebookWish extends PlaceOfWish {
  /** The course, or its variant, in whose server it is wanted. */
  slug: string
  /** The number of the version that is wanted; undefined for the course's own notebook. */
  version: number | undefined
  asked: number
  /** Why it was not carried out, in words. It is not tried again. */
  problem: string | undefined
}

/** A wish that a request carries out. A write that changes no row means that another one has it, or that a newer wish came. */
export interface TakenWish extends NotebookWish {
  claim: string
}

/** No request carries out a wish for so long, so one that seems to has not ended well. */
const longestMilliseconds = 180_000

/** The most notebooks of a course for which one user has wishes, since the next opening carries them all out. */
export const mostWishes = 100

interface WrittenWish extends Omit<NotebookWish, 'asked' | 'problem'> {
  /** Whether all variants of the course have the same files, so that the last wish at any of them counts. */
  isShared: boolean
}

/**
 * Writes a wish in the place of an earlier one for the same notebook. Returns false where the owner has as many as there may be.
 * Callers hold the user's row, so that two of them do not count at once.
 */
export async function putWish(trx: Transaction, { isShared, version, ...wish }: WrittenWish): Promise<boolean> {
  const { account, course, path, slug } = wish
  await forgetWish(trx, { account, course, path, slug: isShared ? undefined : slug })
  const [counted] = await trx('wishes').where({ account, course }).count({ count: '*' })
  if (Number(counted?.count) >= mostWishes) return false
  await trx('wishes').insert({ ...wish, version: version ?? null, asked: now(trx) })
  return true
}

/** Returns an owner's wishes, the newest first. */
export async function listWishes(db: Database, { account, course }: OwnerOfWishes): Promise<NotebookWish[]> {
  const rows: Row[] = await db('wishes').where({ account, course }).orderBy('asked', 'desc')
  return rows.map(toWish)
}

const openOnes = prepared<[account: string, course: string], { slug: string }[]>((db, account, course) =>
  db('wishes').where({ account, course }).whereNull('problem').select('slug'),
)

/** Returns whether there is a wish that the opening is to carry out, or that is being carried out. */
export async function hasOpenWish(db: Database, { account, course, slug }: WishesAtHand): Promise<boolean> {
  const open = await openOnes(db, account, course)
  return open.some((wish) => slug === undefined || wish.slug === slug)
}

/** Takes the oldest wish for the opening that no living hub carries out; undefined where there is none. */
export async function takeWish(
  db: Database,
  { account, course, slug }: WishesAtHand,
  hub: string,
): Promise<TakenWish | undefined> {
  const free = () =>
    atHand(db, { account, course, slug })
      .whereNull('problem')
      .where((row) =>
        row.whereNull('hub').orWhereNotIn('hub', liveHubs(db)).orWhere('begun', '<', nowPlus(db, -longestMilliseconds)),
      )
  const [row]: Row[] = await free()
    .whereIn(['path', 'slug'], free().orderBy('asked').orderBy('path').limit(1).select('path', 'slug'))
    .update({ hub, begun: now(db), claim: newId() })
    .returning('*')
  if (row?.claim == null) return undefined
  return { ...toWish(row), claim: row.claim }
}

/**
 * Notes why a wish was not carried out. It stays until its owner forgets it, wishes anew, or replaces the notebook. Returns
 * false where it is not this request's any more.
 */
export async function failWish(db: Database, wish: TakenWish, problem: string): Promise<boolean> {
  const over = { hub: null, begun: null, claim: null, problem: storable(problem, 1000) }
  return (await held(db, wish).update(over)) === 1
}

/** Gives a wish back, which another opening may then carry out. */
export async function releaseWish(db: Database, wish: TakenWish): Promise<void> {
  await held(db, wish).update({ hub: null, begun: null, claim: null })
}

/** Removes the wish for a notebook, if there is one. */
export async function forgetWish(db: Database, { path, ...wishes }: PlaceOfWish): Promise<void> {
  await atHand(db, wishes).where({ path }).delete()
}

/** Removes all wishes of an account, or those in one course. */
export async function removeWishes(trx: Transaction, owner: { account: string; course?: string }): Promise<void> {
  await trx('wishes').where(owner).delete()
}

/** Removes all wishes in a course. */
export async function removeWishesOf(trx: Transaction, course: string): Promise<void> {
  await trx('wishes').where({ course }).delete()
}

/** Returns a query for the versions that are wanted back, which stay as long as that. */
export function wantedVersions(db: Database) {
  return db('wishes').whereNotNull('version').select('version')
}

function atHand(db: Database, { account, course, slug }: WishesAtHand) {
  return db('wishes').where({ account, course, ...(slug !== undefined && { slug }) })
}

function held(db: Database, { claim, path, ...wishes }: TakenWish) {
  return atHand(db, wishes).where({ path, claim })
}

interface Row extends PlaceOfWish {
  slug: string
  version: number | null
  asked: number | string
  claim: string | null
  problem: string | null
}

function toWish({ version, asked, problem, ...row }: Row): NotebookWish {
  const { account, course, path, slug } = row
  const place = { account, course, path, slug }
  return { ...place, version: version ?? undefined, asked: Number(asked), problem: problem ?? undefined }
}
