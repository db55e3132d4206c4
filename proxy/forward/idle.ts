/** Connections to backends that carry no exchange at the moment and may carry the next one. */
import type { Address } from '../../net/endpoint.ts'
import type { Connection } from './connection.ts'

export interface IdleConnections {
  /** Returns the connection to this address that became idle last; undefined where none is left. */
  take(pool: string, where: Address): Connection | undefined
  /** Keeps a usable connection. Closes it where its pool has enough. */
  put(pool: string, connection: Connection): void
  /** Closes the idle connections of a pool, because the next program at the same address may be another one. */
  leave(pool: string): void
  close(): void
}

/** A notebook page asks for a hundred files at once, and a hub has a class behind it. */
const mostOfPool = 256
/** Some servers close idle connections after five seconds. A request on such a connection would be lost. */
const idleMilliseconds = 4000

export function createIdleConnections(): IdleConnections {
  const pools = new Map<string, Connection[]>()

  /** Closes what was idle for too long. Connections stand in the order in which they became idle. */
  const sweep = () => {
    const oldest = performance.now() - idleMilliseconds
    for (const [pool, idle] of pools) {
      const kept = idle.findIndex((connection) => connection.idleSince > oldest && connection.isUsable)
      for (const connection of idle.splice(0, kept < 0 ? idle.length : kept)) connection.destroy()
      if (idle.length === 0) pools.delete(pool)
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
      const oldest = performance.now() - idleMilliseconds
      for (let connection = idle?.pop(); connection !== undefined; connection = idle?.pop()) {
        if (connection.isUsable && connection.idleSince > oldest && isSame(connection.where, where)) return connection
        connection.destroy()
      }
      return undefined
    },
    put(pool, connection) {
      const idle = pools.get(pool) ?? []
      if (idle.length >= mostOfPool) return connection.destroy()
      connection.idleSince = performance.now()
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

/** A run's program may have moved to another address. */
function isSame(one: Address, other: Address): boolean {
  if (one === other) return true
  if ('socketPath' in one) return 'socketPath' in other && one.socketPath === other.socketPath
  return 'host' in other && one.host === other.host && one.port === other.port
}
