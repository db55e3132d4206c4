import type { Logger } from 'pino'

/**
 * Runs a step of answering a connection. Logs what the step throws or rejects with, and destroys the connection. So no
 * input of a client or a server can end the process. Listeners and timers that answer run in it too, because no caller
 * catches what they throw.
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
