import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { type ContentPull, cancelJob, wantAgain, wantJob } from '../db/jobs/jobs.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { type CourseWithContent, contentDigest, coursesWithContent } from './courses.ts'
import { pullCancelled } from './told.ts'

/** A wish for a pull: of whom, and why. */
export interface PullWish {
  /** The id that events name: of a user, or `operator`. */
  by: string
  why: 'interval' | 'hook' | 'person'
  /** Whether the right to act still holds in a transaction. */
  precondition?: (trx: Transaction) => Promise<boolean>
}

/** Returns the course whose content is meant. Throws 409 where it has none. */
export function requireContent(hub: Hub, { id, name, halted }: Course): CourseWithContent {
  const course = coursesWithContent(hub).get(id)
  if (course !== undefined) return course
  if (halted !== undefined)
    throw new HttpError(
      409,
      'course_halted',
      say`${name} opens to no one at the moment, so its content is not fetched.`,
    )
  throw new HttpError(
    409,
    'no_content',
    say`${name} has no content from git. Say content: { git: 'https://…' } in its definition.`,
  )
}

/**
 * Has the content of a course brought, and returns its pull: the one that is under way, which is done again then, or a new one.
 */
export async function wantPull(hub: Hub, course: Course, wish: PullWish): Promise<ContentPull> {
  return beginPull(hub, requireContent(hub, course), wish)
}

export async function beginPull(hub: Hub, course: CourseWithContent, wish: PullWish): Promise<ContentPull> {
  const { id, slug, content } = course
  const { by, why } = wish
  const { job, isNew } = await hub.db.transaction(async (trx) => {
    await requireRight(wish, trx)
    const settings = contentDigest(content)
    const wanted = await wantJob(trx, { kind: 'content', name: id, settings, by, insists: why !== 'interval' })
    // What was pushed since it has asked the repository is not in it.
    if (!wanted.isNew && why !== 'interval') await wantAgain(trx, wanted.job.id, by)
    if (why === 'person') await addEvent(trx, { kind: 'content-pull-asked', course: slug, detail: { by } })
    return wanted
  })
  if (isNew) hub.jobs.wake()
  return job
}

/** Ends the pull of a course that is under way, and returns it. Throws 409 where there is none. */
export async function cancelPull(hub: Hub, course: Course, wish: Omit<PullWish, 'why'>): Promise<ContentPull> {
  const { id, name, slug } = requireContent(hub, course)
  const pull = await hub.db.transaction(async (trx) => {
    await requireRight(wish, trx)
    const cancelled = await cancelJob(trx, { kind: 'content', name: id, by: wish.by, problem: pullCancelled })
    if (cancelled?.state === 'failed')
      await addEvent(trx, { kind: 'content-failed', course: slug, detail: { by: wish.by, problem: pullCancelled } })
    return cancelled
  })
  if (pull === undefined) throw new HttpError(409, 'no_pull', say`The content of ${name} is not being fetched.`)
  hub.jobs.wake()
  return pull
}

async function requireRight({ precondition }: Pick<PullWish, 'precondition'>, trx: Transaction): Promise<void> {
  if ((await precondition?.(trx)) === false) throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
}
