/**
 * An error that a client may read: what happened and what to do next. Has Koa's `status` and `expose`, and a stable
 * code for programs.
 */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly expose = true
  readonly status: number
  readonly code: string
  /** Shown as links below the message. */
  readonly links: { href: string; text: string }[]
  constructor(status: number, code: string, message: string, links: { href: string; text: string }[] = []) {
    super(message)
    this.status = status
    this.code = code
    this.links = links
  }
}

/** An error that tells the client to wait so many seconds. */
export class TooMany extends HttpError {
  readonly seconds: number
  constructor(seconds: number, message: string) {
    super(429, 'too_many', message)
    this.seconds = seconds
  }
}

/**
 * Returns what a client sees of an error. An error that does not expose itself with a status of 4xx is a bug of ours.
 */
export function toClient(error: unknown): {
  status: number
  code: string
  message: string
  links: { href: string; text: string }[]
} {
  const { expose, status, code, message, links } = error as Partial<HttpError>
  if (expose !== true || status === undefined || status < 400 || status > 499) {
    return {
      status: 500,
      code: 'internal',
      message:
        'Something went wrong on our side. Try again in a moment; if it stays, tell your teacher the error id below.',
      links: [],
    }
  }
  return {
    status,
    code: typeof code === 'string' ? code : `http_${status}`,
    message: message ?? '',
    links: links ?? [],
  }
}

/** Returns the message of anything that was thrown, for log lines and staff. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
