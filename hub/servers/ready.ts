import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerStatus, SpawnError } from '../../spawners/spawner.ts'
import { callServer } from './server-call.ts'

export interface Awaited {
  target: string
  path: string
  poll(): Promise<ServerStatus>
  signal: AbortSignal
}

/**
 * Resolves when the server is up, which is when its `/api` answers with 200; Jupyter's does without credentials.
 * Rejects with a `SpawnError` when the run ends first, and with the signal's reason when the signal aborts.
 */
export async function waitUntilReady(awaited: Awaited): Promise<void> {
  const { target, path, poll, signal } = awaited
  const pollEveryMilliseconds = 2000
  const began = performance.now()
  let polled = began
  let gone = 0
  while (!(await answers(target, path, signal))) {
    signal.throwIfAborted()
    // Asks often at first, since a learner waits; a server that takes long is asked less often.
    await sleep(Math.min(250, 20 + (performance.now() - began) / 25), undefined, { signal })
    if (performance.now() - polled < pollEveryMilliseconds) continue
    const status = await poll()
    polled = performance.now()
    gone = status.state === 'gone' ? gone + 1 : 0
    if (status.state === 'exited') throw endedError(status)
    if (gone === 2) throw new SpawnError('The notebook disappeared while it was starting.')
  }
}

/** Returns whether the server answers within `milliseconds`. */
export async function isAnswering(target: string, path: string, milliseconds: number): Promise<boolean> {
  return answers(target, path, AbortSignal.timeout(milliseconds)).catch(() => false)
}

export function endedError(status: Extract<ServerStatus, { state: 'exited' }>): SpawnError {
  const cause = status.reason === undefined ? '' : ` (${status.reason})`
  const detail = [`exit code ${status.code ?? 'unknown'}`, ...(status.lines ?? [])].join('\n')
  return new SpawnError(`The notebook's program ended${cause}.`, { detail })
}

async function answers(target: string, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)])
    return await callServer({ target, path: `${path}api`, signal: limit }, ({ status }) => status === 200)
  } catch {
    signal.throwIfAborted()
    return false
  }
}
