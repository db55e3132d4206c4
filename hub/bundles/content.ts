/** The bundles of a commit: each folder of a course's repository that its servers find beside the notebooks. */

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Extract, extract } from 'tar-stream'
import { bytesText } from '../../courses/amount.ts'
import type { BroughtBundle } from '../../courses/content/brought.ts'
import { modulesTop, soundPath, topOf, wholeTop } from '../../courses/content/laid.ts'
import { isRelativePath } from '../../courses/files.ts'
import { type Git, GitError, type GitFile, type GitSource } from '../../git/git.ts'
import { kept } from '../../words/kept.ts'
import { renewBundles } from '../db/bundles/bundles.ts'
import type { Hub } from '../hub.ts'
import type { ArchiveEntry } from './archive.ts'

export interface ContentRequest {
  git: Pick<Git, 'archive' | 'read'>
  source: GitSource
  commit: string
  /** All files of the commit. */
  files: readonly GitFile[]
  /** In each folder with notebooks a link of this name leads to this path of the repository. */
  mappings: readonly { link: string; to: string }[]
  /** Whether one with all files of the commit is made too. */
  whole: boolean
  /** Returns what that one has of a notebook in Jupyter's own format, in the place of its bytes. Default: the bytes. */
  rewrite?(path: string, bytes: Uint8Array): Promise<Uint8Array>
  /** The bundles of the commit before. One whose files are still the same is not made again. */
  before: readonly BroughtBundle[]
  signal: AbortSignal
  /** Takes a line for the log of the pull. */
  report(line: string): void
}

/** So often a line says how far a large one is. */
const stepBytes = 64 * 2 ** 20

/** A larger notebook is no notebook of the course. */
const mostOfNotebook = 10 * 2 ** 20

/** The longest target of a link, as file systems have it. */
const longestTarget = 4096

/** How many names one line lists. */
const namesAtMost = 10

/** How many of the folders of one commit servers get. Each is a mount of its own. */
const topsAtMost = 20

/**
 * Makes the bundles that the mappings of a course name, that of its modules, and one of all files where that is wanted, and returns them. They are in the database
 * then, and no sweep removes them within the next minutes. Rejects with a `GitError` for a folder that is too large, since the
 * servers of a course shall not be without it.
 */
export async function contentBundles(
  hub: Pick<Hub, 'db' | 'bundles' | 'config'>,
  request: ContentRequest,
): Promise<BroughtBundle[]> {
  const { files, mappings, whole, rewrite, before, report } = request
  const tops = new Map<string, readonly GitFile[]>(whole ? [[wholeTop, files]] : [])
  for (const top of topsOf(mappings, files, report)) {
    tops.set(
      top,
      files.filter(({ path }) => path === top || path.startsWith(`${top}/`)),
    )
  }
  refuseTooMuch(tops, hub.config.limits)
  const there = new Set(
    await renewBundles(
      hub.db,
      before.map(({ digest }) => digest),
    ),
  )
  const made: BroughtBundle[] = []
  for (const [top, its] of tops) {
    // Of all files a link may lead to each.
    const reached = new Set(top === wholeTop ? files.map(({ path }) => topOf(path)) : tops.keys())
    const of = keyOf(its, [...reached], top === wholeTop && rewrite !== undefined)
    const same = before.find((one) => one.top === top && one.of === of && there.has(one.digest))
    if (same !== undefined) report(`${nameOf(top)} is as it was, with ${bytesText(same.bytes)}`)
    made.push(same ?? (await makeOne(hub, request, { top, its, reached, of })))
  }
  return made
}

function nameOf(top: string): string {
  return top === wholeTop ? 'The whole repository' : top
}

/** Returns the tops that servers need, each of which the commit has. */
function topsOf(
  mappings: ContentRequest['mappings'],
  files: readonly GitFile[],
  report: ContentRequest['report'],
): string[] {
  const wanted = [...mappings.map(({ to }) => to), modulesTop].flatMap((to) => {
    const path = soundPath(to)
    const isThere = files.some((file) => file.path === path || file.path.startsWith(`${path}/`))
    const isFit = path !== undefined && !topOf(path).includes(':')
    if (isThere && isFit) return [topOf(path)]
    if (to !== modulesTop && isFit)
      report(kept`The commit has no ${path}, to which links of the course should lead. There are none.`)
    if (!isFit)
      report(kept`Servers cannot have ${JSON.stringify(to)}: a path leads into the repository, without .. and :.`)
    return []
  })
  return [...new Set(wanted)].sort()
}

function refuseTooMuch(
  tops: ReadonlyMap<string, readonly GitFile[]>,
  { contentFolder }: Hub['config']['limits'],
): void {
  const linked = [...tops.keys()].filter((top) => top !== wholeTop).length
  if (linked > topsAtMost)
    throw new GitError(
      kept`The links of the course lead to ${linked} folders, and ${topsAtMost} is the most. Put some into one folder.`,
    )
  for (const [top, its] of tops) {
    const bytes = its.reduce((sum, file) => sum + file.bytes, 0)
    if (bytes <= contentFolder) continue
    if (top === wholeTop)
      throw new GitError(
        kept`The repository has ${bytesText(bytes)}, and one of which learners get all files (content.copies: 'all') has ${bytesText(contentFolder)} at most (limits.contentFolder). Make it smaller, let learners get the notebooks that they open (content.copies: 'lazy'), or ask the people who run this site for a disk.`,
      )
    throw new GitError(
      kept`${top} has ${bytesText(bytes)}, and a folder of a course has ${bytesText(contentFolder)} at most (limits.contentFolder). Make it smaller, or ask the people who run this site for a disk.`,
    )
  }
}

