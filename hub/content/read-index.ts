/** Makes the index of the notebooks of a commit, and stores what is in them. */

import { createHash } from 'node:crypto'
import type { Git, GitFile, GitSource } from '../../git/git.ts'
import { kept } from '../../words/kept.ts'
import { putBlobs, type StoredBlob } from '../db/content/blobs.ts'
import type { ContentProblem } from '../db/content/brought.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import type { Database } from '../db/dialect.ts'
import { ContentError, contentLimits, megabytes } from './limits.ts'
import type { ContentReader } from './reader.ts'
import type { ReaderAnswer } from './reader-thread.ts'

export interface Indexing {
  db: Database
  git: Git
  source: GitSource
  files: readonly GitFile[]
  reader: ContentReader
  /** The index before: what git says is the same is not read again. */
  before: readonly IndexedNotebook[]
  signal: AbortSignal
  /** Is told how many of the files have been looked at. */
  step(step: number, steps: number): void
}

export interface ReadIndex {
  notebooks: IndexedNotebook[]
  /** How many of them were read anew. */
  read: number
  problems: ContentProblem[]
}

/** The most that is stored in one transaction, but for a larger notebook. */
const batch = { bytes: 2 * 2 ** 20, blobs: 50 }
const mostProblems = 100

/** Returns the index of these files. Rejects with a `ContentError` where they are more than the hub takes. */
export async function readIndex(indexing: Indexing): Promise<ReadIndex> {
  const { db, files, before, signal, step } = indexing
  const problems: ContentProblem[] = []
  const candidates = candidatesIn(files, problems)
  const same = new Map(before.map((one) => [`${one.blob} ${one.path}`, one]))
  const notebooks: IndexedNotebook[] = []
  let [read, size] = [0, 0]
  let waiting: StoredBlob[] = []
  const store = async () => {
    if (waiting.length > 0) await db.transaction((trx) => putBlobs(trx, waiting))
    waiting = []
  }
  for (const [index, file] of candidates.entries()) {
    signal.throwIfAborted()
    step(index + 1, candidates.length)
    const known = same.get(`${file.blob} ${file.path}`)
    const found = known === undefined ? await readOne(indexing, file, problems) : { notebook: known }
    if (found === undefined) continue
    notebooks.push(found.notebook)
    size += found.notebook.bytes
    requireWithin(notebooks.length, size)
    if (!('blob' in found)) continue
    read += 1
    waiting.push(found.blob)
    const bytes = waiting.reduce((sum, blob) => sum + blob.bytes.length, 0)
    if (bytes >= batch.bytes || waiting.length >= batch.blobs) await store()
  }
  await store()
  problems.push(...clashesOf(notebooks))
  return { notebooks, read, problems: firstOf(problems) }
}

/** Returns the files that may be notebooks by their names. */
function candidatesIn(files: readonly GitFile[], problems: ContentProblem[]): GitFile[] {
  const named = files.filter(
    ({ path, kind }) =>
      kind !== 'link' && /\.(?:ipynb|md|py)$/i.test(path) && !/(?:^|\/)\.ipynb_checkpoints\//.test(path),
  )
  if (named.length > contentLimits.candidates)
    throw new ContentError(
      kept`The repository has ${named.length} files that may be notebooks, which is more than ${contentLimits.candidates}. Keep programs and texts that are no notebooks in another repository, or split the course.`,
    )
  return named.filter((file) => {
    const isNotebook = /\.ipynb$/i.test(file.path)
    if (file.path.length > contentLimits.path) {
      problems.push(
        note(file, kept`has a path of more than ${contentLimits.path} characters, and is left out: shorten it`),
      )
      return false
    }
    if (file.pointer !== undefined) {
      if (isNotebook)
        problems.push(
          problem(
            file,
            kept`is kept by Git LFS, and its content could not be fetched: push it (git lfs push), or keep it in the repository itself`,
          ),
        )
      return false
    }
    if (file.bytes <= contentLimits.bytes) return true
    if (!isNotebook) return false
    throw new ContentError(
      kept`The notebook ${file.path} has ${megabytes(file.bytes)}, which is more than ${megabytes(contentLimits.bytes)}. Clear its outputs, or keep its data in files beside it.`,
    )
  })
}

async function readOne(
  { git, source, reader }: Indexing,
  file: GitFile,
  problems: ContentProblem[],
): Promise<{ notebook: IndexedNotebook; blob: StoredBlob } | undefined> {
  const { path, blob, bytes: size } = file
  const bytes = await git.read(source, blob, { maxBytes: contentLimits.bytes })
  const answer = await reader.read({ path, bytes })
  if (answer === undefined)
    problems.push(problem(file, kept`takes too long to be read, or too much memory: make it smaller`))
  const { digest, facts } = answer ?? unread(path, bytes)
  if (facts === undefined) return undefined
  const { title, version, kernel, format } = facts
  if (version === unreadable && answer !== undefined)
    problems.push(problem(file, kept`cannot be read as a notebook: open it in Jupyter and save it anew, or restore it`))
  return {
    notebook: { path, blob, digest, bytes: size, title, version, kernel, format },
    blob: { digest, bytes },
  }
}

/** What is known of a notebook whose version cannot be read. */
const unreadable = 'n/a'

/** Returns what is told of a file that cannot be read within bounds. A notebook stays one, so that its teacher finds it in lists. */
function unread(path: string, bytes: Uint8Array): ReaderAnswer {
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (!/\.ipynb$/i.test(path)) return { digest, facts: undefined }
  const title = path.slice(0, -'.ipynb'.length)
  return { digest, facts: { title, version: unreadable, kernel: undefined, format: 'ipynb' } }
}

function requireWithin(notebooks: number, bytes: number): void {
  if (notebooks > contentLimits.notebooks)
    throw new ContentError(
      kept`The repository has more than ${contentLimits.notebooks} notebooks. Split the course, or keep the others in another repository.`,
    )
  if (bytes > contentLimits.allBytes)
    throw new ContentError(
      kept`The notebooks of the repository have more than ${megabytes(contentLimits.allBytes)} together. Clear their outputs, or split the course.`,
    )
}

/** Returns a note for notebooks whose paths differ in capitals only. Pure. */
function clashesOf(notebooks: readonly IndexedNotebook[]): ContentProblem[] {
  const byName = Map.groupBy(notebooks, ({ path }) => path.normalize('NFC').toLowerCase())
  return [...byName.values()].flatMap(([first, second]): ContentProblem[] =>
    first === undefined || second === undefined
      ? []
      : [
          note(
            first,
            kept`has the same name as ${second.path} but for capitals: rename one, since some disks hold only one of them`,
          ),
        ],
  )
}

function note({ path }: { path: string }, message: string): ContentProblem {
  return { file: path, message, kind: 'note' }
}

function problem({ path }: { path: string }, message: string): ContentProblem {
  return { file: path, message, kind: 'problem' }
}

function firstOf(problems: ContentProblem[]): ContentProblem[] {
  return problems.slice(0, mostProblems)
}
