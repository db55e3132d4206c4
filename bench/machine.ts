import { cpus, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

export function describeMachine(): string {
  const [cpu] = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${gigabytes} GB, ${process.platform}, Node ${process.versions.node}`
}

const quietShare = 0.2

/**
 * Waits until the machine is quiet, at most 20 s unless another time is named. Resolves with how busy it still is, from 0
 * to 1. Rejects when the signal aborts.
 */
export async function untilQuiet(signal?: AbortSignal, milliseconds = 20_000): Promise<number> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    const share = await busyShare(500, signal)
    if (share < quietShare || performance.now() > deadline) return share
  }
}

async function busyShare(milliseconds: number, signal: AbortSignal | undefined): Promise<number> {
  const before = ticks()
  await sleep(milliseconds, undefined, signal && { signal })
  const after = ticks()
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all)
}

function ticks(): { idle: number; all: number } {
  const times = cpus().map((cpu) => cpu.times)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { idle: times.reduce((sum, { idle }) => sum + idle, 0), all }
}
