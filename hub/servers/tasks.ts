import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'

/**
 * What this process is doing for which server, so that it neither begins twice nor forgets on the way out. It only
 * spares work: that two owners do no harm is the database's business.
 */
export interface Tasks {
  /** Runs `work` unless this process is already at this server. The signal aborts when the hub stops, or `cancel` is called. */
  run(server: string, work: (signal: AbortSignal) => Promise<void>): void
  /** Ends what this process does for the server, and resolves when it has let go. */
  cancel(server: string, reason: Error): Promise<void>
  isBusy(server: string): boolean
  /** Every server that something is being done for. */
  busy(): string[]
  /** Ends everything. The rows stay as they are. */
  abortAll(reason: Error): void
  stop(): Promise<void>
}

export function createTasks(log: Logger): Tasks {
  const running = new Map<string, { controller: AbortController; done: Promise<void> }>()
  let stopped = false
  const abortAll = (reason: Error) => {
    for (const { controller } of running.values()) controller.abort(reason)
  }
  return {
    run(server, work) {
      if (stopped || running.has(server)) return
      const controller = new AbortController()
      const done = work(controller.signal)
        .catch((error: unknown) => log.error({ server, err: error }, `work on a server ended: ${messageOf(error)}`))
        .finally(() => running.delete(server))
      running.set(server, { controller, done })
    },
    async cancel(server, reason) {
      const task = running.get(server)
      task?.controller.abort(reason)
      await task?.done
    },
    isBusy: (server) => running.has(server),
    busy: () => [...running.keys()],
    abortAll,
    async stop() {
      stopped = true
      abortAll(new Error('the hub is stopping'))
      await Promise.all([...running.values()].map((task) => task.done))
    },
  }
}
