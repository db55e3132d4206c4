/** An error answer of the API server with its HTTP status, or a missing answer with status 0. */
export class KubernetesError extends Error {
  override name = 'KubernetesError'
  status: number
  constructor(status: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.status = status
  }
}

/** Returns true when the same request may well succeed a moment later. */
export function isPassing(error: unknown): boolean {
  return error instanceof KubernetesError && (error.status === 0 || error.status === 429 || error.status >= 500)
}

/**
 * Turns an error of the client into a `KubernetesError`. `step` is the permission that the request needs: `create
 * pods`.
 */
export function toKubernetesError(error: unknown, step: string): KubernetesError {
  const { code, body } = error as { code?: unknown; body?: unknown }
  if (typeof code !== 'number') {
    return new KubernetesError(0, `Kubernetes cannot be reached (${step}): ${rootMessage(error)}`, { cause: error })
  }
  const message = messageIn(body)
  if (code === 401) {
    return new KubernetesError(
      code,
      `Kubernetes does not know the hub's credentials (${step}): is the token or certificate outdated?`,
    )
  }
  if (code === 403 && /cannot \w+ resource/.test(message)) {
    return new KubernetesError(code, `the hub lacks the permission to ${step}: ${message}`)
  }
  return new KubernetesError(code, `Kubernetes answered ${code} (${step})${message && `: ${message}`}`)
}

/** Returns the message of a `Status` object, in which Kubernetes sends errors; else the begin of the text. */
function messageIn(body: unknown): string {
  try {
    const status: unknown = typeof body === 'string' ? JSON.parse(body) : body
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message)
  } catch {
    // The body is no JSON: a proxy in between may send its own page.
  }
  return typeof body === 'string' ? body.slice(0, 300) : ''
}

/** Returns the message of the innermost cause, since `fetch failed` alone says nothing. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message || error.name
}
