/** Makes folders step by step. Node's own `recursive` never ends in a file system that takes no folders, such as /proc. */
import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../error-code.ts'

/**
 * Makes a folder, and those above it, for this account alone. Leaves one that is there as it is. Rejects with a message
 * that names the folder, the reason and the remedy when this account cannot write in it.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await make(folder)
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(`${folder} cannot be used: ${whyNoFolder(error)}`, { cause: error })
  }
}

async function make(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    const parent = dirname(folder)
    if (codeOf(error) !== 'ENOENT' || parent === folder) throw error
    await make(parent)
    // A second ENOENT, now that the parent is there, means that no folder can be made in it.
    await mkdir(folder, { mode: 0o700 }).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again
    })
  }
}

/** Returns the reason and the remedy in plain words. */
export function whyNoFolder(error: unknown): string {
  const code = codeOf(error) ?? ''
  return Object.hasOwn(reasons, code) ? (reasons[code] ?? code) : error instanceof Error ? error.message : String(error)
}

const refused = 'this account may not write there. Give the folder to this account (chown)'
const reasons: Record<string, string> = {
  EACCES: refused,
  EPERM: refused,
  ENOTDIR: 'a file is in the place of a folder. Move that file away',
  EEXIST: 'a file is in the place of a folder. Move that file away',
  ENOENT: 'no folder can be made there. Name one on a disk of this machine',
  EROFS: 'the file system there is read-only. Mount it writable',
  ENOSPC: 'the disk is full. Make room there',
  EDQUOT: 'the quota of this account is used up. Make room there',
  ENAMETOOLONG: 'the path is too long. Name a shorter one',
  ELOOP: 'its links lead in a circle. Correct them',
}
