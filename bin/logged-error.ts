/**
 * An error as logs show it: its kind, message, code, stack and, where it has them, the errors behind it. All other
 * fields that libraries put on errors stay out: raw packets, headers and sockets hold secrets, and clients choose their
 * length.
 */
export interface LoggedError {
  type: string
  message: string
  code?: string
  /** The detail of a spawner's error, for staff. */
  detail?: string
  stack?: string
  cause?: LoggedError
  errors?: LoggedError[]
}

/** The most characters of each text. */
const longest = { name: 100, text: 1000, stack: 3000 }
/** The most errors behind an error. */
const deepest = 3
/** The most errors side by side. */
const most = 3

export function loggedError(thrown: unknown): LoggedError {
  return describe(thrown, deepest)
}

function describe(thrown: unknown, depth: number): LoggedError {
  // A thrown value may be anything, even an object whose getters throw.
  try {
    if (!(thrown instanceof Error)) return { type: typeof thrown, message: cut(String(thrown), longest.text) }
    const { name, message, stack, cause } = thrown
    const { code, detail, errors } = thrown as { code?: unknown; detail?: unknown; errors?: unknown }
    const behind = depth > 0 && cause !== undefined
    const beside = depth > 0 && Array.isArray(errors)
    return {
      type: cut(String(thrown.constructor?.name || name), longest.name),
      message: cut(String(message), longest.text),
      ...(typeof code === 'string' || typeof code === 'number' ? { code: cut(String(code), longest.name) } : {}),
      ...(typeof detail === 'string' ? { detail: cut(detail, longest.text) } : {}),
      ...(typeof stack === 'string' ? { stack: cut(stack, longest.stack) } : {}),
      ...(behind ? { cause: describe(cause, depth - 1) } : {}),
      ...(beside ? { errors: errors.slice(0, most).map((one) => describe(one, 0)) } : {}),
    }
  } catch {
    return { type: 'unknown', message: 'something was thrown that cannot be described' }
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
