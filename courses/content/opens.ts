/** Puts what a repository says of its course, and of where it opens, below what the course's own definition says. Pure. */
import type { Course } from '../course.ts'
import { speaksJupyter } from '../programs.ts'
import type { Brought } from './brought.ts'
import { givesCopies } from './content.ts'
import { usualNotebookAt } from './nbhosting/notebook-at.ts'

/**
 * Returns the course with its content, and with the settings of the repository in the place of those that its definition
 * leaves out. Links that name no notebook open the first one of the first track, where nothing else is said.
 */
export function withBrought(course: Course, brought: Brought): Course & { brought: Brought } {
  const { contact, strip, trimMenus, startTimeoutSeconds, ...place } = brought.course
  return {
    ...course,
    brought,
    contact: course.contact ?? contact,
    strip: course.strip ?? strip,
    ...(course.content && { content: { ...course.content, trimMenus: course.content.trimMenus ?? trimMenus } }),
    startTimeoutSeconds: course.startTimeoutSeconds ?? startTimeoutSeconds,
    // An app opens as it says itself, and a variant is called after the course and its word.
    ...(course.app === undefined &&
      placeIn(course, { ...place, start: place.start ?? firstOf(course, brought), ...placeBy(course, brought) })),
  }
}

type Place = Pick<Course, 'title' | 'start' | 'landing' | 'fileAt' | 'linkable'>

function placeIn(course: Course, { title, start, landing, fileAt, linkable }: Place): Partial<Course> {
  const opensItself = course.fileAt !== undefined || course.landing !== undefined
  return {
    title: course.title ?? title,
    start: course.start ?? start,
    linkable: course.linkable ?? linkable,
    ...(!opensItself && { fileAt, landing }),
  }
}

/** Returns where notebooks open by nbhosting's format: in the words that a course has for it, where there are some. */
function placeBy({ program }: Course, { notebookAt }: Brought): Pick<Place, 'landing' | 'fileAt'> {
  if (notebookAt === undefined || !speaksJupyter(program)) return {}
  if (notebookAt === usualNotebookAt) return { landing: 'notebook', fileAt: undefined }
  if (notebookAt === 'lab/tree/{notebook}') return { landing: 'lab', fileAt: undefined }
  return { landing: undefined, fileAt: `/${notebookAt.replace('{notebook}', '{file}')}` }
}

function firstOf(course: Course, { tracks }: Brought): string | undefined {
  if (!speaksJupyter(course.program) || !givesCopies(course)) return undefined
  return tracks.flatMap(({ sections }) => sections.flatMap(({ notebooks }) => notebooks))[0]
}
