/** The files of a repository, as a builder gets them. */
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type Header, pack } from 'tar-stream'
import { isRelativePath } from '../files.ts'
import { quotedShort, RecipeError } from './problem.ts'
import type { Recipe } from './recipe-request.ts'
import { filesFolder } from './text.ts'

const kinds = ['file', 'directory', 'symlink']

/**
 * Returns the files as a tar, beside the Dockerfile where it was made here, without those that are left out. A tar with anything
 * but files, folders and links of one folder fails.
 */
export function withDockerfile(files: Readable, { dockerfile, text, generated, leftOut }: Recipe): Readable {
  const entries = quiet(extract())
  const archive = quiet(pack())
  const output = new PassThrough()
  const fail = (error: Error) => {
    files.destroy()
    output.destroy(error)
  }
  pipeline(files, entries).catch(fail)
  pipeline(archive as unknown as Readable, output).catch(fail)
  copyEntries().catch(fail)
  return output

  async function copyEntries(): Promise<void> {
    if (generated) quiet(archive.entry({ ...ofRoot, name: dockerfile, mode: 0o644 }, text))
    for await (const entry of entries) {
      if (leftOut.has(entry.header.name.replace(/\/$/, ''))) {
        entry.resume()
        continue
      }
      const header = soundHeader(entry.header, generated ? `${filesFolder}/` : '')
      await pipeline(entry as unknown as Readable, quiet(archive.entry(header)) as unknown as Writable)
    }
    archive.finalize()
  }
}

/** Streams of the library tell the error with which others are destroyed once more, each by an event of its own. */
function quiet<T extends { on(event: 'error', listener: () => void): unknown }>(stream: T): T {
  stream.on('error', () => undefined)
  return stream
}

/** Without a time, so that an engine knows the same files of another commit again. */
const ofRoot = { uid: 0, gid: 0, mtime: new Date(0) }

/** Returns what counts of an entry. Throws for what is not in the folder. */
function soundHeader({ name, type, size, mode, linkname }: Header, folder: string) {
  const path = name.replace(/\/$/, '')
  if (!isRelativePath(path) || !kinds.includes(type)) {
    throw new RecipeError([
      `${quotedShort(name)} cannot be in an image: only files, folders and links below the folder of the build can.`,
    ])
  }
  const sound = { ...ofRoot, name: folder + path, type }
  if (type === 'symlink') return { ...sound, linkname }
  if (type === 'directory') return { ...sound, mode: 0o755 }
  return { ...sound, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, size }
}
