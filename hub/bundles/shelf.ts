/** The archives of bundles that this hub has on its own disk, a file each. A file appears whole or not at all. */
import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { makeFolder } from '../../net/machine/make-folder.ts'

export interface Shelf {
  /**
   * Keeps the archive that `write` writes to a new file, under the digest that it returns, in the place of one that is there.
   * Keeps nothing, and returns undefined, where that is undefined.
   */
  put(write: (path: string) => Promise<string | undefined>): Promise<ShelvedFile | undefined>
  find(digest: string): Promise<ShelvedFile | undefined>
  list(): Promise<string[]>
  remove(digest: string): Promise<void>
}

export interface ShelvedFile {
  path: string
  bytes: number
}

export async function openShelf(dataDir: string): Promise<Shelf> {
  const folder = join(resolve(dataDir), 'archives')
  await makeFolder(folder)
  await removeDrafts(folder)
  const pathOf = (digest: string) => {
    if (!isDigest(digest)) throw new Error(`${JSON.stringify(digest)} is not the digest of a bundle`)
    return join(folder, `${digest}.tar`)
  }
  return {
    async put(write) {
      const draft = join(folder, `.new-${randomBytes(8).toString('hex')}`)
      try {
        const digest = await write(draft)
        if (digest === undefined) return undefined
        // A name that is older than its content would be an empty file after a power failure.
        const file = await open(draft)
        const { size } = await file.stat()
        await file.sync().finally(() => file.close())
        await rename(draft, pathOf(digest))
        return { path: pathOf(digest), bytes: size }
      } finally {
        await rm(draft, { force: true })
      }
    },
    async find(digest) {
      const path = pathOf(digest)
      const found = await stat(path).catch(undefinedIf('ENOENT'))
      return found && { path, bytes: found.size }
    },
    async list() {
      const names = await readdir(folder)
      return names.map((name) => name.replace(/\.tar$/, '')).filter(isDigest)
    },
    remove: (digest) => rm(pathOf(digest), { force: true }),
  }
}

/** Removes what hubs left that were killed while they wrote. A draft of the last hour may be another hub's. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.new-')) continue
    const path = join(folder, name)
    const found = await stat(path).catch(undefinedIf('ENOENT'))
    if (found !== undefined && Date.now() - found.mtimeMs > 3_600_000) await rm(path, { force: true })
  }
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
