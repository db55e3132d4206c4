/** Makes the page of a notebook of a course, with the pictures of the repository that the notebook names, and keeps it. */

import type { GitFile } from '../../git/git.ts'
import { rendererVersion } from '../../notebooks/render/version.ts'
import { type CourseWithContent, sourceOfCourse } from '../content/courses.ts'
import { readBlob } from '../db/content/blobs.ts'
import { countingCommit } from '../db/content/brought.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import { findPreview, findPreviewSource, type Preview, type PreviewSource, putPreview } from '../db/content/previews.ts'
import type { Database } from '../db/dialect.ts'
import { messageOf } from '../errors.ts'
import { withCredentials } from '../git-keys/credentials.ts'
import { courseOwner } from '../git-keys/target.ts'
import type { Hub } from '../hub.ts'

/** What of the repository a page may need. Asked only for a notebook that names pictures. */
export interface PicturesOfCommit {
  files(): Promise<ReadonlyMap<string, GitFile>>
  read(file: GitFile): Promise<Buffer>
}

/** The most bytes of one picture, and of all of one notebook. What is beyond is not shown. */
const most = { picture: 1.4 * 2 ** 20, all: 2.5 * 2 ** 20 }

/** Returns the page of a notebook as it is kept, or made now and kept; undefined where the hub cannot make it just now. */
export async function previewOf(
  hub: Hub,
  course: CourseWithContent,
  notebook: IndexedNotebook,
): Promise<Preview | undefined> {
  const kept = await findPreview(hub.db, { course: course.id, path: notebook.path })
  if (kept !== undefined && isOf(kept, notebook)) return kept
  return withPictures(hub, course, (pictures) => makeOnce(hub, course, notebook, pictures))
}

/** Returns whether it is known that no page can be made of a notebook. */
export async function hasNoPreview(db: Database, course: string, notebook: IndexedNotebook): Promise<boolean> {
  const kept = await findPreviewSource(db, { course, path: notebook.path })
  return kept !== undefined && isOf(kept, notebook) && !kept.isThere
}

/** Makes the page of a notebook where the one that is kept is of another content, or of other pictures. */
export async function renewPreview(
  hub: Hub,
  course: CourseWithContent,
  notebook: IndexedNotebook,
  pictures: PicturesOfCommit,
): Promise<void> {
  const kept = await findPreviewSource(hub.db, { course: course.id, path: notebook.path })
  if (kept !== undefined && isOf(kept, notebook) && (await haveStayed(kept, pictures))) return
  await makeOnce(hub, course, notebook, pictures)
}

/** Runs `act` with what reads pictures of the commit that counts. */
export function withPictures<T>(
  hub: Hub,
  course: CourseWithContent,
  act: (pictures: PicturesOfCommit) => Promise<T>,
): Promise<T> {
  const { git } = hub.content
  const source = () =>
    withCredentials(hub, courseOwner(course), course.content.git, async (credentials) => {
      const from = sourceOfCourse(course.content, credentials)
      const commit = await countingCommit(hub.db, course.id)
      await git.fetch(from, { commit, signal: AbortSignal.any([hub.stopping, AbortSignal.timeout(fetchMilliseconds)]) })
      return { from, commit }
    })
  let fetched: ReturnType<typeof source> | undefined
  const here = () => {
    fetched ??= source()
    return fetched
  }
  let files: Promise<ReadonlyMap<string, GitFile>> | undefined
  return act({
    files() {
      files ??= here().then(
        async ({ from, commit }) => new Map((await git.list(from, commit)).map((file) => [file.path, file])),
      )
      return files
    },
    read: async ({ blob }) => git.read((await here()).from, blob, { maxBytes: most.picture }),
  })
}

/** A hub that has lost its mirror of the repository gets the commit anew, for which a page does not wait longer. */
const fetchMilliseconds = 20_000

function isOf({ digest, version }: PreviewSource, notebook: IndexedNotebook): boolean {
  return digest === notebook.digest && version === rendererVersion
}

async function haveStayed({ pictures: named }: PreviewSource, pictures: PicturesOfCommit): Promise<boolean> {
  if (named.length === 0) return true
  const files = await pictures.files()
  return named.every(([path, blob]) => (files.get(path)?.blob ?? null) === blob)
}

function makeOnce(
  hub: Hub,
  course: CourseWithContent,
  notebook: IndexedNotebook,
  pictures: PicturesOfCommit,
): Promise<Preview | undefined> {
  const { underWay } = hub.previews
  const key = JSON.stringify([course.id, notebook.path, notebook.digest])
  const begun = underWay.get(key) as Promise<Preview | undefined> | undefined
  if (begun !== undefined) return begun
  const making = make(hub, course, notebook, pictures).finally(() => underWay.delete(key))
  underWay.set(key, making)
  return making
}

async function make(
  hub: Hub,
  course: CourseWithContent,
  { path, digest, title }: IndexedNotebook,
  pictures: PicturesOfCommit,
): Promise<Preview | undefined> {
  const bytes = await readBlob(hub.db, digest)
  if (bytes === undefined) return undefined
  const first = await hub.previews.render({ path, bytes, title, pictures: {} })
  const isMade = first !== undefined && first !== 'unreadable'
  const named = isMade && first.pictures.length > 0 ? await read(hub, first.pictures, pictures) : []
  const there = named.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [[name, bytes] as const]))
  const whole =
    there.length === 0 ? first : await hub.previews.render({ path, bytes, title, pictures: Object.fromEntries(there) })
  if (whole === undefined)
    hub.log.info({ course: course.id, file: path.slice(0, 200) }, 'a notebook takes too long to be shown')
  const preview: Preview = {
    ...{ course: course.id, path, digest, version: rendererVersion },
    pictures: named.map(({ name, blob }) => [name, blob ?? null]),
    html: whole === undefined || whole === 'unreadable' ? undefined : Buffer.from(whole.html),
  }
  const isKept = await putPreview(hub.db, preview)
  if (!isKept) hub.log.warn({ course: course.id }, 'the pages of a course take all the room that there is for them')
  return preview
}

interface NamedPicture {
  name: string
  blob?: string
  bytes?: Uint8Array
}

/** Reads the pictures that a notebook names. A repository that cannot be read just now keeps no one from the text. */
async function read(hub: Hub, names: readonly string[], pictures: PicturesOfCommit): Promise<NamedPicture[]> {
  try {
    const files = await pictures.files()
    const found: NamedPicture[] = []
    let size = 0
    for (const name of names) {
      const file = files.get(name)
      const fits =
        file !== undefined && file.kind !== 'link' && file.bytes <= most.picture && size + file.bytes <= most.all
      if (fits) size += file.bytes
      found.push({ name, ...(file && { blob: file.blob }), ...(fits && { bytes: await pictures.read(file) }) })
    }
    return found
  } catch (error) {
    hub.log.info({ reason: messageOf(error) }, 'pictures of a repository could not be read')
    return names.map((name) => ({ name }))
  }
}
