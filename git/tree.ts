/** The files of a commit, as `ls-tree` writes them, without those that could do harm where they are unpacked. */
import type { Readable } from 'node:stream'
import { GitError, type GitFile, type GitRules } from './git.ts'

export interface Tree {
  files: GitFile[]
  /** Where other repositories belong, and which commit of each. */
  submodules: { path: string; commit: string }[]
  /** Names that cannot be unpacked safely, so that they are left out. */
  odd: string[]
}

/** What has been counted of a commit so far: its submodules add to it. */
export interface Count {
  entries: number
  folders: number
  nameBytes: number
  bytes: number
}

export function createCount(): Count {
  return { entries: 0, folders: 0, nameBytes: 0, bytes: 0 }
}

/** The most parts of a path. Deeper files are left out. */
const mostParts = 100
/** The most that all paths and links of a commit may take, since they are held in memory. */
const mostNameBytes = 20_000_000

/**
 * Reads what `git ls-tree -r -l -z` writes, and puts `prefix` before all paths. Rejects with a `GitError` as soon as there are more
 * files, folders, names or bytes than are allowed: a small repository can hold more of them than any disk.
 */
export async function readTree(
  stdout: Readable,
  { maxFiles, maxBytes }: GitRules,
  prefix = '',
  count: Count = createCount(),
): Promise<Tree> {
  const tree: Tree = { files: [], submodules: [], odd: [] }
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of stdout as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
      const [before, seen] = [tree.files.at(-1), tree.files.length]
      count.bytes += take(rest.subarray(0, end), tree, prefix)
      count.nameBytes += end + prefix.length
      count.entries += 1
      rest = rest.subarray(end + 1)
      const taken = tree.files.length > seen ? tree.files.at(-1) : undefined
      if (taken !== undefined) {
        count.folders += [...newFolders(taken.path, before?.path)].length
        if (taken.kind === 'link' && isShort(taken)) count.nameBytes += taken.bytes
      }
      if (count.entries > maxFiles)
        throw tooMany(`The commit has more than ${maxFiles} files. Remove some, or have the operator allow more.`)
      if (count.folders > maxFiles)
        throw tooMany(
          `The commit has more than ${maxFiles} folders. Remove some, or have the operator allow more files.`,
        )
      if (count.nameBytes > mostNameBytes)
        throw tooMany(
          `The paths and links of the commit take more than ${mostNameBytes / 1e6} MB. Remove some, or give them shorter names.`,
        )
      if (count.bytes > maxBytes) throw tooLarge(maxBytes)
    }
    if (rest.length > longestEntry)
      throw new GitError('The commit has a path that is too long for any disk. Rename it.')
  }
  return tree
}

function tooMany(message: string): GitError {
  return new GitError(message, { cause: 'too many' })
}

export function tooLarge(maxBytes: number): GitError {
  const message = `The commit takes more than ${Math.round(maxBytes / 1e6)} MB. Remove its largest files, or have the operator allow more.`
  return new GitError(message, { cause: 'too large' })
}

/** Says whether a link leads to a place whose name is short enough for any disk. */
export function isShort({ bytes }: GitFile): boolean {
  return bytes <= longestName
}

/** Yields the folders above a path, the outermost first, but not those above the path before it: these are known. */
export function* newFolders(path: string, before = ''): Generator<string, void, void> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
    if (!before.startsWith(path.slice(0, at + 1))) yield path.slice(0, at)
}

/**
 * Returns the paths that stand twice, or below a file or link: git makes no such trees, but could be sent one. The cost grows
 * with the length of all paths, however deep they are.
 */
export function hiddenPaths(files: readonly GitFile[]): Set<string> {
  // No path has this character, and it sorts before all others: what is below a file comes right after it.
  const sorted = files.map(({ path }) => path.replaceAll('/', '\0')).sort()
  const hidden = new Set<string>()
  let top: string | undefined
  for (const path of sorted) {
    if (top !== undefined && (path === top || path.startsWith(`${top}\0`))) hidden.add(path.replaceAll('\0', '/'))
    else top = path
  }
  return hidden
}

const longestName = 4000
const longestEntry = 65_536
const kinds: Record<string, GitFile['kind']> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'program',
  '120000': 'link',
}

/** Adds an entry to the tree, and returns its size. */
function take(entry: Buffer, tree: Tree, prefix: string): number {
  const tab = entry.indexOf(9)
  const [mode = '', type, blob = '', size = ''] = entry.subarray(0, tab).toString('latin1').split(/ +/)
  const name = entry.subarray(tab + 1)
  const own = name.toString('utf8')
  const path = `${prefix}${own}`
  const kind = kinds[mode]
  const isGood = isSafe(path) && Buffer.from(own).equals(name)
  if (isGood && type === 'commit') tree.submodules.push({ path, commit: blob })
  else if (kind === undefined || !isGood) tree.odd.push(path)
  else {
    const bytes = Number(size)
    if (!Number.isSafeInteger(bytes))
      throw new GitError('The copy of the repository is damaged.', { detail: path, passes: true })
    tree.files.push({ path, blob, bytes, kind })
    return bytes
  }
  return 0
}

/** Says whether a path is one that every program unpacks below the folder that it is given. */
function isSafe(path: string): boolean {
  if (Buffer.byteLength(path) > longestName || path.split('/', mostParts + 1).length > mostParts) return false
  if (/[\p{Cc}\u2028\u2029\ufffd]/u.test(path)) return false
  return path.split('/').every((part) => !isGitFolder(part) && Buffer.byteLength(part) <= 255)
}

/** Says whether some file system takes this name for “.git”, or for none at all. */
function isGitFolder(part: string): boolean {
  const plain = part
    .toLowerCase()
    .replace(/[\u200c-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .replace(/[. ]+$/, '')
  return plain === '' || plain === '.git' || plain === 'git~1'
}

/**
 * Says whether a link stays within the folder, also where it goes through other links that do. A “..” behind a name is
 * refused, since that name may be a link to elsewhere, and so is a name that means git's own folder.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0') || Buffer.byteLength(target) > longestName)
    return false
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const upward = parts.findIndex((part) => part !== '..')
  const steps = upward === -1 ? parts.length : upward
  return steps <= path.split('/').length - 1 && !parts.slice(steps).some((part) => part === '..' || isGitFolder(part))
}
