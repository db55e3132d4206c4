/** Folders and small files in containers that need not run, by the engine's archives. */
import type { Engine, RequestTimes } from '../engine.ts'

const block = 512

export interface TarEntry {
  name: string
  /** `file`, `folder`, `link`, or another kind that nothing here needs. */
  kind: string
  uid: number
  gid: number
  size: number
  /** Where a link leads. */
  target: string
}

/** Returns an archive with one folder. Pure. */
export function folderArchive(name: string, { uid, gid, mode }: { uid: number; gid: number; mode: number }): Buffer {
  const header = Buffer.alloc(block)
  const path = name.endsWith('/') ? name : `${name}/`
  const cut = splitName(path)
  header.write(cut.name, 0)
  octal(header, mode, 100, 8)
  octal(header, uid, 108, 8)
  octal(header, gid, 116, 8)
  octal(header, 0, 124, 12)
  octal(header, Math.floor(Date.now() / 1000), 136, 12)
  header.write('        ', 148)
  header.write('5', 156)
  header.write('ustar\u000000', 257)
  header.write(cut.prefix, 345)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  // Two empty blocks end an archive.
  return Buffer.concat([header, Buffer.alloc(2 * block)])
}

/** Reads the header of an archive's entry; undefined at the archive's end. Pure. */
export function readHeader(header: Buffer): TarEntry | undefined {
  if (header.length < block || header[0] === 0) return
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length)
    const end = field.indexOf(0)
    return field.subarray(0, end < 0 ? length : end).toString('utf8')
  }
  const kinds: Record<string, string> = { '0': 'file', '': 'file', '5': 'folder', '2': 'link' }
  const type = text(156, 1)
  return {
    name: text(0, 100),
    kind: kinds[type] ?? type,
    uid: numberIn(header, 108, 8),
    gid: numberIn(header, 116, 8),
    size: numberIn(header, 124, 12),
    target: text(157, 100),
  }
}

export interface FolderInside {
  uid: number
  gid: number
  /** Whether nothing is in the folder but what a new file system has. */
  empty: boolean
}

/** Returns who owns a folder in a container. Reads only the first entries of the folder's archive. */
export async function folderInside(
  engine: Engine,
  id: string,
  path: string,
  times: RequestTimes,
): Promise<FolderInside | undefined> {
  // The folder, then `lost+found`, then an entry of its own.
  const start = await archiveStart(engine, id, path, 3 * block, times)
  const [own, ...inside] = [0, 1, 2].map((at) => readHeader(start.subarray(at * block, (at + 1) * block)))
  if (own?.kind !== 'folder') return
  const empty = inside.every((entry) => entry === undefined || /\/lost\+found\/?$/.test(entry.name))
  return { uid: own.uid, gid: own.gid, empty }
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
    const archive = await archiveStart(engine, id, at, largestFile, times)
    const entry = readHeader(archive.subarray(0, block))
    if (entry?.kind === 'file') return archive.subarray(block, block + entry.size).toString('utf8')
    if (entry?.kind !== 'link') return
    at = new URL(entry.target, `file://${at}`).pathname
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
  archive: Buffer | NodeJS.ReadableStream,
  times: RequestTimes,
): Promise<void> {
  await request(`write to ${path}`, (to) => docker.getContainer(id).putArchive(archive, { path, ...to }), times)
}

/** The most bytes that are read of a file, such as `/etc/passwd`. */
const largestFile = 2 ** 20

async function archiveStart(
  { docker, request }: Engine,
  id: string,
  path: string,
  bytes: number,
  times: RequestTimes,
): Promise<Buffer> {
  return request(
    `read ${path}`,
    async (to) => {
      const stream = (await docker.getContainer(id).getArchive({ path, ...to })) as NodeJS.ReadableStream
      const parts: Buffer[] = []
      let read = 0
      // The rest, which may be a whole home, is not fetched: the loop's end closes the connection.
      for await (const chunk of stream) {
        parts.push(chunk as Buffer)
        read += (chunk as Buffer).length
        if (read >= bytes) break
      }
      return Buffer.concat(parts)
    },
    times,
  )
}

function numberIn(header: Buffer, at: number, length: number): number {
  // Large numbers are binary, marked by the first bit.
  if (((header[at] ?? 0) & 0x80) !== 0) return header.readUIntBE(at + length - 6, 6)
  return Number.parseInt(header.subarray(at, at + length).toString('latin1'), 8) || 0
}

function octal(header: Buffer, value: number, at: number, length: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
}

/** Cuts a long name at a slash, as `ustar` has room for 155 and 100 bytes. */
function splitName(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  const cuts = [...path.matchAll(/\//g)].map(({ index }) => index)
  const fits = (at: number) =>
    Buffer.byteLength(path.slice(0, at)) <= 155 && Buffer.byteLength(path.slice(at + 1)) <= 100
  const at = cuts.find((cut) => cut < path.length - 1 && fits(cut))
  if (at === undefined) throw new Error(`the path ${path} is too long`)
  return { prefix: path.slice(0, at), name: path.slice(at + 1) }
}
