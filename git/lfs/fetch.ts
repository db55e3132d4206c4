/** Brings the contents of files of Git LFS, each looked at by its size and its hash. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { inParallel } from '../../net/in-parallel.ts'
import { authorizationOf } from '../credentials.ts'
import { type GitCredentials, GitError, type GitFile } from '../git.ts'
import type { Remote } from '../remote-url.ts'
import { type LfsClient, piecesOf } from './client.ts'
import { askWhere, type LfsObject, type LfsPlace, lfsServerOf, missingFile, mostAtOnce, oddServer } from './server.ts'
import { lfsFolder, takeLfsObject } from './store.ts'

/** The repository of the commit, or of a submodule, with its files. */
export interface LfsRepository {
  remote: Remote
  credentials: GitCredentials | undefined
  files: readonly GitFile[]
}

export interface LfsFetching {
  clientFor(remote: Remote): LfsClient
  /** The commit's repository on this machine, and that of an earlier commit. */
  repository: string
  earlier: string | undefined
  /** Counts the content of these files. Returns why there is no room for it. */
  count(object: LfsObject, files: readonly GitFile[]): GitError | undefined
  /** Returns the error for one content. Throws what ends all of it. */
  problem(error: unknown): GitError
  report(line: string): void
}

/** A content, and the files that have it. */
interface WantedObject extends LfsObject {
  files: GitFile[]
}

/** Why the files of a content have their pointers only. */
export interface LfsMissing extends WantedObject {
  error: GitError
}

const mostDownloads = 4

/** Brings all that can be had, and returns what cannot. Rejects with what `problem` throws. */
export async function fetchLfs(fetching: LfsFetching, repositories: readonly LfsRepository[]): Promise<LfsMissing[]> {
  const { repository, earlier, count, problem } = fetching
  const missing: LfsMissing[] = []
  const here = new Set<string>()
  for (const { remote, credentials, files } of repositories) {
    const objects = objectsOf(files)
    if (objects.length > 0) await mkdir(lfsFolder(repository), { recursive: true, mode: 0o700 })
    const wanted: WantedObject[] = []
    for (const object of objects) {
      const error = count(object, object.files)
      if (error !== undefined) missing.push({ ...object, error })
      else if (here.has(keyOf(object))) continue
      else if (earlier !== undefined && (await takeLfsObject(earlier, repository, object))) here.add(keyOf(object))
      else wanted.push(object)
    }
    for (const [object, error] of await fetchFrom(fetching, remote, credentials, wanted))
      if (error === undefined) here.add(keyOf(object))
      else missing.push({ ...object, error: problem(error) })
  }
  return missing.filter((object) => !here.has(keyOf(object)))
}

/** Pointers may lie about a size, so that one hash stands for two files, of which one at most is there. */
function keyOf({ oid, bytes }: LfsObject): string {
  return `${oid}-${bytes}`
}

type Outcome = [object: WantedObject, error: unknown]

/** Fetches contents from the server of one repository, and returns how that ended for each. */
async function fetchFrom(
  { clientFor, repository, problem, report }: LfsFetching,
  remote: Remote,
  credentials: GitCredentials | undefined,
  wanted: WantedObject[],
): Promise<Outcome[]> {
  if (wanted.length === 0) return []
  const server = lfsServerOf(remote)
  const megabytes = Math.ceil(wanted.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6)
  report(`Files of Git LFS to fetch from ${server.host}: ${wanted.length} (${megabytes} MB).`)
  const client = clientFor(remote)
  const outcomes: Outcome[] = []
  try {
    for (let at = 0; at < wanted.length; at += mostAtOnce) {
      const some = wanted.slice(at, at + mostAtOnce)
      const places = await askWhere(client, server, authorizationOf(credentials), some).catch(problem)
      // The others go on where one fails, since the folder must not be removed under them.
      await inParallel(mostDownloads, some, async (object) => {
        const place = places instanceof GitError ? places : (places.get(object.oid) ?? oddServer(server))
        const act = place instanceof GitError ? Promise.reject(place) : download(client, repository, object, place)
        await act.then(
          () => outcomes.push([object, undefined]),
          (error: unknown) => outcomes.push([object, error]),
        )
      })
    }
    return outcomes
  } finally {
    client.close()
  }
}

/** Returns each content once, with all files that have it. */
function objectsOf(all: readonly GitFile[]): WantedObject[] {
  const objects = new Map<string, WantedObject>()
  for (const file of all) {
    if (file.pointer === undefined) continue
    const { oid, bytes } = file.pointer
    const object = objects.get(keyOf({ oid, bytes })) ?? { oid, bytes, files: [] }
    object.files.push(file)
    objects.set(keyOf(object), object)
  }
  return [...objects.values()]
}

async function download(
  client: LfsClient,
  repository: string,
  { oid, bytes }: LfsObject,
  { url, headers }: LfsPlace,
): Promise<void> {
  const answer = await client.ask(url, { headers })
  if (answer.statusCode !== 200) {
    answer.destroy()
    throw missingFile(url, answer.statusCode ?? 0)
  }
  const part = join(lfsFolder(repository), `${keyOf({ oid, bytes })}.part`)
  const sum = createHash('sha256')
  async function* checked(): AsyncGenerator<Buffer, void, void> {
    let left = bytes
    for await (const piece of piecesOf(answer, url)) {
      left -= piece.length
      if (left < 0) throw wrongFile(url)
      sum.update(piece)
      yield piece
    }
    if (left > 0 || sum.digest('hex') !== oid) throw wrongFile(url)
  }
  try {
    await pipeline(checked, createWriteStream(part, { flags: 'wx', mode: 0o600 }))
    await rename(part, join(lfsFolder(repository), oid))
  } finally {
    answer.destroy()
    await rm(part, { force: true })
  }
}

function wrongFile({ hostname }: URL): GitError {
  return new GitError(
    `${hostname} sent another file than the one that the pointer names. Push the right one there: git lfs push --all origin.`,
  )
}
