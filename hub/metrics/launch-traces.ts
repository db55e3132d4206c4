import { presentTraceparent } from '../../net/trace.ts'

/**
 * The traces of the launches that wait in the queue, in one hub. So a start goes on with the trace of the click that
 * asked for it, whichever request let it begin. A start that another hub takes has no trace.
 */
export interface LaunchTraces {
  /** Remembers the present trace as that of this server's launch. */
  note(server: string): void
  /** Returns the trace of the server's launch, and forgets it. */
  take(server: string): string | undefined
}

const most = 2000

export function createLaunchTraces(): LaunchTraces {
  const traces = new Map<string, string>()
  return {
    note(server) {
      const traceparent = presentTraceparent()
      if (traceparent === undefined) return
      traces.delete(server)
      traces.set(server, traceparent)
      const [oldest] = traces.keys()
      if (traces.size > most && oldest !== undefined) traces.delete(oldest)
    },
    take(server) {
      const traceparent = traces.get(server)
      traces.delete(server)
      return traceparent
    },
  }
}
