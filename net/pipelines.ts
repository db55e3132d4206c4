/** Requests that a client sends one behind the other without waiting for answers, on one connection. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export interface Pipelines {
  /** A request has come in. Says whether it is to be answered; one too many cuts the connection. */
  begin(connection: Duplex, response: ServerResponse): boolean
  /** Something wants the whole connection for itself. Says whether it may; it cuts one where answers are due. */
  takeOver(connection: Duplex): boolean
}

/**
 * Node starts all of them at once: without `most` one connection would be a thousand wherever connections are counted, and a
 * thousand at a backend. Clients send the next request after the answer.
 */
export function limitPipelines(most: number): Pipelines {
  const due = new WeakMap<Duplex, Set<ServerResponse>>()

  return {
    begin(connection, response) {
      // Node goes on with what it has read of a connection that was cut.
      if (connection.destroyed) return false
      const waiting = due.get(connection) ?? new Set()
      due.set(connection, waiting.add(response))
      response.once('close', () => waiting.delete(response))
      if (waiting.size > most) connection.destroy()
      return !connection.destroyed
    },

    takeOver(connection) {
      const waiting = due.get(connection)
      if (waiting === undefined || waiting.size === 0) return !connection.destroyed
      connection.destroy()
      // Node tells only the first of them that the connection is gone, once it has handed it over.
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
