import type { Database, Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'

/** What a user has chosen in a course: the names of alternatives by those of their choices. */
export type Remembered = Readonly<Record<string, string>>

const choicesOf = prepared<[user: string, course: string], ChoicesRow | undefined>((db, user, course) =>
  db('choices').where({ user, course }).first(),
)

/** Returns what the user has chosen in the course of this id. */
export async function rememberedChoices(db: Database, user: string, course: string): Promise<Remembered> {
  return read(await choicesOf(db, user, course))
}

/** Returns all that the user has chosen, by the ids of courses. */
export async function allRememberedChoices(db: Database, user: string): Promise<Map<string, Remembered>> {
  const rows: ChoicesRow[] = await db('choices').where({ user })
  return new Map(rows.map((row) => [row.course, read(row)]))
}

/** Notes what the user has chosen now, beside what was chosen before. The user's row must be held. */
export async function rememberChoices(
  trx: Transaction,
  { user, course, chosen }: { user: string; course: string; chosen: Remembered },
): Promise<void> {
  if (Object.keys(chosen).length === 0) return
  const all = JSON.stringify({ ...(await rememberedChoices(trx, user, course)), ...chosen })
  await trx('choices').insert({ user, course, chosen: all }).onConflict(['user', 'course']).merge(['chosen'])
}

interface ChoicesRow {
  user: string
  course: string
  chosen: string
}

function read(row: ChoicesRow | undefined): Remembered {
  return row === undefined ? {} : (JSON.parse(row.chosen) as Remembered)
}
