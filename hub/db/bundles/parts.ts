import type { Database } from '../dialect.ts'

/** The most bytes of a part: so many that there are few parts, and so few that none holds SQLite's thread for long. */
export const partBytes = 2 ** 20

/** How many parts one statement removes. */
const partsAtOnce = 16

export async function addPart(db: Database, archive: string, part: number, content: Uint8Array): Promise<void> {
  await db('parts').insert({ archive, part, content })
}

/** Returns the parts of an archive, one after the other. */
export async function* partsOf(db: Database, archive: string): AsyncGenerator<Buffer> {
  for (let part = 0; ; part += 1) {
    const row: { content: Uint8Array } | undefined = await db('parts').where({ archive, part }).first('content')
    if (row === undefined) return
    yield Buffer.from(row.content.buffer, row.content.byteOffset, row.content.byteLength)
  }
}

/** Removes the parts of an archive, a few at a time. */
export async function removeParts(db: Database, archive: string): Promise<void> {
  const some = db('parts').where({ archive }).select('part').limit(partsAtOnce)
  while ((await db('parts').where({ archive }).whereIn('part', some).delete()) > 0);
}
