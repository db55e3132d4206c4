import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Removes a folder that a learner's programs have written in, or a link in its place, never what a link leads to. Node's
 * `rm` gives up at folders that are closed to their owner (package caches are) and at those so deep that no path reaches
 * them; the system's commands do not.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // What it cannot open, the second command complains of.
    await run('chmod', ['-R', 'u+rwX', '--', path]).catch(() => undefined)
    await run('rm', ['-rf', '--', path])
  }
}

/** The same for what an earlier hub has left. What cannot be removed is told of, and keeps no hub from starting. */
export async function removeLeftover(path: string, warn: (message: string) => void): Promise<void> {
  await removeTree(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    warn(`${path} was left behind and cannot be removed: ${reason.slice(0, 500)}. Remove it by hand.`)
  })
}
