import { type Database, isOneOf, now, nowPlus, storable } from '../dialect.ts'

/** What is known of what is in an image. */
export interface Contents {
  /** Versions by the names of programs. Absent where nothing could be learnt. */
  versions?: Record<string, string>
  problem?: string
}

/** Returns what is known of these images, by their digests or ids. */
export async function findContents(db: Database, ids: string[]): Promise<Map<string, Contents>> {
  const rows: ContentsRow[] = await db('contents').where(isOneOf(db, 'id', JSON.stringify(ids)))
  return new Map(
    rows.map(({ id, versions, problem }) => [
      id,
      { ...(versions !== null && { versions: JSON.parse(versions) }), ...(problem !== null && { problem }) },
    ]),
  )
}

/** Returns those of these images of which nothing is known, and that were not tried for so long. */
export async function unknownContents(db: Database, ids: string[], milliseconds: number): Promise<Set<string>> {
  const settled: string[] = await db('contents')
    .where(isOneOf(db, 'id', JSON.stringify(ids)))
    .where((row) => row.whereNotNull('versions').orWhere('tried', '>', nowPlus(db, -milliseconds)))
    .pluck('id')
  return new Set(ids.filter((id) => !settled.includes(id)))
}

export async function putContents(db: Database, id: string, { versions, problem }: Contents): Promise<void> {
  const columns = {
    versions: versions === undefined ? null : JSON.stringify(versions),
    problem: problem === undefined ? null : storable(problem, 1000),
    tried: now(db),
  }
  await db('contents')
    .insert({ id, ...columns })
    .onConflict('id')
    .merge(columns)
}

interface ContentsRow {
  id: string
  versions: string | null
  problem: string | null
}
