/** The directory of run folders: one for each user and data folder, with a path short enough for sockets in it. */
import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { undefinedIf } from '../error-code.ts'
import { removeLeftover } from './remove-tree.ts'

/** Returns the directory, and creates it if needed. Rejects when it belongs to another user, or is open to others. */
export async function openRunDir(
  dataDir: string,
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void = () => undefined,
): Promise<string> {
  const runDir = runDirOf(dataDir, env)
  await mkdir(runDir, { mode: 0o700 }).catch(undefinedIf('EEXIST'))
  const found = await lstat(runDir)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Error(
      `${runDir} must be a folder that belongs to you and is closed to others (mode 0700). ` +
        'Somebody else may have made it: look what it is, remove it, and start again.',
    )
  }
  await removeLeftovers(runDir, warn)
  return runDir
}

/** Removes interrupted drafts and removals, whose names start with a dot, when they are a minute old. */
async function removeLeftovers(runDir: string, warn: (message: string) => void): Promise<void> {
  for (const name of await readdir(runDir)) {
    if (!name.startsWith('.')) continue
    const { mtimeMs } = await lstat(join(runDir, name)).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > 60_000) await removeLeftover(join(runDir, name), warn)
  }
}

/** The longest path of a unix socket, in bytes. */
export const longestSocket = process.platform === 'linux' ? 107 : 103
/** The longest name below the directory: a run's folder, named after server id and run number, and its socket. */
const longestName = join(`${'x'.repeat(32)}-999999`, 'sock')

/** Returns the path of the directory, whether it exists or not. */
export function runDirOf(dataDir: string, env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)
  const shared = `carrel-${process.getuid?.()}-${hash}`
  const candidates = [
    ...(env.XDG_RUNTIME_DIR?.startsWith('/') ? [join(env.XDG_RUNTIME_DIR, `carrel-${hash}`)] : []),
    join(tmpdir(), shared),
    // The temporary folder of macOS is so deep that no socket fits.
    join('/tmp', shared),
  ]
  const fitting = candidates.find((dir) => Buffer.byteLength(join(dir, longestName)) <= longestSocket)
  if (fitting !== undefined) return fitting
  throw new Error(`The paths of sockets end at ${longestSocket} characters, and ${candidates[0]} leaves too few.`)
}
