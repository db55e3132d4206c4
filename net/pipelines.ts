/** Limits the requests that a client sends on one connection without waiting for answers. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export interface Pipelines {
  /** Counts a new request. Returns whether to answer it; one request too many cuts the connection. */
  begin(connection: Duplex, response: ServerResponse): boolean
  /** Returns whether an upgrade may take over the whole connection. Cuts a connection on which answers are due. */
  takeOver(connection: Duplex): boolean
}

/**
 * Allows at most `most` unanswered requests on one connection. Node starts all of them at once, so without a limit one
 * connection could hold a thousand requests, also at a backend. Real clients wait for each answer.
 */
export function limitPipelines(most: number): Pipelines {
  const due = new WeakMap<Duplex, Set<ServerResponse>>()

  return {
    begin(connection, response) {
      // Node still hands over requests that it has read before the connection was cut.
      if (connection.destroyed) return false
      const waiting = due.get(connection) ?? new Set()
      due.set(connection, waiting.add(response))
      response.on('close', () => waiting.delete(response))
      if (waiting.size > most) connection.destroy()
      return !connection.destroyed
    },

    takeOver(connection) {
      const waiting = due.get(connection)
      if (waiting === undefined || waiting.size === 0) return !connection.destroyed
      connection.destroy()
      // After Node has handed the connection over, it tells only the first response that the connection has closed.
      connection.once('close', () => {
        for (const response of waiting) {
          response.destroy()
          response.emit('close')
        }
      })
      return false
    },
  }
}
