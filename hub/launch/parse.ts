import { type Asked, linkParameters } from '../../courses/choices.ts'
import type { Wanted } from '../../courses/variants.ts'
import { insideOfDesk } from '../../seats/desk.ts'
import { claimedLanding } from '../../seats/landing.ts'
import { againPage, learnerVerbs } from '../../seats/links.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'

/** What every entry link becomes: which course, which notebook, for whom, with what options. */
export interface Entry {
  course: string
  /** Decoded, normalised, inside the workspace; undefined opens the course's landing page. */
  notebook: string | undefined
  /** The learner's id that an LMS put into the link. */
  learner: string | undefined
  /** Start over with a new temporary user. */
  fresh: boolean
  /** The word of `tag=`, in small letters: another image of the course. */
  tag: string | undefined
  /** The word of `app=`, in small letters: another program of the course. */
  app: string | undefined
  /** Whether the link says `needs_gpu=`, with any value. */
  gpu: boolean
  /** The link asks for a fresh copy of its notebook in the place of the learner's own, as nbhosting's do. */
  forceCopy: boolean
  /** End the server first, where it runs. Waits for a button always (`confirmation.ts`). */
  restart: boolean
  /** What the link says beside all this, by name: the course may have choices of these names. */
  asked: Asked
  /** Whether the link is refused for what it says beside the choices of its course, as JupyterHub refuses unknown options. */
  isStrict: boolean
  /** Path and query inside the server to which a browser wants back, as they were. */
  inside: string | undefined
  /** Path of the server's own user, `/user/<name>/<slug>/`, when the link names a server. */
  serverPath: string | undefined
  /** Whether a proxy has sent the browser back because its seat does not count, so that it needs a ticket. */
  needsTicket: boolean
}

export const nothing: Omit<Entry, 'course'> = {
  notebook: undefined,
  learner: undefined,
  fresh: false,
  tag: undefined,
  app: undefined,
  gpu: false,
  forceCopy: false,
  restart: false,
  asked: new Map(),
  isStrict: false,
  inside: undefined,
  serverPath: undefined,
  needsTicket: false,
}
const maxLength = 4000

/** Parses path and query of any entry link. Throws an `HttpError` that says what is wrong with it. */
export function parseEntry(target: string): Entry {
  refuseLong(target)
  const [rawPath = '', ...rest] = target.split('?')
  const query = new URLSearchParams(rest.join('?').split('#')[0])
  const [verb = '', ...parts] = segmentsOf(rawPath)
  const parse = Object.hasOwn(entries, verb) ? entries[verb] : undefined
  if (parse === undefined)
    throw new HttpError(
      404,
      'not_an_entry',
      say`This address opens no notebook. Check the link, or ask whoever gave it to you.`,
    )
  return parse(parts, query, target)
}

/** Returns the segments of an entry link's path, which may begin with `/hub`. */
function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '')
  return segments[0] === 'hub' ? segments.slice(1) : segments
}

export function refuseLong(target: string): void {
  if (target.length > maxLength)
    throw new HttpError(414, 'too_long', say`This link is too long to be one of ours. Check how it was made.`)
}

const entries: Record<string, (parts: string[], query: URLSearchParams, target: string) => Entry> = {
  tmplogin: (parts, query) => {
    if (parts.length > 0) throw notFound()
    const notebook = single(query, 'notebook')
    return {
      ...nothing,
      course: required(single(query, 'course'), 'course'),
      notebook: notebook ? cleanPath(notebook) : undefined,
      fresh: flag(query, 'fresh'),
      ...wantedOf(query),
      asked: askedIn(query),
      forceCopy: asksForCopy(query),
    }
  },
  launch: (parts, query) => {
    const [course = '', ...notebook] = parts.map(decode)
    return {
      ...nothing,
      course: required(course, 'course'),
      notebook: notebook.length > 0 ? cleanPath(notebook.join('/')) : undefined,
      fresh: flag(query, 'fresh'),
      ...wantedOf(query),
      asked: askedIn(query),
      forceCopy: asksForCopy(query),
    }
  },
  ...Object.fromEntries(learnerVerbs.map((verb) => [verb, lmsEntry])),
  // nbhosting makes a clone of the repository for such a link, and leaves out `forcecopy`.
  notebookGitRepo: (parts, query) => ({ ...lmsEntry(parts, query), forceCopy: false }),
  ipythonForward: (parts, _query, target) => forwardEntry(parts, target),
  // Opens nothing. A browser that follows such a link gets a page instead (`sharePageOf`).
  ipythonShare: () => {
    throw new HttpError(404, 'not_offered', say`This link shares a copy of a notebook. Open it in a browser.`)
  },
  containerKill: killEntry,
  open: (parts, query) => {
    if (parts.length > 0) throw notFound()
    return openEntry(required(single(query, 'to'), 'to'))
  },
  restart: (parts, query) => {
    if (parts.length > 0) throw notFound()
    return { ...openEntry(required(single(query, 'to'), 'to')), restart: true }
  },
  // Under the hub's own host a server's address only launches.
  user: (_parts, _query, target) => userEntry(target),
}

