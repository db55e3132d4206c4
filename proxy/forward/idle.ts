/** Connections to backends that carry no exchange at the moment and may carry the next one. */
import type { Address } from '../../net/endpoint.ts'
import type { Connection } from './connection.ts'

export interface IdleConnections {
  /** Returns the connection to this address that became idle last; undefined where none is left. */
  take(pool: string, where: Address): Connection | undefined
  /** Keeps a usable connection. Closes it where its pool has enough, or the backend closes it soon. */
  put(pool: string, connection: Connection): void
  /** Closes the idle connections of a pool, because the next program at the same address may be another one. */
  leave(pool: string): void
  close(): void
}

/** A notebook page asks for a hundred files at once, and a hub has a class behind it. */
const mostOfPool = 256
/** Some servers close idle connections after five seconds. A request on such a connection would be lost. */
const idleMilliseconds = 4000
/** How long before the moment that a server announces a connection is closed here. A request is on its way for a while. */
const earlierMilliseconds = 1000

export function createIdleConnections(): IdleConnections {
  const pools = new Map<string, Connection[]>()

  /** Closes what was idle for too long. */
  const sweep = () => {
    const now = performance.now()
    for (const [pool, idle] of pools) {
      const kept = idle.filter((connection) => isFresh(connection, now))
      for (const connection of idle) if (!isFresh(connection, now)) connection.destroy()
      if (kept.length === 0) pools.delete(pool)
      else pools.set(pool, kept)
    }
    if (pools.size === 0) stop()
  }
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    clearInterval(timer)
    timer = undefined
  }
  const leave = (pool: string) => {
    for (const connection of pools.get(pool) ?? []) connection.destroy()
    pools.delete(pool)
  }

  return {
    take(pool, where) {
      const idle = pools.get(pool)
      const now = performance.now()
      for (let connection = idle?.pop(); connection !== undefined; connection = idle?.pop()) {
        if (isFresh(connection, now) && isSame(connection.where, where)) return connection
        connection.destroy()
      }
      return undefined
    },
    put(pool, connection) {
      const idle = pools.get(pool) ?? []
      const milliseconds = idleMillisecondsOf(connection)
      if (idle.length >= mostOfPool || milliseconds <= 0) return connection.destroy()
      connection.idleUntil = performance.now() + milliseconds
      connection.isReused = true
      idle.push(connection)
      pools.set(pool, idle)
      timer ??= setInterval(sweep, idleMilliseconds / 4).unref()
    },
    leave,
    close() {
      for (const pool of [...pools.keys()]) leave(pool)
      stop()
    },
  }
}

function isFresh(connection: Connection, now: number): boolean {
  return connection.idleUntil > now && connection.isUsable
}

function idleMillisecondsOf({ keptSeconds }: Connection): number {
  return keptSeconds === undefined
    ? idleMilliseconds
    : Math.min(idleMilliseconds, keptSeconds * 1000 - earlierMilliseconds)
}

/** A run's program may have moved to another address. */
function isSame(one: Address, other: Address): boolean {
  if (one === other) return true
  if ('socketPath' in one) return 'socketPath' in other && one.socketPath === other.socketPath
  return 'host' in other && one.host === other.host && one.port === other.port
}
