/** Which files a link may mean, and where in the server a browser finds the one that is there. Pure. */
import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { fileAtPlace, placeOfFile, startFile } from '../../courses/start.ts'
import type { Entry } from './parse.ts'

export interface FoundFile {
  path: string
  type: 'notebook' | 'file' | 'directory'
}

/**
 * Returns the files that a link may mean, as rounds of which the first with a file that is there decides; undefined when
 * the link names no file.
 *
 * What a link names itself comes first. An LMS's link says `.ipynb` whatever the file is, so that its name tells nothing
 * of the kind: its notebook may be a text that Jupytext opens, in the order in which nbhosting looks.
 */
export function filesOf(course: Course, entry: Entry): string[][] | undefined {
  const name = entry.notebook ?? startFile(course)
  // Only Jupyter tells of its files.
  if (!speaksJupyter(course.program)) return undefined
  if (entry.inside !== undefined || name === undefined || isElsewhere(name)) return undefined
  if (entry.learner !== undefined) return [variantsOf(name)]
  const others = variantsOf(name).filter((variant) => variant !== name)
  return others.length === 0 ? [[name]] : [[name], others]
}

function variantsOf(name: string): string[] {
  const stem = name.replace(/(\.ipynb){1,2}$/, '')
  if (stem.endsWith('.md')) return [stem]
  if (stem.endsWith('.py')) return [stem, `${stem.slice(0, -'.py'.length)}.ipynb`]
  return [`${stem}.py`, `${stem}.ipynb`, `${stem}.md`, stem]
}

/** How long a path, a name in it (in bytes), and a chain of its folders may be for a notebook that is made. */
const longest = { path: 1000, name: 200, folders: 10 }

/**
 * Returns the path of the notebook that may be made where a link names this file and it is not there. Undefined for a
 * file of another kind, and for a path that Jupyter would refuse or that leads elsewhere.
 */
export function notebookToMake(asked: string): string | undefined {
  const segments = asked.split('/')
  const last = segments.at(-1) ?? ''
  const path = last.includes('.') ? asked : `${asked}.ipynb`
  const isSound = segments.every(
    (segment) => segment !== '' && !segment.startsWith('.') && Buffer.byteLength(segment) <= longest.name,
  )
  // A line break in a name, a character that hides, or one that Windows takes for a slash.
  const isPlain = !/[\p{Cc}\p{Cf}\p{Cs}\\]/u.test(asked) && !isElsewhere(asked)
  const isShort = asked.length <= longest.path && segments.length <= longest.folders + 1
  return isSound && isPlain && isShort && path.endsWith('.ipynb') ? path : undefined
}

type Places = { fileAt?: string | undefined } | undefined

/** Returns the file that a path inside a course's server opens; undefined when it opens none. */
export function namedFile(course: Places, inside: string): string | undefined {
  const { fileAt } = course ?? {}
  const own = fileAt === undefined ? undefined : fileAtPlace(fileAt, inside)
  return own === undefined || isElsewhere(own) ? fileIn(inside) : own
}

const notebookPages = '/notebooks/{file}'

/** Returns the path inside a course's server for a file, as another path inside it opens one. */
export function placeFor(course: Places, inside: string, file: FoundFile): string {
  const { fileAt } = course ?? {}
  // Notebook's page of a text that is a notebook says how to open it.
  if (fileAt === notebookPages && isTextNotebook(file)) return notebookPage(file)
  const isOwn = fileAt !== undefined && file.type !== 'directory' && fileAtPlace(fileAt, inside) !== undefined
  return isOwn ? placeOfFile(fileAt, file.path) : insideFor(inside, file)
}

/** Returns the file that a path of Jupyter's front ends opens; undefined when it opens none. */
export function fileIn(inside: string): string | undefined {
  const [, encoded = ''] = /^(?:lab(?:\/workspaces\/[^/?]+)?\/tree|notebooks|edit|tree)\/([^?]+)/.exec(inside) ?? []
  const segments = encoded.split('/').filter((segment) => segment !== '')
  try {
    const path = segments.map(decodeURIComponent).join('/')
    return path === '' || isElsewhere(path) ? undefined : path
  } catch {
    return undefined
  }
}

/** Returns whether the path names one of JupyterLab's further drives, about which the server's own files tell nothing. */
function isElsewhere(path: string): boolean {
  return path.split('/', 1)[0]?.includes(':') === true
}

/** Returns the path inside a server for a file, in the front end and the workspace of another path inside it. */
export function insideFor(inside: string, file: FoundFile): string {
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  const [lab] = /^lab(\/workspaces\/[^/?]+)?/.exec(inside) ?? []
  if (lab !== undefined) return path === '' ? lab : `${lab}/tree/${path}`
  if (path === '') return 'tree'
  if (file.type === 'directory') return `tree/${path}`
  return file.type === 'notebook' ? notebookPage(file) : `edit/${path}`
}

/**
 * Returns whether the file is a notebook that JupyterLab would open as text: no part of its address says how to open a
 * file. Notebook's can.
 */
export function isTextNotebook({ path, type }: FoundFile): boolean {
  return type === 'notebook' && !path.endsWith('.ipynb')
}

/** Returns Notebook's page for a notebook. */
export function notebookPage(file: FoundFile): string {
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  return isTextNotebook(file) ? `notebooks/${path}?factory=Notebook` : `notebooks/${path}`
}
