import { randomBytes } from 'node:crypto'
import type { Course } from '../../courses/course.ts'
import type { Entry } from './parse.ts'

/**
 * Returns where in the server a launch ends, relative to the server's path and percent-encoded exactly once. Every
 * JupyterLab gets a workspace of its own, because several on one workspace fight. Without `localStorage` JupyterLab
 * reloads for ever, so such a browser gets Notebook's single document.
 */
export function landingPath(course: Course, entry: Entry, storage: boolean): string {
  if (entry.inside !== undefined) return entry.inside
  const notebook = entry.notebook ?? course.home
  const file = notebook?.split('/').map(encodeURIComponent).join('/')
  const plain = course.landing === 'notebook' || !storage
  if (plain) return file === undefined ? 'tree' : file.endsWith('.ipynb') ? `notebooks/${file}` : `edit/${file}`
  const workspace = newWorkspace()
  return file === undefined ? workspace : `${workspace}/tree/${file}`
}

/** Returns the same place in a new workspace: a copied link names the workspace in which its owner works. */
export function inOwnWorkspace(inside: string): string {
  return inside.replace(/^lab\/workspaces\/[^/?]+/, newWorkspace)
}

function newWorkspace(): string {
  return `lab/workspaces/${randomBytes(6).toString('hex')}`
}

/**
 * Returns whether a link from another site may name this landing path without a question. The path's first segment
 * decides. An empty segment before a slash never may, because some servers take what follows the slash for the first.
 */
export function isLinkable(course: Course, inside: string): boolean {
  if (inside === '' || inside.startsWith('?')) return true
  const segment = inside.split(/[/?]/, 1)[0] ?? ''
  return (course.linkable as string[]).includes(segment)
}
