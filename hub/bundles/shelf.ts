/** The archives of bundles that this hub has on its own disk, a file each. A file appears whole or not at all. */
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { makeFolder } from '../../net/machine/make-folder.ts'

export interface Shelf {
  /** Writes an archive unless it is there, and returns its file. */
  put(digest: string, archive: Buffer): Promise<ShelvedFile>
  find(digest: string): Promise<ShelvedFile | undefined>
  read(digest: string): Promise<Buffer | undefined>
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
  const find = async (digest: string): Promise<ShelvedFile | undefined> => {
    const path = pathOf(digest)
    const found = await stat(path).catch(undefinedIf('ENOENT'))
    return found && { path, bytes: found.size }
  }
  const read = (digest: string) => readFile(pathOf(digest)).catch(undefinedIf('ENOENT'))
  return {
    find,
    async put(digest, archive) {
      const there = { path: pathOf(digest), bytes: archive.length }
      if ((await read(digest))?.equals(archive)) return there
      const draft = join(folder, `.new-${randomBytes(8).toString('hex')}`)
      try {
        const file = await open(draft, 'wx', 0o600)
        try {
          await file.writeFile(archive)
          // A name that is older than its content would be an empty file after a power failure.
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(draft, pathOf(digest))
      } finally {
        await rm(draft, { force: true })
      }
      return there
    },
    read,
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
