import type { FoundImage } from '../../../spawners/images.ts'
import { type Database, forUpdate, isOneOf, now, nowPlus, storable } from '../dialect.ts'
import { addEvent } from '../events.ts'

/** What was last found of an image. */
export interface Image extends FoundImage {
  looked: number
  /** When it was last fetched by a command, and why that failed, if it did. */
  fetched: number | undefined
  fetchProblem: string | undefined
}

/** The longest name of an image that is kept. No engine knows a longer one. */
export const longestImageName = 1000

/** Returns what is known of these images, by their names. */
export async function findImages(db: Database, images: string[]): Promise<Map<string, Image>> {
  const names = JSON.stringify(images.filter((image) => image.length <= longestImageName))
  const rows: ImageRow[] = await db('images').where(isOneOf(db, 'image', names))
  return new Map(rows.map((row) => [row.image, toImage(row)]))
}

/**
 * Writes what was found, by a look that began at `since` or by a fetch, and a line of history for each image whose name
 * now stands for another one. What a look has found of an image that was fetched meanwhile is old.
 */
export async function putImages(
  db: Database,
  found: readonly FoundImage[],
  how: { by: 'look'; since: number } | { by: 'fetch' },
): Promise<void> {
  for (const one of found.filter(({ image }) => image.length <= longestImageName)) {
    await db.transaction(async (trx) => {
      const before: ImageRow | undefined = await forUpdate(trx, trx('images').where({ image: one.image }).first())
      if (how.by === 'look' && Number(before?.fetched ?? 0) >= how.since) return
      const { image, id, places, problem } = one
      const isThere = places.having >= places.all
      const seen = {
        ...{ id: id === undefined ? null : storable(id, 255), looked: now(trx) },
        ...{ places_having: places.having, places_all: places.all },
        problem: isThere ? null : textOrNull(problem),
        ...(how.by === 'fetch' && { fetched: now(trx), fetch_problem: textOrNull(problem) }),
      }
      await trx('images')
        .insert({ image, ...seen })
        .onConflict('image')
        .merge(seen)
      if (before?.id == null || id === undefined || before.id === id) return
      await addEvent(trx, { kind: 'image-changed', detail: { image, from: before.id, to: id } })
    })
  }
}

/** Removes what is known of images that no config has named for so long. */
export async function forgetImages(db: Database, milliseconds: number): Promise<void> {
  await db('images').where('looked', '<', nowPlus(db, -milliseconds)).delete()
}

interface ImageRow {
  image: string
  id: string | null
  places_having: number
  places_all: number
  problem: string | null
  looked: number
  fetched: number | null
  fetch_problem: string | null
}

function toImage(row: ImageRow): Image {
  return {
    image: row.image,
    ...(row.id !== null && { id: row.id }),
    places: { having: row.places_having, all: row.places_all },
    ...(row.problem !== null && { problem: row.problem }),
    looked: Number(row.looked),
    fetched: row.fetched === null ? undefined : Number(row.fetched),
    fetchProblem: row.fetch_problem ?? undefined,
  }
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storable(text, 1000)
}
