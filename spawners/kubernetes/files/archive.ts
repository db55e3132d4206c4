/** Reads a tar archive of regular files and folders. */
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Extract, extract } from 'tar-stream'

export interface ArchivedFile {
  /** A relative path without `.` and `..`. */
  path: string
  /** Permissions: 0o644, 0o755. */
  mode: number
  bytes: Buffer
}

/** How many zeros end an archive. The library takes one that ends between two files for a whole one. */
const endMark = 1024

/**
 * Returns the files of an archive that holds at most this many bytes with all its headers. Rejects when it holds anything
 * but files and folders, a path that leads outside, or when it ends early.
 */
export async function readArchive(archive: Readable, bytesAtMost: number): Promise<ArchivedFile[]> {
  const all = await buffer(limited(archive, bytesAtMost))
  const end = all.subarray(-endMark)
  if (end.length < endMark || end.some((byte) => byte !== 0)) throw new Error('the archive ends early')
  const files: ArchivedFile[] = []
  const entries: Extract = extract()
  entries.end(all)
  for await (const entry of entries) {
    const { name, type, mode = 0 } = entry.header
    const bytes = Buffer.concat((await Array.fromAsync(entry)) as Buffer[])
    if (type === 'file') files.push({ path: safePath(name), mode: mode & 0o777, bytes })
    else if (type !== 'directory')
      throw new Error(`the archive holds something that is neither file nor folder (${type})`)
  }
  return files
}

async function* limited(archive: Readable, bytesAtMost: number) {
  let bytes = 0
  for await (const chunk of archive) {
    bytes += (chunk as Buffer).length
    if (bytes > bytesAtMost) throw new Error(`the archive is longer than ${bytesAtMost} bytes`)
    yield chunk as Buffer
  }
}

function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (name.startsWith('/') || parts.length === 0 || parts.includes('..')) {
    throw new Error(`the archive holds a path that leads outside: ${JSON.stringify(name)}`)
  }
  return parts.join('/')
}
