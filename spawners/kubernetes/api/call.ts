/** Sends requests to the Kubernetes API. Each has a time-out, and fails with a `KubernetesError`. */
import type { ConfigurationOptions, HttpLibrary } from '@kubernetes/client-node'
import { traceHeaders } from '../../../net/trace.ts'
import { KubernetesError, toKubernetesError } from './error.ts'

const timeoutSeconds = 15
const pageSize = 250

/** Sends one request. `step` is the permission that the request needs: `create pods`. */
export type SendCall = <T>(
  step: string,
  send: (options: ConfigurationOptions) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>

export function caller(http: HttpLibrary): SendCall {
  return async (step, send, signal) => {
    signal?.throwIfAborted()
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
    const httpApi: HttpLibrary = {
      send(request) {
        request.setSignal(either)
        for (const [name, value] of Object.entries(traceHeaders())) request.setHeaderParam(name, value)
        return http.send(request)
      },
    }
    try {
      return await send({ httpApi })
    } catch (error) {
      signal?.throwIfAborted()
      if (!timeout.aborted) throw toKubernetesError(error, step)
      throw new KubernetesError(0, `Kubernetes did not answer within ${timeoutSeconds} s (${step})`, { cause: error })
    }
  }
}

/** Returns the answer, or undefined when Kubernetes answers with one of these statuses. */
export async function unless<T>(statuses: number[], asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof KubernetesError && statuses.includes(error.status)) return undefined
    throw error
  }
}

/** Returns all objects of a list, which comes in pages. */
export async function allPages<T>(
  page: (part: {
    limit: number
    _continue?: string
  }) => Promise<{ items: T[] | null; metadata?: { _continue?: string } }>,
): Promise<T[]> {
  const all: T[] = []
  let token: string | undefined
  do {
    const { items, metadata } = await page({ limit: pageSize, ...(token !== undefined && { _continue: token }) })
    // Of some kinds an empty list has no items.
    all.push(...(items ?? []))
    token = metadata?._continue || undefined
  } while (token !== undefined)
  return all
}
