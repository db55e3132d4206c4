/** An error that a client may read: what happened and what to do next. Koa's `status` and `expose`, plus a stable code for programs. */
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

/** Somebody is to wait. */
export class TooMany extends HttpError {
  readonly seconds: number
  constructor(seconds: number, message: string) {
    super(429, 'too_many', message)
    this.seconds = seconds
  }
}

/** What a client gets to see of any error. Everything that does not expose itself is a bug of ours. */
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

/** For log lines and staff: what can be said of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
