/** How much mirrors take on the disk, and when each was used last. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { isHash } from '../refs.ts'

export interface MirrorSize {
  /** The name of its folder. */
  mirror: string
  bytes: number
  /** When one of its commits was used last, in milliseconds since 1970. */
  used: number
}

/** Returns the sizes of all mirrors below a folder. What the commits of a mirror share counts once. */
export async function sizesOfMirrors(root: string): Promise<MirrorSize[]> {
  const sizes: MirrorSize[] = []
  for (const mirror of (await names(root)).filter((name) => /^[0-9a-f]{32}$/.test(name))) {
    const seen = new Set<number>()
    const size = { mirror, bytes: 0, used: 0 }
    for (const commit of (await names(join(root, mirror))).filter(isHash)) {
      const folder = join(root, mirror, commit)
      const found = await stat(folder).catch(undefinedIf('ENOENT'))
      size.used = Math.max(size.used, found?.mtimeMs ?? 0)
      size.bytes += await bytesIn(folder, seen)
    }
    sizes.push(size)
  }
  return sizes
}

/** Returns the bytes of the files in a folder whose numbers were not seen yet. What is removed meanwhile is nothing. */
async function bytesIn(folder: string, seen: Set<number>): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(undefinedIf('ENOENT'))
  let bytes = 0
  for (const entry of entries ?? []) {
    if (!entry.isFile()) continue
    const found = await stat(join(entry.parentPath, entry.name)).catch(undefinedIf('ENOENT'))
    if (found === undefined || seen.has(found.ino)) continue
    seen.add(found.ino)
    bytes += found.size
  }
  return bytes
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(undefinedIf('ENOENT', 'ENOTDIR'))) ?? []
}
