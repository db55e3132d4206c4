import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../../net/error-code.ts'
import { isAlive, type ProcessIdentity } from '../../net/machine/process-identity.ts'
import type { StopOptions } from '../spawner.ts'
import { processesOfRuns } from './marked.ts'

/**
 * Ends the process of a run or errand, and all that it has started: sends SIGTERM, waits `graceSeconds`, then kills.
 * Kernels and terminals have sessions of their own, so they would survive a Jupyter that is killed.
 */
export async function endRun(name: string, identity: ProcessIdentity | undefined, options: StopOptions) {
  const { graceSeconds, signal } = options
  if (identity !== undefined && (await isAlive(identity))) {
    send(-identity.pid, 'SIGTERM')
    if (!(await within(graceSeconds, () => isGone(identity), signal))) {
      send(-identity.pid, 'SIGKILL')
      if (!(await within(killSeconds, () => isGone(identity), signal))) {
        throw new Error(`process ${identity.pid} of ${name} does not end, not even when it is killed`)
      }
    }
  }
  if (await within(0, () => sendToDescendants(name, 'SIGTERM'), signal)) return
  await within(1, () => noneLeft(name), signal)
  await within(killSeconds, () => sendToDescendants(name, 'SIGKILL'), signal)
}

/** How long the system may take to end a process that is killed: one that writes to a busy disk ends only after that. */
const killSeconds = 20

async function isGone(identity: ProcessIdentity): Promise<boolean> {
  return !(await isAlive(identity))
}

async function noneLeft(name: string): Promise<boolean> {
  return (await descendants(name)).length === 0
}

/** Signals all descendants of the run; returns true when there was none. */
async function sendToDescendants(name: string, signal: NodeJS.Signals): Promise<boolean> {
  const pids = await descendants(name)
  for (const pid of pids) send(pid, signal)
  return pids.length === 0
}

/** Returns the pids of the run's processes; none where a system does not show them. Kernels end by themselves there. */
async function descendants(name: string): Promise<number[]> {
  return (await processesOfRuns()).get(name) ?? []
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

/** Waits until `isSo` returns true, which is checked at least once; returns false when the time is over. */
async function within(seconds: number, isSo: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() >= deadline) return false
    await sleep(20, undefined, signal && { signal })
  }
  return true
}
