/**
 * The static files of programs that this proxy has on its own disk, a folder for each digest. A folder is written under another
 * name and renamed when it is whole, so none is ever half there. Workers of one proxy share the folders.
 */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { z } from 'zod'
import { codeOf, undefinedIf } from '../../net/error-code.ts'
import { isStaticDigest, isStaticPath, type StaticCoding, staticCodings } from '../../seats/files/static-files.ts'

/** The lengths of what is on the disk of a file: compressed in all ways, or as it is. */
export type CopiedFile = Partial<Record<StaticCoding | 'plain', number>>

/** The static files of one image, by their paths below a server's own. */
export type CopiedFiles = ReadonlyMap<string, CopiedFile>

export interface Copies {
  /** Returns what is on the disk under a digest, and notes that it was used; undefined where nothing whole is. */
  find(digest: string): Promise<CopiedFiles | undefined>
  /** Writes the files of an archive. Rejects, and leaves nothing, where it does not come whole or holds anything else. */
  write(digest: string, archive: Readable): Promise<CopiedFiles>
  /** Returns the path on the disk of a file, compressed or not, which must be known from `find`. */
  pathOf(digest: string, path: string, coding: StaticCoding | 'plain'): string
  /** Removes what was not used for so long, but for these digests, and what killed proxies have left. */
  tidy(kept: ReadonlySet<string>, milliseconds: number): Promise<void>
}

/** The list of a folder's files, which is written last. */
const listName = 'files.json'
const listSchema = z.array(z.tuple([z.string(), z.int().min(0)]))
const draftMilliseconds = 3600_000

/** A hub sends no more than it takes of an image, compressed twice beside it. */
const most = { files: 30_000, bytes: 1024 * 2 ** 20 }

export function openCopies(folder: string): Copies {
  const own = (digest: string) => join(folder, digest)
  return {
    async find(digest) {
      const text = await readFile(join(own(digest), listName), 'utf8').catch(undefinedIf('ENOENT', 'ENOTDIR'))
      const names = text === undefined ? undefined : readList(text)
      if (names === undefined) return undefined
      for (const [name, bytes] of names) {
        // A power failure may have left a file shorter than it was.
        const found = await stat(join(own(digest), name)).catch(undefinedIf('ENOENT', 'ENOTDIR'))
        if (found?.size !== bytes) {
          await rm(own(digest), { recursive: true, force: true })
          return undefined
        }
      }
      const now = new Date()
      await utimes(own(digest), now, now).catch(() => undefined)
      return byPath(names)
    },

    async write(digest, archive) {
      const draft = join(folder, `.new-${randomBytes(8).toString('hex')}`)
      try {
        await mkdir(draft, { recursive: true, mode: 0o700 })
        const names = await unpack(archive, draft)
        await writeFile(join(draft, listName), JSON.stringify(names))
        await rename(draft, own(digest)).catch(async (error: unknown) => {
          // Another worker was faster, with the same files.
          if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error
          await rm(draft, { recursive: true, force: true })
        })
        return byPath(names)
      } catch (error) {
        await rm(draft, { recursive: true, force: true })
        throw error
      }
    },

    pathOf: (digest, path, coding) => join(own(digest), coding, path),

    async tidy(kept, milliseconds) {
      const names = (await readdir(folder).catch(undefinedIf('ENOENT'))) ?? []
      for (const name of names) {
        const isDraft = name.startsWith('.new-')
        if (!isDraft && (!isStaticDigest(name) || kept.has(name))) continue
        const path = join(folder, name)
        const found = await stat(path).catch(undefinedIf('ENOENT'))
        const age = Date.now() - (found?.mtimeMs ?? Date.now())
        if (age > (isDraft ? draftMilliseconds : milliseconds)) await rm(path, { recursive: true, force: true })
      }
    },
  }
}

type Names = z.output<typeof listSchema>

function readList(text: string): Names | undefined {
  try {
    return listSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

async function unpack(archive: Readable, folder: string): Promise<Names> {
  const names: Names = []
  const seen = new Set<string>()
  let bytes = 0
  const unpacking = extract()
  const broken = new AbortController()
  const reading = pipeline(archive, unpacking)
  // A file whose archive breaks off does not end by itself.
  reading.catch((error: unknown) => broken.abort(error))
  for await (const entry of unpacking) {
    const { name, type, size = 0 } = entry.header
    bytes += size
    if (type !== 'file' || !isName(name) || seen.has(name)) throw new Error(`static files hold ${JSON.stringify(name)}`)
    if (seen.size >= most.files || bytes > most.bytes) throw new Error('static files are too many, or too large')
    seen.add(name)
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal: broken.signal })
    names.push([name, size])
  }
  await reading
  return names
}

function isName(name: string): boolean {
  const [folder = ''] = name.split('/', 1)
  return ['plain', ...staticCodings].includes(folder) && isStaticPath(name.slice(folder.length + 1))
}

function byPath(names: Names): CopiedFiles {
  const files = new Map<string, CopiedFile>()
  for (const coding of ['plain', ...staticCodings] as const) {
    for (const [name, bytes] of names) {
      if (!name.startsWith(`${coding}/`)) continue
      const path = name.slice(coding.length + 1)
      files.set(path, { ...files.get(path), [coding]: bytes })
    }
  }
  return files
}
