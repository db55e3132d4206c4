import { type Database, forUpdate, now, storable, type Transaction } from '../dialect.ts'

/** The image with which servers start whose course names it by `@` and this name. */
export interface Built {
  name: string
  /** A digest of the settings by which it was made. */
  settings: string
  /** A digest of all that went into it. */
  content: string
  /** The name under which the builder has made it. */
  key: string
  commit: string
  image: string
  imageId: string
  /** The build that has made it. */
  build: number
  at: number
}

export async function findBuilt(db: Database, name: string): Promise<Built | undefined> {
  const row: BuiltRow | undefined = await db('built').where({ name }).first()
  return row && toBuilt(row)
}

/** Returns all images that are built, by their names. */
export async function allBuilt(db: Database): Promise<Map<string, Built>> {
  const rows: BuiltRow[] = await db('built')
  return new Map(rows.map((row) => [row.name, toBuilt(row)]))
}

/** Writes that servers start with this image from now on, and returns the one before. */
export async function putBuilt(trx: Transaction, built: Omit<Built, 'at'>): Promise<Built | undefined> {
  const { name, settings, content, key, commit, build } = built
  const before: BuiltRow | undefined = await forUpdate(trx, trx('built').where({ name }).first())
  const columns = {
    ...{ settings, content, key, commit, build, at: now(trx) },
    ...{ image: storable(built.image, 500), image_id: storable(built.imageId, 255) },
  }
  await trx('built')
    .insert({ name, ...columns })
    .onConflict('name')
    .merge(columns)
  return before && toBuilt(before)
}

interface BuiltRow extends Omit<Built, 'imageId'> {
  image_id: string
}

function toBuilt({ image_id, at, ...row }: BuiltRow): Built {
  return { ...row, imageId: image_id, at: Number(at) }
}
