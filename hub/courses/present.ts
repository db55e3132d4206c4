/** What is told of a course that people have made, by the API and to pages. */
import type { Course } from '../../courses/course.ts'
import type { Hub } from '../hub.ts'
import type { MadeCourse } from './courses.ts'

/** Returns a course that people have made as the API shows it, without its definition. */
export function presentMade({ row, course, problems }: MadeCourse) {
  const { id, name, state, version, maker, changer } = row
  return {
    name,
    id,
    from: 'database' as const,
    title: course?.title ?? name,
    image: course?.image ?? null,
    state,
    version,
    staff: course?.staff ?? [],
    content: course?.content?.git ?? null,
    made: timeOf(row.made),
    made_by: maker === '' ? 'operator' : maker,
    changed: timeOf(row.changed),
    changed_by: changer === '' ? 'operator' : changer,
    goes: row.goes === undefined ? null : timeOf(row.goes),
    problems: problems.map(([path, message]) => ({ path, message })),
  }
}

/** Returns a course of the config in the same form. */
export function presentOfConfig({ name, id, title, image, staff, content }: Course) {
  return {
    ...{ name, id, from: 'config' as const, title: title ?? name, image, state: 'active' as const, version: 0, staff },
    content: content?.git ?? null,
    ...{ made: null, made_by: null, changed: null, changed_by: null, goes: null, problems: [] },
  }
}

function timeOf(milliseconds: number): string | null {
  return milliseconds === 0 ? null : new Date(milliseconds).toISOString()
}

/** A link that opens a course, and whose links have this form. */
export interface LaunchLink {
  kind: 'launch' | 'tmplogin' | 'lms'
  url: string
}

/**
 * Returns the links that open a course, or a file of it, as each system writes them. In those of an LMS `%%USER_ID%%` is where
 * Open edX puts the learner.
 */
export function launchLinks({ hubUrl }: Pick<Hub, 'hubUrl'>, name: string, file: string | undefined): LaunchLink[] {
  const encoded = (text: string) => text.split('/').map(encodeURIComponent).join('/')
  const course = encodeURIComponent(name)
  const query = new URLSearchParams({ course: name, ...(file !== undefined && { notebook: file }) })
  const notebook = encoded(file?.replace(/\.ipynb$/, '') ?? 'NOTEBOOK')
  return [
    { kind: 'launch', url: `${hubUrl}/launch/${course}${file === undefined ? '' : `/${encoded(file)}`}` },
    { kind: 'tmplogin', url: `${hubUrl}/tmplogin?${query}` },
    { kind: 'lms', url: `${hubUrl}/ipythonExercice/${course}/${notebook}/%%USER_ID%%` },
  ]
}
