/**
 * What logs say of an error: its kind, message, code, stack and, where it has them, the errors behind it. Everything else
 * that libraries hang onto errors stays out: raw packets, headers and sockets hold secrets, and are as long as somebody
 * else likes.
 */
export interface LoggedError {
  type: string
  message: string
  code?: string
  /** Of a spawner's error: for staff. */
  detail?: string
  stack?: string
  cause?: LoggedError
  errors?: LoggedError[]
}

/** Characters. */
const longest = { name: 100, text: 1000, stack: 3000 }
/** Errors behind an error, and errors side by side. */
const deepest = 3
const most = 3

export function loggedError(thrown: unknown): LoggedError {
  return describe(thrown, deepest)
}

function describe(thrown: unknown, depth: number): LoggedError {
  // What is thrown may be anything, also something whose getters throw.
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
