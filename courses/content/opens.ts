/** Puts what a repository says of its course, and of where it opens, below what the course's own definition says. Pure. */
import type { Course } from '../course.ts'
import { speaksJupyter } from '../programs.ts'
import type { Brought } from './brought.ts'
import { givesCopies } from './content.ts'
import { usualNotebookAt } from './nbhosting/notebook-at.ts'

/** What a definition has that says nothing of it. */
const usual = { landing: 'lab', startTimeoutSeconds: 300 }

/**
 * Returns the course with its content, and with the settings of the repository in the place of those that its definition
 * leaves out. Links that name no notebook open the first one of the first track, where nothing else is said.
 */
export function withBrought(course: Course, brought: Brought): Course & { brought: Brought } {
  const { contact, strip, startTimeoutSeconds, ...place } = brought.course
  const isUsual = course.startTimeoutSeconds === usual.startTimeoutSeconds
  return {
    ...course,
    brought,
    contact: course.contact ?? contact,
    strip: course.strip ?? strip,
    startTimeoutSeconds: (isUsual ? startTimeoutSeconds : undefined) ?? course.startTimeoutSeconds,
    // An app opens as it says itself, and a variant is called after the course and its word.
    ...(course.app === undefined &&
      placeIn(course, { ...place, start: place.start ?? firstOf(course, brought), ...placeBy(course, brought) })),
  }
}

type Place = Pick<Course, 'title' | 'start' | 'fileAt' | 'linkable'> & { landing?: Course['landing'] | undefined }

function placeIn(course: Course, { title, start, landing, fileAt, linkable }: Place): Partial<Course> {
  const opensItself = course.fileAt !== undefined || course.landing !== usual.landing
  return {
    title: course.title ?? title,
    start: course.start ?? start,
    linkable: course.linkable ?? linkable,
    ...(!opensItself && { fileAt, landing: landing ?? course.landing }),
  }
}

/** Returns where notebooks open by nbhosting's format: in the words that a course has for it, where there are some. */
function placeBy({ program }: Course, { notebookAt }: Brought): Pick<Place, 'landing' | 'fileAt'> {
  if (notebookAt === undefined || !speaksJupyter(program)) return {}
  if (notebookAt === usualNotebookAt) return { landing: 'notebook' }
  if (notebookAt === 'lab/tree/{notebook}') return { landing: 'lab' }
  return { fileAt: `/${notebookAt.replace('{notebook}', '{file}')}` }
}

function firstOf(course: Course, { tracks }: Brought): string | undefined {
  if (!speaksJupyter(course.program) || !givesCopies(course)) return undefined
  return tracks.flatMap(({ sections }) => sections.flatMap(({ notebooks }) => notebooks))[0]
}