/** Returns what tells whether a bundle must be made anew. Which links are kept depends on the other folders. */
function keyOf(its: readonly GitFile[], tops: readonly string[], isRewritten: boolean): string {
  const hash = createHash('sha256').update('carrel content 1\n')
  if (isRewritten) hash.update('rewritten\n')
  if (its.some(({ kind }) => kind === 'link')) hash.update(`${JSON.stringify(tops)}\n`)
  for (const { path, blob, kind } of its) hash.update(`${JSON.stringify([kind, path, blob])}\n`)
  return hash.digest('hex')
}

interface Top {
  top: string
  its: readonly GitFile[]
  /** The tops to which links may lead. */
  reached: ReadonlySet<string>
  of: string
}

async function makeOne(hub: Pick<Hub, 'bundles'>, request: ContentRequest, made: Top): Promise<BroughtBundle> {
  const { report, signal } = request
  const { top, its, of } = made
  const bytes = its.reduce((sum, file) => sum + file.bytes, 0)
  report(`${nameOf(top)}: ${its.length} ${its.length === 1 ? 'file' : 'files'} with ${bytesText(bytes)} …`)
  const left = { links: [] as string[], names: [] as string[] }
  const bundle = await hub.bundles.make(entriesOf(request, made, left), signal)
  const tell = (names: string[], why: string) => {
    if (names.length === 0) return
    const more = names.length > namesAtMost ? `, and ${names.length - namesAtMost} more` : ''
    report(`${nameOf(top)}: left out ${names.slice(0, namesAtMost).join(', ')}${more}: ${why}`)
  }
  const reach = top === wholeTop ? 'the repository' : 'their own folder, or in another one that servers have'
  tell(left.links, `links lead to a place in ${reach}.`)
  tell(left.names, 'servers cannot have files with such names.')
  report(`${nameOf(top)}: ${bytesText(bundle.bytes)} in ${bundle.files} files, as ${bundle.digest.slice(0, 12)}`)
  const isFile = its.some(({ path }) => path === top)
  return { top, digest: bundle.digest, bytes: bundle.bytes, ...(isFile && { isFile }), of }
}

/** Returns the entries of a bundle: the files of the commit, and the links that lead to something there. */
async function* entriesOf(
  { git, source, commit, rewrite, signal, report }: ContentRequest,
  { top, its, reached }: Top,
  left: { links: string[]; names: string[] },
): AsyncGenerator<ArchiveEntry> {
  for (const { path, blob } of its.filter(({ kind }) => kind === 'link')) {
    signal.throwIfAborted()
    const link = (await git.read(source, blob, { maxBytes: longestTarget }).catch(() => undefined))?.toString()
    const name = top === wholeTop ? path : path.slice(top.length + 1)
    if (path === top || link === undefined || !leadsTo(path, link, reached)) left.links.push(JSON.stringify(path))
    else if (!isRelativePath(name)) left.names.push(JSON.stringify(name))
    else yield { name, link }
  }
  const only = its.find(({ path }) => path === top)
  if (only !== undefined) {
    if (only.kind === 'link') return
    const content = Readable.from([await git.read(source, only.blob)])
    return yield { name: top, executable: only.kind === 'program', bytes: only.bytes, content }
  }
  const unpacking: Extract = extract()
  const reading = pipeline(git.archive(source, commit, top === wholeTop ? {} : { folder: top }), unpacking, { signal })
  reading.catch(() => undefined)
  let [bytes, said] = [0, 0]
  for await (const entry of unpacking) {
    const { name, type, mode = 0, size = 0 } = entry.header
    if (type === 'file' && isRelativePath(name)) {
      const executable = (mode & 0o100) !== 0
      const content = entry as unknown as Readable
      const isNotebook = name.endsWith('.ipynb') && size <= mostOfNotebook
      if (top === wholeTop && rewrite !== undefined && isNotebook) {
        const other = Buffer.from(await rewrite(name, await buffer(content)))
        yield { name, executable, bytes: other.length, content: Readable.from([other]) }
      } else yield { name, executable, bytes: size, content }
      bytes += size
      if (bytes - said >= stepBytes) report(`${nameOf(top)}: ${bytesText(bytes)} done`)
      if (bytes - said >= stepBytes) said = bytes
    } else if (type === 'file') left.names.push(JSON.stringify(name))
    entry.resume()
  }
  await reading
}

/** Returns whether a link of the repository leads into its own folder, or into another one that servers have. */
function leadsTo(path: string, target: string, tops: ReadonlySet<string>): boolean {
  if (target === '' || target.startsWith('/') || /\p{Cc}/u.test(target) || !target.isWellFormed()) return false
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const down = parts.findIndex((part) => part !== '..')
  const [up, rest] = down < 0 ? [parts.length, []] : [down, parts.slice(down)]
  const around = path.split('/').slice(0, -1)
  if (up > around.length || rest.includes('..')) return false
  const [top] = [...around.slice(0, around.length - up), ...rest]
  return top !== undefined && tops.has(top)
}
