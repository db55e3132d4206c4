import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Removes a folder that a learner's programs have written in, or a link in its place, but never the target of a link.
 * Node's `rm` gives up at folders that are closed to their owner (package caches are) and at folders too deep for any
 * path; the system's commands do not.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // Ignores errors of `chmod`: `rm` reports what is still closed.
    await run('chmod', ['-R', 'u+rwX', '--', path]).catch(() => undefined)
    await run('rm', ['-rf', '--', path])
  }
}

/** Removes a folder that an earlier hub has left. Only warns where that fails, so that the hub still starts. */
export async function removeLeftover(path: string, warn: (message: string) => void): Promise<void> {
  await removeTree(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    warn(`${path} was left behind and cannot be removed: ${reason.slice(0, 500)}. Remove it by hand.`)
  })
}
