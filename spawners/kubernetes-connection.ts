/**
 * Pooled connections for `@kubernetes/client-node`, and a signal for each request.
 *
 * Version 2 of the client makes a new pool for every single request, so each one would shake hands anew. Here one is
 * kept for a minute: then the client's newest takes over, so that renewed certificates count.
 */
import { type HttpLibrary, IsomorphicFetchHttpLibrary, type RequestContext } from '@kubernetes/client-node'

const keepSeconds = 60

type Dispatcher = ReturnType<RequestContext['getDispatcher']>

export function connectionPool() {
  const library = new IsomorphicFetchHttpLibrary()
  let kept: Dispatcher
  let keptUntil = 0
  /** The one before: a request may have taken it at the last moment, so it stays open for another term. */
  let retired: Dispatcher

  function pooled(fresh: Dispatcher): Dispatcher {
    if (kept === undefined || performance.now() > keptUntil) {
      retired?.close().catch(() => undefined)
      retired = kept
      kept = fresh
      keptUntil = performance.now() + keepSeconds * 1000
    }
    return kept
  }

  return {
    through: (signal: AbortSignal): HttpLibrary => ({
      send(request) {
        request.setSignal(signal)
        const dispatcher = pooled(request.getDispatcher())
        if (dispatcher !== undefined) request.setDispatcher(dispatcher)
        return library.send(request)
      },
    }),

    async close() {
      await Promise.all([retired?.close(), kept?.close()])
      retired = undefined
      kept = undefined
    },
  }
}
