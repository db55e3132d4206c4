/** The courses that people have made. */
import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'

export type CatalogueState = 'active' | 'archived' | 'deleted'

export interface CatalogueCourse {
  /** The name under which its homes are kept, which stays when the course gets another name. */
  id: string
  name: string
  slug: string
  state: CatalogueState
  /** JSON, as it was given. */
  definition: string
  /** Settings that an admin or the operator has decided, so that the operator's terms do not bind them. */
  granted: string[]
  /** Rises by one with each change, so that of two editors the second one learns of the first. */
  version: number
  /** The number of its last change among those of all courses. */
  revision: number
  /** Id of the user who made it, or `operator`. */
  madeBy: string
  /** The name of that user; '' for the operator. */
  maker: string
  made: number
  changer: string
  changed: number
  /** When a deleted course goes for good. */
  goes: number | undefined
}

interface Row {
  id: string
  name: string
  slug: string
  state: CatalogueState
  definition: string
  granted: string
  version: number
  revision: number | string
  made_by: string
  maker: string
  made: number | string
  changer: string
  changed: number | string
  goes: number | string | null
}

export async function findCatalogueCourse(db: Database, slug: string): Promise<CatalogueCourse | undefined> {
  const row: Row | undefined = await db('catalogue').where({ slug }).first()
  return row && toCourse(row)
}

/** Returns whether a course has this id, also one that was deleted a while ago. */
export async function hasCatalogueId(db: Database, id: string): Promise<boolean> {
  return (await db('catalogue').where({ id }).first('id')) !== undefined
}

/** Returns the id and the last revision of each course, by which a hub sees what it does not know yet. */
export async function catalogueRevisions(db: Database): Promise<Map<string, number>> {
  const rows: { id: string; revision: number | string }[] = await db('catalogue').select('id', 'revision')
  return new Map(rows.map(({ id, revision }) => [id, Number(revision)]))
}

const batch = 500

export async function catalogueCourses(db: Database, ids: readonly string[]): Promise<CatalogueCourse[]> {
  const found: CatalogueCourse[] = []
  for (let i = 0; i < ids.length; i += batch) {
    const rows: Row[] = await db('catalogue').whereIn('id', ids.slice(i, i + batch))
    found.push(...rows.map(toCourse))
  }
  return found
}

/** Returns the courses that are being deleted, and whose time has come. */
export async function dueCourses(db: Database): Promise<CatalogueCourse[]> {
  const rows: Row[] = await db('catalogue').where({ state: 'deleted' }).where('goes', '<=', now(db)).limit(100)
  return rows.map(toCourse)
}

/** Returns how many courses a user has made, also of those that are being deleted. */
export async function countMadeBy(db: Database, madeBy: string): Promise<number> {
  const row = await db('catalogue').where({ made_by: madeBy }).count({ count: '*' }).first()
  return Number(row?.count ?? 0)
}

export type NewCatalogueCourse = Omit<CatalogueCourse, 'version' | 'made' | 'changed' | 'goes'>

export async function addCatalogueCourse(trx: Transaction, course: NewCatalogueCourse): Promise<void> {
  const { granted, madeBy, ...others } = course
  const times = { made: now(trx), changed: now(trx) }
  await trx('catalogue').insert({ ...others, granted: JSON.stringify(granted), made_by: madeBy, version: 1, ...times })
}

export interface CatalogueChange {
  name?: string
  slug?: string
  state?: CatalogueState
  definition?: string
  granted?: string[]
  revision: number
  changer: string
  /** Milliseconds until a deleted course goes for good. */
  goesIn?: number
}

/** Changes a course of this version. Returns whether it still had it. */
export async function changeCatalogueCourse(
  trx: Transaction,
  { id, version }: Pick<CatalogueCourse, 'id' | 'version'>,
  { granted, goesIn, ...others }: CatalogueChange,
): Promise<boolean> {
  const changed = await trx('catalogue')
    .where({ id, version })
    .update({
      ...others,
      ...(granted && { granted: JSON.stringify(granted) }),
      version: version + 1,
      changed: now(trx),
      goes: goesIn === undefined ? null : nowPlus(trx, goesIn),
    })
  return changed > 0
}

export async function removeCatalogueCourse(trx: Transaction, { id, version }: CatalogueCourse): Promise<boolean> {
  return (await trx('catalogue').where({ id, version, state: 'deleted' }).delete()) > 0
}

/** What cannot be read has granted nothing, so that the terms bind the course, and no row keeps a hub from starting. */
function readGranted(text: string): string[] {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read.map(String) : []
  } catch {
    return []
  }
}

function toCourse(row: Row): CatalogueCourse {
  const { granted, revision, made_by, made, changed, goes, ...others } = row
  return {
    ...others,
    granted: readGranted(granted),
    revision: Number(revision),
    madeBy: made_by,
    made: Number(made),
    changed: Number(changed),
    goes: goes === null ? undefined : Number(goes),
  }
}