/**
 * Returns the hub's page that nbhosting's link to share a notebook means, `/ipythonShare/<course>/<notebook, with slashes>/<learner>`;
 * undefined for another link. The user who follows it shares an own notebook, so the learner of the link says nothing.
 */
export function sharePageOf(target: string): string | undefined {
  const [path = ''] = target.split('?', 1)
  const [verb, ...parts] = segmentsOf(path)
  if (verb !== 'ipythonShare') return undefined
  refuseLong(target)
  const { course, notebook = '' } = lmsEntry(parts, new URLSearchParams())
  return `/hub/snapshots/new?${new URLSearchParams({ course, notebook })}`
}

/** The first path segments of entry links. */
export const entryVerbs = Object.keys(entries)

/** Returns whether this is the first path segment of an entry link. */
export function isEntry(verb: string): boolean {
  return Object.hasOwn(entries, verb)
}

/**
 * Parses `/<verb>/<course>/<notebook, with slashes>/<learner>` from the right, because notebooks have slashes. An LMS may
 * put `.ipynb` behind any name, also behind one that ends in `.ipynb`, `.md` or `.py` already.
 */
function lmsEntry(parts: string[], query: URLSearchParams): Entry {
  refuseFresh(query)
  if (parts.length < 3) {
    throw new HttpError(
      400,
      'incomplete_link',
      say`This link needs a course, a notebook and a learner: /ipythonExercice/COURSE/NOTEBOOK/LEARNER. Check the exercise in the LMS.`,
    )
  }
  const decoded = parts.map(decode)
  const stem = decoded
    .slice(1, -1)
    .join('/')
    .replace(/(\.ipynb){1,2}$/, '')
  return {
    ...nothing,
    course: decoded[0] ?? '',
    notebook: cleanPath(/\.(md|py)$/.test(stem) ? stem : `${stem}.ipynb`),
    learner: cleanLearner(decoded.at(-1) ?? ''),
    ...wantedOf(query),
    asked: askedIn(query),
    forceCopy: asksForCopy(query),
  }
}

/**
 * Parses nbhosting's link to Jupyter's own pages, `/ipythonForward/<course>/<learner>/<path and query inside the server>`. It
 * takes `tree` and `lab`, and no `git-pull`, which writes into the learner's files whatever the link names.
 */
function forwardEntry(parts: string[], target: string): Entry {
  const [course, learner, ...inside] = parts
  const [front] = inside
  if (course === undefined || learner === undefined || (front !== 'tree' && front !== 'lab')) {
    throw new HttpError(
      400,
      'incomplete_link',
      say`This link needs a course, a learner, and then tree or lab: /ipythonForward/COURSE/LEARNER/tree. Check it in the LMS.`,
    )
  }
  const [, query = ''] = /^[^?#]*(\?[^#]*)/.exec(target) ?? []
  const place = soundInside(inside.join('/') + query)
  return { ...nothing, course: decode(course), learner: cleanLearner(decode(learner)), inside: place }
}

/**
 * Parses nbhosting's link that ends a learner's server, `/containerKill/<course>/[<notebook, with slashes>/]<learner>`.
 * Here it restarts the server, and opens the notebook that it names.
 */
function killEntry(parts: string[], query: URLSearchParams): Entry {
  if (parts.length > 2) return { ...lmsEntry(parts, query), restart: true }
  const [course, learner] = parts.map(decode)
  if (course === undefined || learner === undefined) {
    throw new HttpError(
      400,
      'incomplete_link',
      say`This link needs a course and a learner: /containerKill/COURSE/NOTEBOOK/LEARNER or /containerKill/COURSE/LEARNER. Check it in the LMS.`,
    )
  }
  const asked = askedIn(query)
  return { ...nothing, course, learner: cleanLearner(learner), ...wantedOf(query), asked, restart: true }
}

/** Parses the address of a server's page at the hub: `/user/…`, or as JupyterHub writes it, `/hub/user/…`. */
export function userEntry(target: string): Entry {
  const to = target.replace(/^\/hub(?=\/user\/)/, '')
  return openEntry(/^\/user\/[^/?]+\/[^/?]+$/.test(to) ? `${to}/` : to)
}

/** Parses the address of a server's page to which a browser wants back: `/user/<name>/<slug>/<inside>`. */
export function openEntry(to: string): Entry {
  const match = /^(\/user\/[A-Za-z0-9._~-]+\/([A-Za-z0-9._-]+)\/)([\x21-\x7e]*)$/.exec(to)
  const [, serverPath, course, inside] = match ?? []
  if (serverPath === undefined || course === undefined || inside === undefined || inside.includes('\\')) {
    throw new HttpError(
      400,
      'bad_path',
      say`This is not the address of a page in a notebook. Open it from your list of notebooks.`,
      [{ href: '/hub/home', text: say`Show my notebooks` }],
    )
  }
  const landing = inside.startsWith(`${againPage}?`) ? landingAgain(serverPath, inside) : undefined
  const needsTicket = landing !== undefined
  // A desk stands around the page anew where the course has one.
  return { ...nothing, course, serverPath, inside: soundInside(insideOfDesk(landing ?? inside)), needsTicket }
}

/**
 * Returns where in the server the address led from which a proxy has sent the browser back. The signature is not checked, as
 * the path is judged anew like that of any link.
 */
function landingAgain(serverPath: string, inside: string): string {
  const claimed = claimedLanding(new URLSearchParams(inside.slice(againPage.length)).get('to') ?? '')
  return claimed?.startsWith(serverPath) ? claimed.slice(serverPath.length) : ''
}

/** Returns path and query inside a server as they are; throws when they could lead out of it. */
export function soundInside(inside: string): string {
  const isPlain = /^[\x21-\x7e]*$/.test(inside) && !inside.includes('\\')
  if (!isPlain || /(^|\/)(\.|%2e){1,2}(\/|$|\?)/i.test(inside)) throw badPath()
  return inside
}

/** Normalises a decoded path; throws when the path leads out of the workspace or has characters that no file has. */
function cleanPath(path: string): string {
  if (path.length > 1024) throw badPath()
  if (path.startsWith('/') || path.includes('\\') || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(path)) throw badPath()
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.pop() === undefined) throw badPath()
  }
  if (kept.length === 0) throw badPath()
  return kept.join('/')
}

