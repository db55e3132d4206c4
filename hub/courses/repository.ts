import type { ContentSettings } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import type { Transaction } from '../db/dialect.ts'
import { removeGitKey } from '../db/repositories/git-keys.ts'
import { removePullHook } from '../db/repositories/pull-hooks.ts'
import { HttpError } from '../errors.ts'
import { courseOwner, type KeyTarget } from '../git-keys/target.ts'
import type { Hub } from '../hub.ts'
import { type Editor, isFree, requireEditable } from './editors.ts'

/** The repository of a course, for those who may change the course. */
export interface CourseRepository extends KeyTarget {
  course: string
  /** The id and the name of the course. */
  id: string
  name: string
}

/**
 * Returns the repository of a course that the editor may change; of a course of the config only admins and the operator. Throws 404 as for a course that
 * is not there, and 409 where it has no content.
 */
export function requireRepository(hub: Hub, editor: Editor, name: string): CourseRepository {
  const slug = name.toLowerCase()
  const ofConfig = Object.hasOwn(hub.courses.ofConfig, slug) ? hub.courses.ofConfig[slug] : undefined
  const course = ofConfig !== undefined && isFree(hub, editor) ? ofConfig : requireEditable(hub, editor, name).course
  if (course?.content !== undefined) return repositoryOf(course, course.content)
  const message = say`${name.slice(0, 80)} has no content from git. Say content: { git: 'https://…' } in its definition.`
  throw new HttpError(409, 'no_content', message)
}

function repositoryOf({ id, slug, name }: Course, { git: url, ref }: ContentSettings): CourseRepository {
  return { owner: courseOwner({ id }), url, ref, course: slug, id, name }
}

/** Removes what opens the repository of a course, and what asks for pulls of it, so that no later course of the name has them. */
export async function forgetRepository(trx: Transaction, course: { id: string }): Promise<void> {
  await removeGitKey(trx, courseOwner(course))
  await removePullHook(trx, course.id)
}
