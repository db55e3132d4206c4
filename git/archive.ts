/**
 * Writes the files of a commit as a tar archive: exactly those that the list tells, with the contents that they have in the
 * repository. `git archive` would change them by the repository's own attributes.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { readBlobs } from './blobs.ts'
import { type GitCommit, GitError, type GitFile } from './git.ts'
import { lfsObjectsIn, streamLfsObject } from './lfs/store.ts'
import type { Local } from './repository.ts'
import { newFolders, staysInside } from './tree.ts'

/** Returns the archive. `describe` finds out what is in it, and may reject. The archive ends early when it is destroyed. */
export function archiveOfFiles(
  describe: (
    signal: AbortSignal,
  ) => Promise<{ local: Local; commit: Pick<GitCommit, 'at'>; files: readonly GitFile[] }>,
): Readable {
  const ending = new AbortController()
  const packing: Pack = pack()
  const write = async () => {
    const { local, commit, files } = await describe(ending.signal)
    await fill(
      packing,
      { ...local, signal: AbortSignal.any([local.signal, ending.signal]) },
      new Date(commit.at),
      files,
    )
  }
  const archive = Readable.from(packing, { objectMode: false })
  archive.once('close', () => ending.abort())
  write().catch((error: Error) => packing.destroy(error))
  return archive
}

async function fill(packing: Pack, local: Local, mtime: Date, files: readonly GitFile[]): Promise<void> {
  const ofNobody = { uid: 0, gid: 0, mtime }
  let before: string | undefined
  const objects = await lfsObjectsIn(local.cwd)
  const contents = readBlobs(
    local,
    files.filter(({ blob }) => !objects.has(blob)).map(({ blob }) => blob),
  )
  const contentOf = async (blob: string): Promise<AsyncIterable<Buffer>> => {
    if (objects.has(blob)) return streamLfsObject(local.cwd, blob)
    const { value } = await contents.next()
    if (value === undefined) throw new Error('there are fewer contents than files')
    return value.content
  }
  for (const { path, blob, bytes, kind } of files) {
    for (const folder of newFolders(path, before))
      packing.entry({ ...ofNobody, name: folder, type: 'directory', mode: 0o755 })
    before = path
    const content = await contentOf(blob)
    if (kind === 'link') {
      const linkname = Buffer.concat(await Array.fromAsync(content)).toString('utf8')
      // A link may stay inside the repository and yet lead out of the folder that is archived.
      if (staysInside(path, linkname))
        packing.entry({ ...ofNobody, name: path, type: 'symlink', linkname, mode: 0o777 })
    } else {
      const mode = kind === 'program' ? 0o755 : 0o644
      await pipeline(content, packing.entry({ ...ofNobody, name: path, size: bytes, mode }))
    }
  }
  await contents.next()
  packing.finalize()
}

/** Returns the files below a folder, with paths relative to it. Throws a `GitError` when there are none. */
export function filesBelow(files: readonly GitFile[], folder: string | undefined): GitFile[] {
  const start = `${(folder ?? '').replace(/^(?:\.?\/)+|\/+$/g, '')}/`
  if (start === '/' || start === './') return [...files]
  const below = files.filter(({ path }) => path.startsWith(start))
  if (below.length === 0)
    throw new GitError(`The commit has no folder ${JSON.stringify(start.slice(0, 200))}. Correct its name.`)
  return below.map((file) => ({ ...file, path: file.path.slice(start.length) }))
}
