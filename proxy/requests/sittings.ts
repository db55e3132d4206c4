import type { Admit } from '../../seats/route.ts'
import { type Seat, seatProblem } from '../../seats/seat.ts'

/** A connection that somebody with a seat has open: a WebSocket, or an answer that is still under way. */
export interface Sitting {
  seat: Seat
  end(): void
}

/** All of them, by server, so that they end with the route, the run or the seat that let them in. */
export interface Sittings {
  /** Returns the undo, for when the connection ends by itself. */
  add(sitting: Sitting): () => void
  /** Ends those that the server's route, as it is now, would not admit again. No route: all of them. */
  recheck(server: string, admit: Admit | undefined, now: number): void
  count(): number
}

export function createSittings(): Sittings {
  const byServer = new Map<string, Set<Sitting>>()

  return {
    add(sitting) {
      const { server } = sitting.seat
      const sittings = byServer.get(server) ?? new Set()
      byServer.set(server, sittings.add(sitting))
      return () => {
        sittings.delete(sitting)
        if (sittings.size === 0 && byServer.get(server) === sittings) byServer.delete(server)
      }
    },

    recheck(server, admit, now) {
      for (const sitting of [...(byServer.get(server) ?? [])]) {
        // An open connection outlives the twelve hours of a cookie; everything else ends it.
        if (admit === undefined || seatProblem(sitting.seat, admit, now) === 'ended') sitting.end()
      }
    },

    count: () => [...byServer.values()].reduce((count, sittings) => count + sittings.size, 0),
  }
}
