/** The static files of programs, by the image's digest or id: the bundle with them, or why they could not be copied. */
import { type Database, isOneOf, now, nowPlus, storable } from '../dialect.ts'
import { addEvent } from '../events.ts'

/** Returns the digest of the static files of each of these images that has some. */
export async function staticFilesOfEach(db: Database, images: readonly string[]): Promise<Map<string, string>> {
  if (images.length === 0) return new Map()
  const rows: { image: string; digest: string }[] = await db('static_files')
    .where(isOneOf(db, 'image', JSON.stringify([...new Set(images)])))
    .whereNotNull('digest')
    .select('image', 'digest')
  return new Map(rows.map(({ image, digest }) => [image, digest]))
}

/** Returns whether these are the static files of some image. */
export async function areStaticFiles(db: Database, digest: string): Promise<boolean> {
  return (await db('static_files').where({ digest }).first('image')) !== undefined
}

/** Notes that servers of these images run, and returns those of which nothing is known and that were not tried for so long. */
export async function noteUsedImages(
  db: Database,
  images: readonly string[],
  { againMilliseconds }: { againMilliseconds: number },
): Promise<Set<string>> {
  const list = JSON.stringify([...new Set(images)])
  await db('static_files')
    .where(isOneOf(db, 'image', list))
    .update({ used: now(db) })
  const settled: string[] = await db('static_files')
    .where(isOneOf(db, 'image', list))
    .where((row) => row.whereNotNull('digest').orWhere('tried', '>', nowPlus(db, -againMilliseconds)))
    .pluck('image')
  return new Set(images.filter((image) => !settled.includes(image)))
}

/** Writes what came of copying the static files of an image. A refusal is a line of history, once. */
export async function putStaticFiles(
  db: Database,
  image: string,
  result: { digest: string; files: number; bytes: number } | { problem: string },
): Promise<void> {
  const isCopied = 'digest' in result
  const before: { problem: string | null } | undefined = await db('static_files').where({ image }).first('problem')
  await db.transaction(async (trx) => {
    const columns = {
      digest: isCopied ? result.digest : null,
      problem: isCopied ? null : storable(result.problem, 1000),
      tried: now(trx),
      used: now(trx),
    }
    await trx('static_files')
      .insert({ image, ...columns })
      .onConflict('image')
      .merge(columns)
    if (isCopied) {
      const { digest, files, bytes } = result
      await addEvent(trx, { kind: 'static-files-copied', detail: { image, digest, files, bytes } })
    } else if (before?.problem !== columns.problem) {
      await addEvent(trx, { kind: 'static-files-refused', detail: { image, problem: result.problem } })
    }
  })
}

/** Forgets the static files of images of which no server ran for so long. Returns how many these were. */
export async function forgetStaticFiles(db: Database, milliseconds: number): Promise<number> {
  return db('static_files').where('used', '<', nowPlus(db, -milliseconds)).delete()
}
