import type { Logger } from 'pino'

/**
 * Runs a step of answering a connection. What the step throws, or rejects with, is logged and destroys the connection,
 * and that is all: so nothing that a client or a server sends can end the process. Listeners and timers that answer
 * run in it too, because what they throw has no caller.
 */
export function contain(log: Pick<Logger, 'error'>, connection: { destroy(): unknown }, step: () => unknown): void {
  const end = (error: unknown) => {
    connection.destroy()
    log.error({ err: error }, 'a connection could not be answered and was cut')
  }
  try {
    const done = step()
    if (done instanceof Promise) done.catch(end)
  } catch (error) {
    end(error)
  }
}
