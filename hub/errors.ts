import { retold } from '../words/kept.ts'
import { plainIn, type Said, say } from '../words/text.ts'

export interface ErrorLink {
  href: string
  text: Said
  /** Whether the link opens in the frame of the page, as only links of launches may. Others open a tab. */
  here?: boolean
  /** Whether a button posts the link, with the wish to make the notebook that it names. */
  make?: boolean
}

/**
 * An error that a client may read: what happened and what to do next. Has Koa's `status` and `expose`, and a stable
 * code for programs. Its own `message` is in English, for programs and logs; `said` is what pages show. A message of a room that
 * knows no languages is told in others where they have it.
 */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly expose = true
  readonly status: number
  readonly code: string
  readonly said: Said
  /** Shown as links below the message. */
  readonly links: ErrorLink[]
  constructor(status: number, code: string, message: Said, links: ErrorLink[] = []) {
    super(plainIn(message, 'en'))
    this.said = typeof message === 'string' ? retold(message) : message
    this.status = status
    this.code = code
    this.links = links
  }
}

/** A setting that cannot stay as it is given. */
export interface SettingProblem {
  path: (string | number)[]
  message: string
}

/** An error about settings that were given, with each problem at its place. */
export class SettingProblems extends HttpError {
  readonly problems: SettingProblem[]
  constructor(code: string, message: Said, problems: SettingProblem[]) {
    super(400, code, message)
    this.problems = problems
  }
}

/** An error that another page of ours explains, where a person chooses how to go on with a link. */
export class ChoiceNeeded extends HttpError {
  /** The page's address. */
  readonly page: string
  constructor(status: number, code: string, message: Said, page: string) {
    super(status, code, message, [{ href: page, text: say`Choose how to go on`, here: true }])
    this.page = page
  }
}

/** An error that tells the client to wait so many seconds. */
export class TooMany extends HttpError {
  readonly seconds: number
  constructor(seconds: number, message: Said) {
    super(429, 'too_many', message)
    this.seconds = seconds
  }
}

/** The refusal of what is not possible during maintenance. The client may ask again from time to time. */
export class InMaintenance extends HttpError {
  readonly seconds = 30
  constructor(message: string, links: ErrorLink[] = []) {
    const why = say`Notebooks cannot be opened just now, because of maintenance. What you have open goes on.`
    super(503, 'maintenance', message === '' ? why : say`${why} ${message}`, links)
  }
}

/** The refusal of a start whose image is being made. The client may ask again from time to time. */
export class ImageNotBuilt extends HttpError {
  readonly seconds = 3
  /** How far it is, for a page that shows it. */
  readonly percent: number
  constructor(message: Said, percent: number) {
    super(503, 'image_not_built', message)
    this.percent = percent
  }
}

/** Codes of refusals that pass: the same request may succeed a little later, or once the person has made room. */
const passing: ReadonlySet<string> = new Set([
  ...['queue_full', 'home_in_use', 'too_many', 'too_many_servers', 'user_gone'],
  ...['nonce_used', 'no_cookies', 'not_ready', 'signed_out', 'cut_off', 'maintenance', 'image_not_built'],
])

/** An error as a client sees it. */
export interface ClientError {
  status: number
  code: string
  message: Said
  links: ErrorLink[]
  /** The page of ours that explains the error. */
  page?: string | undefined
  /** How far that is for which the client waits. */
  percent?: number | undefined
  /** Whether trying once more can help. Pages offer a button for it only then. */
  mayPass: boolean
}

/**
 * Returns what a client sees of an error. An error that does not expose itself with a status of 4xx, or with 503, is
 * a bug of ours.
 */
export function toClient(error: unknown): ClientError {
  const {
    expose,
    status,
    code: given,
    message,
    said,
    links,
    page,
    percent,
  } = error as Partial<ChoiceNeeded & ImageNotBuilt>
  if (expose !== true || status === undefined || !(status === 503 || (status >= 400 && status <= 499))) {
    return {
      status: 500,
      code: 'internal',
      message: say`Something went wrong on our side. Try again. If it happens again, tell your teacher the reference below.`,
      links: [],
      mayPass: true,
    }
  }
  const code = typeof given === 'string' ? given : `http_${status}`
  return { status, code, message: said ?? message ?? '', links: links ?? [], page, percent, mayPass: passing.has(code) }
}

/** Returns the message of anything that was thrown, for log lines and staff. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
