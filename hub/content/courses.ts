/** Which courses have content, and what they say of it. */
import { createHash } from 'node:crypto'
import type { ContentSettings } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import type { GitCredentials, GitSource } from '../../git/git.ts'
import type { Hub } from '../hub.ts'

/** A course with content. */
export type CourseWithContent = Course & { content: ContentSettings }

/** Rises when the hub reads more of a repository than before, so that all is read anew then. */
const reading = 2

/** Returns a digest of what a course says of its content. Pure. */
export function contentDigest(content: ContentSettings): string {
  const { git, ref, pullMinutes, nbhosting, copies, readOnlyText } = content
  // Where learners get all files, the pull makes the notebooks among them as they get them.
  const ofAll = copies === 'all' ? [copies, ...(readOnlyText === undefined ? [] : [readOnlyText])] : []
  const said = [reading, git, ref ?? null, pullMinutes, nbhosting ?? null, ...ofAll]
  return createHash('sha256').update(JSON.stringify(said)).digest('hex')
}

/** Returns the repository of a course, with what opens it. Pure. */
export function sourceOfCourse({ git, ref }: ContentSettings, credentials: GitCredentials | undefined): GitSource {
  return { url: git, ref, ...(credentials && { credentials }) }
}

const known = new WeakMap<Record<string, Course>, Map<string, CourseWithContent>>()

/** Returns the courses whose content is to be brought, by their ids: not those that open to no one, and each under one name. */
export function coursesWithContent({ courses }: Pick<Hub, 'courses'>): Map<string, CourseWithContent> {
  const { all } = courses
  const found = known.get(all)
  if (found !== undefined) return found
  const byId = new Map<string, CourseWithContent>()
  for (const course of Object.values(all)) {
    const { content, variantOf, halted, id } = course
    if (content === undefined || variantOf !== undefined || halted !== undefined || byId.has(id)) continue
    byId.set(id, { ...course, content })
  }
  known.set(all, byId)
  return byId
}
