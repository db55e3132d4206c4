import type { Database, Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'

/** What a user has answered to one question: a text, or the name of a file that is kept as a bundle. */
export interface RememberedAnswer {
  text: string
  file?: { digest: string; bytes: number } | undefined
}

export type RememberedAnswers = Readonly<Record<string, RememberedAnswer>>

const answersOf = prepared<[user: string, course: string], AnswerRow[]>((db, user, course) =>
  db('answers').where({ user, course }),
)

/** Returns what the user has answered in the course of this id. */
export async function rememberedAnswers(db: Database, user: string, course: string): Promise<RememberedAnswers> {
  return read(await answersOf(db, user, course))
}

/** Returns all that the user has answered, by the ids of courses. */
export async function allRememberedAnswers(db: Database, user: string): Promise<Map<string, RememberedAnswers>> {
  const rows: AnswerRow[] = await db('answers').where({ user })
  return new Map([...Map.groupBy(rows, ({ course }) => course)].map(([course, its]) => [course, read(its)]))
}

/** Notes what the user has answered now, in the place of earlier answers to these questions. The user's row must be held. */
export async function rememberAnswers(
  trx: Transaction,
  { user, course, answers }: { user: string; course: string; answers: RememberedAnswers },
): Promise<void> {
  const rows = Object.entries(answers).map(([question, { text, file }]) => ({
    ...{ user, course, question, text },
    ...{ digest: file?.digest ?? null, bytes: file?.bytes ?? 0 },
  }))
  if (rows.length === 0) return
  await trx('answers').insert(rows).onConflict(['user', 'course', 'question']).merge(['text', 'digest', 'bytes'])
}

interface AnswerRow {
  user: string
  course: string
  question: string
  text: string
  digest: string | null
  bytes: number
}

function read(rows: AnswerRow[]): RememberedAnswers {
  return Object.fromEntries(
    rows.map(({ question, text, digest, bytes }) => [
      question,
      { text, ...(digest !== null && { file: { digest, bytes } }) },
    ]),
  )
}