function cleanLearner(learner: string): string {
  if (!/^[^\p{Cc}\p{Cf}\p{Cs}/\\]{1,255}$/u.test(learner)) {
    throw new HttpError(
      400,
      'bad_learner',
      say`The learner's id in this link is not usable. Check the exercise in the LMS.`,
    )
  }
  return learner
}

export function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new HttpError(
      400,
      'bad_encoding',
      say`This link has a broken % in it. Encode special characters once, and % itself as %25.`,
    )
  }
}

export function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1)
    throw new HttpError(400, 'repeated_parameter', say`This link says ${name}= more than once. Say it once.`)
  const value = values[0]
  if (value?.includes('\ufffd'))
    throw new HttpError(400, 'bad_encoding', say`What ${name}= says is not proper UTF-8. Encode it once.`)
  return value
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = single(query, name)
  if (value === undefined || value === '' || value === '0') return false
  if (value === '1') return true
  throw new HttpError(400, 'bad_parameter', say`${name}= is 1 or nothing.`)
}

/** Returns whether the link asks for a fresh copy. Any value does, as at nbhosting. */
function asksForCopy(query: URLSearchParams): boolean {
  return (single(query, 'forcecopy') ?? '') !== ''
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') {
    throw new HttpError(
      400,
      'missing_parameter',
      say`This link does not say what to open (${name}=…). Check the link, or ask whoever gave it to you.`,
      [{ href: '/', text: say`Show the courses` }],
    )
  }
  return value
}

/** Returns which variant of the course the link wants, `tag` and `needs_gpu` as MIT Learn reads them. Empty ones want nothing. */
function wantedOf(query: URLSearchParams): Wanted {
  const word = (name: string) => single(query, name)?.toLowerCase() || undefined
  return { tag: word('tag'), app: word('app'), gpu: (single(query, 'needs_gpu') ?? '') !== '' }
}

/** Returns what the link says that is no parameter of links. The course tells what of it means something. */
export function askedIn(query: URLSearchParams): Asked {
  const names = new Set([...query.keys()].filter((name) => !linkParameters.has(name)))
  return new Map([...names].map((name) => [name, query.getAll(name)]))
}

/** Refuses to start over in a link of an LMS, whose learner stays the same. To ignore it would do something else. */
function refuseFresh(query: URLSearchParams): void {
  if (!query.has('fresh')) return
  throw new HttpError(400, 'not_offered', say`fresh= is not offered in a link of an LMS. Leave it out.`)
}

function badPath(): HttpError {
  return new HttpError(
    400,
    'bad_path',
    say`This link names a file outside of the course, or one with characters that no file has. Name it as it lies in the course, like week1/intro.ipynb.`,
  )
}

function notFound(): HttpError {
  return new HttpError(
    404,
    'not_an_entry',
    say`This address opens no notebook. Check the link, or ask whoever gave it to you.`,
  )
}
