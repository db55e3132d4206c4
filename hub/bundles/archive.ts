/** Bundles and their archives: made of files, written as they come, and read entry by entry, so that size costs no memory. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Extract, extract, type Pack, pack } from 'tar-stream'
import { isRelativePath, type LaidFile } from '../../courses/files.ts'
import type { Bundle } from '../db/bundles/bundles.ts'

/** A file of a bundle whose content comes as a stream, or a symbolic link. */
export type ArchiveEntry =
  | { name: string; executable: boolean; bytes: number; content: Readable }
  | { name: string; link: string }

/** Returns the bundle of these files. The same files make the same bundle at every hub, in whatever order they come. */
export function bundleOf(files: readonly LaidFile[]): Bundle {
  const sum = new BundleSum()
  for (const file of files) {
    if ('link' in file) sum.addLink(file.name, file.link)
    else sum.addFile(file, file.content.length, hashOf(file.content))
  }
  return sum.bundle()
}

/** Returns a tar archive of these files, which is the same at every hub too. */
export async function archiveOf(files: readonly LaidFile[]): Promise<Buffer> {
  const packing: Pack = pack()
  const read = buffer(packing)
  for (const file of [...files].sort((a, b) => byName(a.name, b.name))) {
    if ('link' in file) packing.entry(linkHeader(file))
    else packing.entry(fileHeader(file), file.content)
  }
  packing.finalize()
  return read
}

/** Writes a new file with the archive of these entries, which come in the order of their names, and returns their bundle. */
export async function writeArchiveOf(
  entries: AsyncIterable<ArchiveEntry>,
  path: string,
  signal: AbortSignal,
): Promise<Bundle> {
  const packing: Pack = pack()
  const sum = new BundleSum()
  const failing = new AbortController()
  const writing = pipeline(packing, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  writing.catch((error: unknown) => failing.abort(error))
  const ending = AbortSignal.any([signal, failing.signal])
  try {
    for await (const entry of entries) {
      ending.throwIfAborted()
      if ('link' in entry) {
        packing.entry(linkHeader(entry))
        sum.addLink(entry.name, entry.link)
        continue
      }
      const hash = createHash('sha256')
      const counted = async function* (content: AsyncIterable<Uint8Array>) {
        for await (const bytes of content) {
          hash.update(bytes)
          yield bytes
        }
      }
      const place = packing.entry({ ...fileHeader(entry), size: entry.bytes })
      await pipeline(entry.content, counted, place, { signal: ending })
      sum.addFile(entry, entry.bytes, hash.digest('hex'))
    }
    packing.finalize()
    await writing
    return sum.bundle()
  } catch (cause) {
    const error = ending.aborted ? ending.reason : cause
    packing.destroy(error)
    await writing.catch(() => undefined)
    throw error
  }
}

/**
 * Returns the bundle in an archive. Rejects for what no hub has written: an archive that ends early, names that lead out of
 * the folder or through a link, or anything but files and links.
 */
export async function bundleIn(archive: Readable): Promise<Bundle> {
  const sum = new BundleSum()
  const unpacking: Extract = extract()
  const reading = pipeline(archive, unpacking)
  reading.catch(() => undefined)
  for await (const entry of unpacking) {
    const { name, type, linkname, mode = 0, size = 0 } = entry.header
    if (type === 'symlink') sum.addLink(name, linkname ?? '')
    else if (type === 'file') {
      const hash = createHash('sha256')
      for await (const bytes of entry) hash.update(bytes as Buffer)
      sum.addFile({ name, executable: (mode & 0o100) !== 0 }, size, hash.digest('hex'))
    } else throw new Error(`an archive of a bundle holds a ${type}`)
    entry.resume()
  }
  await reading
  sum.refuseOdd()
  return sum.bundle()
}

/** Returns the bundle in a file, if that is the archive of this one; undefined for another, a damaged one, and for none. */
export async function soundBundle(digest: string, path: string): Promise<Bundle | undefined> {
  const bundle = await bundleIn(createReadStream(path)).catch(() => undefined)
  return bundle?.digest === digest ? bundle : undefined
}

/** Adds up what a bundle holds. Its digest is a hash of a line for each name, in the order of the names. */
class BundleSum {
  readonly #lines: { name: string; line: string[] }[] = []
  #bytes = 0
  #hasLinks = false

  addFile({ name, executable }: { name: string; executable: boolean }, bytes: number, hash: string): void {
    this.#lines.push({ name, line: [executable ? 'program' : 'file', name, hash] })
    this.#bytes += bytes
  }

  addLink(name: string, target: string): void {
    this.#lines.push({ name, line: ['link', name, target] })
    this.#hasLinks = true
  }

  /** Throws for names by which an archive would write to other places than its own folder. */
  refuseOdd(): void {
    const names = new Set(this.#lines.map(({ name }) => name))
    if (names.size < this.#lines.length) throw new Error('an archive of a bundle holds a name twice')
    for (const name of names) {
      if (!isRelativePath(name)) throw new Error(`an archive of a bundle holds the name ${JSON.stringify(name)}`)
      if (parentsOf(name).some((parent) => names.has(parent)))
        throw new Error(`an archive of a bundle holds ${JSON.stringify(name)} below something that is no folder`)
    }
  }

  bundle(): Bundle {
    const hash = createHash('sha256').update('carrel bundle 1\n')
    const sorted = this.#lines.sort((a, b) => byName(a.name, b.name))
    for (const { line } of sorted) hash.update(`${JSON.stringify(line)}\n`)
    return { digest: hash.digest('hex'), bytes: this.#bytes, files: sorted.length, hasLinks: this.#hasLinks }
  }
}

/** Readable by all, since the account in a container is the image's. Without a time or an owner of this machine. */
const ofNobody = { uid: 0, gid: 0, mtime: new Date(0) }

function fileHeader({ name, executable }: { name: string; executable: boolean }) {
  return { ...ofNobody, name, mode: executable ? 0o755 : 0o644 }
}

function linkHeader({ name, link }: { name: string; link: string }) {
  return { ...ofNobody, name, type: 'symlink' as const, linkname: link, mode: 0o777 }
}

function byName(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function parentsOf(name: string): string[] {
  const parts = name.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Courses often have the same files. */
const hashes = new WeakMap<Buffer, string>()

function hashOf(content: Buffer): string {
  const hash = hashes.get(content) ?? createHash('sha256').update(content).digest('hex')
  hashes.set(content, hash)
  return hash
}
