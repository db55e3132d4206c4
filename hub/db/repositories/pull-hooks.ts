/** The addresses by which hosts of git ask for pulls: one for each course, known by the hash of its random part. */
import { type Database, now, nowPlus } from '../dialect.ts'

export interface PullHook {
  /** Id of the course. */
  course: string
  hash: string
  /** The id of the installation's key with which the secret is sealed. */
  kid: string
  sealed: string
  /** Whether a call needs a signature or the secret. */
  signed: boolean
  /** Id of the user who has made it, or `operator`; and the name by then, '' for the operator. */
  madeBy: string
  maker: string
  made: number
  /** When it was called last. */
  called: number | undefined
}

interface Row {
  course: string
  hash: string
  kid: string
  sealed: string
  signed: boolean | number
  made_by: string
  maker: string
  made_at: number | string
  called_at: number | string | null
}

export async function findPullHook(
  db: Database,
  by: { course: string } | { hash: string },
): Promise<PullHook | undefined> {
  const row: Row | undefined = await db('pull_hooks').where(by).first()
  return row && toPullHook(row)
}

/** Puts a hook in the place of the one that the course had. */
export async function putPullHook(db: Database, hook: Omit<PullHook, 'made' | 'called'>): Promise<void> {
  const { madeBy: made_by, ...others } = hook
  await db('pull_hooks')
    .insert({ ...others, made_by, made_at: now(db), called_at: null })
    .onConflict('course')
    .merge()
}

/** Writes the same secret as it is sealed anew, unless it was replaced meanwhile. */
export async function putHookSealedAnew(
  db: Database,
  { course, sealed }: Pick<PullHook, 'course' | 'sealed'>,
  anew: Pick<PullHook, 'kid' | 'sealed'>,
): Promise<void> {
  await db('pull_hooks').where({ course, sealed }).update(anew)
}

/** Returns the hooks whose secrets are sealed with another key of the installation than this one. */
export async function pullHooksSealedOtherwise(db: Database, kid: string): Promise<PullHook[]> {
  const rows: Row[] = await db('pull_hooks').whereNot({ kid }).orderBy('course')
  return rows.map(toPullHook)
}

export async function noteHookCall(db: Database, { course, hash }: Pick<PullHook, 'course' | 'hash'>): Promise<void> {
  await db('pull_hooks')
    .where({ course, hash })
    .update({ called_at: now(db) })
}

/** Removes the hook of a course. Returns whether there was one. */
export async function removePullHook(db: Database, course: string): Promise<boolean> {
  return (await db('pull_hooks').where({ course }).delete()) > 0
}

/** Returns the ids of the courses whose hooks are older than this. */
export async function coursesWithOldHooks(db: Database, milliseconds: number): Promise<string[]> {
  return db('pull_hooks').where('made_at', '<', nowPlus(db, -milliseconds)).pluck('course')
}

function toPullHook({ made_by, made_at, called_at, signed, ...others }: Row): PullHook {
  return {
    ...others,
    signed: Boolean(signed),
    madeBy: made_by,
    made: Number(made_at),
    called: called_at === null ? undefined : Number(called_at),
  }
}
