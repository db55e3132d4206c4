/** Folders and small files in containers that need not run, by the engine's archives. */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Extract, extract, pack } from 'tar-stream'
import type { Engine, RequestTimes } from '../engine.ts'

/** Returns an archive with one folder. */
export async function folderArchive(
  name: string,
  { uid, gid, mode }: { uid: number; gid: number; mode: number },
): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name, type: 'directory', uid, gid, mode, mtime: new Date() })
  archive.finalize()
  return Buffer.concat((await Array.fromAsync(archive)) as Buffer[])
}

export interface FolderInside {
  uid: number
  gid: number
  /** Whether nothing is in the folder but what a new file system has. */
  empty: boolean
}

/** Returns who owns a folder in a container; undefined for what is no folder. Reads only the first entries of its archive. */
export async function folderInside(
  engine: Engine,
  id: string,
  path: string,
  times: RequestTimes,
): Promise<FolderInside | undefined> {
  return readArchive(engine, id, path, times, async (entries) => {
    let found: FolderInside | undefined
    for await (const entry of entries) {
      const { name, type, uid = 0, gid = 0 } = entry.header
      entry.resume()
      if (found !== undefined && !/\/lost\+found\/?$/.test(name)) return { ...found, empty: false }
      if (found === undefined && type !== 'directory') return
      found ??= { uid, gid, empty: true }
    }
    return found
  })
}

/** Returns the text of a small file of an image, through links; undefined where there is none. */
export async function fileInside(
  engine: Engine,
  id: string,
  path: string,
  times: RequestTimes,
): Promise<string | undefined> {
  let at = path
  for (let links = 0; links < 8; links++) {
    const found = await readArchive(engine, id, at, times, firstFile)
    if (found === undefined || 'text' in found) return found?.text
    at = new URL(found.target, `file://${at}`).pathname
  }
  return
}

async function firstFile(entries: Extract): Promise<{ text: string } | { target: string } | undefined> {
  for await (const entry of entries) {
    const { type, linkname } = entry.header
    if (type === 'symlink') return { target: linkname ?? '' }
    if (type !== 'file') return
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of entry) {
      parts.push(part as Buffer)
      bytes += (part as Buffer).length
      if (bytes >= largestFile) break
    }
    return { text: Buffer.concat(parts).toString('utf8') }
  }
  return
}

/** Returns the mode bits of a path in a container, as Go counts them; undefined where there is nothing. */
export async function modeInside(
  { docker, request }: Engine,
  id: string,
  path: string,
  times: RequestTimes,
): Promise<number> {
  const answer = await request(`look at ${path}`, (to) => docker.getContainer(id).infoArchive({ path, ...to }), times)
  const { headers } = answer as unknown as { headers: Record<string, string> }
  ;(answer as NodeJS.ReadableStream).resume()
  const stat = JSON.parse(Buffer.from(headers['x-docker-container-path-stat'] ?? '', 'base64').toString('utf8'))
  return Number((stat as { mode?: number }).mode)
}

/** Lays an archive into a folder of a container. Its files are those of the archive, with the archive's owners. */
export async function putArchive(
  { docker, request }: Engine,
  id: string,
  path: string,
  archive: Buffer | Readable,
  times: RequestTimes,
): Promise<void> {
  await request(`write to ${path}`, (to) => docker.getContainer(id).putArchive(archive, { path, ...to }), times)
}

/** The most bytes that are read of a file, such as `/etc/passwd`. */
const largestFile = 2 ** 20

/** Hands an archive's entries to `read`. What that leaves, which may be a whole home, is not fetched. */
async function readArchive<T>(
  { docker, request }: Engine,
  id: string,
  path: string,
  times: RequestTimes,
  read: (entries: Extract) => Promise<T>,
): Promise<T> {
  return request(
    `read ${path}`,
    async (to) => {
      const archive = await docker.getContainer(id).getArchive({ path, ...to })
      const entries = extract()
      const reading = pipeline(archive, entries).catch(() => undefined)
      const result = await read(entries)
      entries.destroy()
      await reading
      return result
    },
    times,
  )
}
