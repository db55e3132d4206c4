import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { fileAtPlace, placeOfFile, startFile, startInside } from '../../courses/start.ts'
import { guestWorkspace, labWorkspace } from '../../seats/lab-workspace.ts'
import { type Entry, nothing } from './parse.ts'

/**
 * Returns where in the server a launch ends, relative to the server's path and percent-encoded exactly once. A
 * browser that has JupyterLab's workspace open in another tab is led to another one (`proxy/requests/jupyterlab.ts`).
 * Without `localStorage` JupyterLab reloads for ever, so such a browser gets Notebook's single document. A link to the
 * first page of a server opens what the course opens. A program that is not Jupyter, and opens no files by links, opens as
 * it does without one.
 */
export function landingPath(course: Course, entry: Entry, storage: boolean): string {
  if (entry.inside !== undefined && entry.inside !== '') return entry.inside
  const notebook = entry.notebook ?? startFile(course)
  if (notebook === undefined || (course.fileAt === undefined && !speaksJupyter(course.program))) {
    const first = startInside(course) ?? (speaksJupyter(course.program) ? undefined : '')
    if (first !== undefined) return first
  }
  const isLab = course.fileAt?.startsWith('/lab/') === true && speaksJupyter(course.program)
  if (notebook !== undefined && course.fileAt !== undefined && (storage || !isLab))
    return placeOfFile(course.fileAt, notebook)
  const file = notebook?.split('/').map(encodeURIComponent).join('/')
  const plain = course.landing === 'notebook' || course.program === 'notebook-6' || !storage
  if (plain) return file === undefined ? 'tree' : file.endsWith('.ipynb') ? `notebooks/${file}` : `edit/${file}`
  const lab = `lab/workspaces/${labWorkspace(course.slug)}`
  return file === undefined ? lab : `${lab}/tree/${file}`
}

/** Returns whether a launch ends here whose link names nothing in the server. */
export function isUsualLanding(course: Course, inside: string): boolean {
  const entry = { ...nothing, course: course.slug }
  return [true, false].some((storage) => inside === landingPath(course, entry, storage))
}

/** Returns the same place in the workspace of guests, because a copied link names the one in which its owner works. */
export function inGuestWorkspace(inside: string, serverPath: string): string {
  return inside.replace(/^lab\/workspaces\/[^/?]+/, `lab/workspaces/${guestWorkspace(serverPath)}`)
}

/**
 * Returns whether a link from another site may name this landing path without a question. The path's first segment
 * decides. An empty segment before a slash never may, because some servers take what follows the slash for the first.
 */
export function isLinkable(course: Course, inside: string): boolean {
  const { program, fileAt, linkable } = course
  if (inside === '' || inside === startInside(course)) return true
  if (fileAt !== undefined && fileAtPlace(fileAt, inside) !== undefined) return true
  const isJupyter = speaksJupyter(program)
  // A query on the first page commands nothing of Jupyter, but what it says to another program is not known.
  if (inside.startsWith('?')) return isJupyter
  const segment = inside.split(/[/?]/, 1)[0] ?? ''
  return (linkable ?? (isJupyter ? linkableOfJupyter : [])).includes(segment)
}

const linkableOfJupyter = ['lab', 'tree', 'notebooks', 'edit', 'doc']
