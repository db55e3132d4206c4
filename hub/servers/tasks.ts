import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'

/**
 * The tasks of this process, one a server or a job at most, so that none begins twice and all end with the process. They
 * only spare work: the database sees to it that two owners do no harm.
 */
export interface Tasks {
  /** Runs `work` unless this process has a task for the server. The signal aborts by `cancel` or when the hub stops. */
  run(server: string, work: (signal: AbortSignal) => Promise<void>): void
  /** Aborts this process's task for the server, and resolves when the task has ended. */
  cancel(server: string, reason: Error): Promise<void>
  isBusy(server: string): boolean
  /** Returns the ids of all servers that have a task. */
  busy(): string[]
  /** Aborts all tasks. The rows stay as they are. */
  abortAll(reason: Error): void
  stop(): Promise<void>
}

export function createTasks(log: Logger, what: 'server' | 'job' = 'server'): Tasks {
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
        .catch((error: unknown) =>
          log.error({ [what]: server, err: error }, `work on a ${what} ended: ${messageOf(error)}`),
        )
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
