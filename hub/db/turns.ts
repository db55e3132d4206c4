import { type Database, now } from './dialect.ts'

/** Course -> when a server of it was last let start, by the database's clock. Absent: never. */
export type Turns = ReadonlyMap<string, number>

export async function readTurns(db: Database): Promise<Turns> {
  const rows: { course: string; at: number }[] = await db('turns').select('course', 'at')
  return new Map(rows.map((row) => [row.course, row.at]))
}

/** Called inside the admission lock. */
export async function takeTurn(db: Database, course: string): Promise<void> {
  await db('turns')
    .insert({ course, at: now(db) })
    .onConflict('course')
    .merge(['at'])
}
