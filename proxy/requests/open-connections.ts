import type { Access } from '../../seats/route.ts'
import { type Seat, seatProblem } from '../../seats/seat.ts'

/** A connection that a browser or program with a seat has open: a WebSocket, or an answer that is still under way. */
export interface OpenConnection {
  seat: Seat
  end(): void
}

/** The connections open at all servers. Each ends with the route, the run or the seat that let it in. */
export interface OpenConnections {
  /** Returns the undo, for when the connection ends by itself. */
  add(connection: OpenConnection): () => void
  /** Ends those that the server's route, as it is now, would not let in again. No route: all of them. */
  recheck(server: string, access: Access | undefined, now: number): void
}

export function createOpenConnections(): OpenConnections {
  const byServer = new Map<string, Set<OpenConnection>>()

  return {
    add(connection) {
      const { server } = connection.seat
      const connections = byServer.get(server) ?? new Set()
      byServer.set(server, connections.add(connection))
      return () => {
        connections.delete(connection)
        if (connections.size === 0 && byServer.get(server) === connections) byServer.delete(server)
      }
    },

    recheck(server, access, now) {
      for (const connection of [...(byServer.get(server) ?? [])]) {
        // An open connection outlives the twelve hours of a cookie; everything else ends it.
        if (access === undefined || seatProblem(connection.seat, access, now) === 'ended') connection.end()
      }
    },
  }
}
