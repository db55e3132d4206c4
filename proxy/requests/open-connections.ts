import type { Access } from '../../seats/route.ts'
import { type Seat, seatProblem } from '../../seats/seat.ts'

/** An open connection of a browser or program with a seat: a WebSocket, or an answer that is still under way. */
export interface OpenConnection {
  seat: Seat
  isWebSocket?: boolean
  end(): void
}

/** For how long a page is on its way to JupyterLab. A machine that is busier takes longer, and then only a workspace is shared. */
const onTheWayMilliseconds = 60_000

/** The connections open at all servers. Each ends with the route, the run or the seat that let it in. */
export interface OpenConnections {
  /** Adds a connection. Returns a function that removes it again, for when the connection ends by itself. */
  add(connection: OpenConnection): () => void
  /**
   * Returns whether nothing is open at a server, and no page on its way there. One of several workers never knows, since
   * others may have something.
   */
  isQuiet(server: string, now: number): boolean
  /** Notes that a page is on its way to JupyterLab at a server: until a WebSocket opens there, or for some seconds. */
  expect(server: string, now: number): void
  /** Ends the connections that the server's route would not let in again; without a route, all of them. */
  recheck(server: string, access: Access | undefined, now: number): void
}

export function createOpenConnections(workers = 1): OpenConnections {
  const byServer = new Map<string, Set<OpenConnection>>()
  /** When pages that are on their way count no more, by server. */
  const expected = new Map<string, number>()

  return {
    add(connection) {
      const { server } = connection.seat
      if (connection.isWebSocket) expected.delete(server)
      const connections = byServer.get(server) ?? new Set()
      byServer.set(server, connections.add(connection))
      return () => {
        connections.delete(connection)
        if (connections.size === 0 && byServer.get(server) === connections) byServer.delete(server)
      }
    },

    isQuiet: (server, now) => workers === 1 && !byServer.has(server) && now >= (expected.get(server) ?? 0),

    expect(server, now) {
      expected.set(server, now + onTheWayMilliseconds)
    },

    recheck(server, access, now) {
      if (access === undefined) expected.delete(server)
      for (const connection of [...(byServer.get(server) ?? [])]) {
        // An open connection may outlive the twelve hours of its cookie. Every other end of the seat ends it.
        if (access === undefined || seatProblem(connection.seat, access, now) === 'ended') connection.end()
      }
    },
  }
}
