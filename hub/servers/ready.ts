import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerStatus, SpawnError } from '../../spawners/spawner.ts'
import { kept } from '../../words/kept.ts'
import { endedError } from './health/ended.ts'
import { callServer } from './server-call.ts'

export interface Awaited {
  target: string
  /** The path that shows whether the program is up (`readyPath` of `hub/made-of/program.ts`). */
  path: string
  poll(): Promise<ServerStatus>
  /** The limit of the course in bytes, for a run that ends because it needs more. */
  memory?: number | undefined
  signal: AbortSignal
}

/**
 * Resolves when the server is up, which is when this path of it answers with any status below 500, as JupyterHub judges it: a
 * program that wants credentials or another address is up too. Rejects with a `SpawnError` when the run ends first, and with the signal's reason when the signal aborts.
 */
export async function waitUntilReady(awaited: Awaited): Promise<void> {
  const { target, path, poll, memory, signal } = awaited
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
    if (status.state === 'exited') throw endedError(status, memory)
    if (gone === 2) throw new SpawnError(kept`The notebook disappeared while it was starting.`)
  }
}

/** Returns whether the server answers within `milliseconds`. */
export async function isAnswering(target: string, path: string, milliseconds: number): Promise<boolean> {
  return answers(target, path, AbortSignal.timeout(milliseconds)).catch(() => false)
}

async function answers(target: string, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)])
    return await callServer({ target, path, signal: limit }, ({ status }) => status < 500)
  } catch {
    signal.throwIfAborted()
    return false
  }
}
