/** One bare repository on this machine that holds one commit: made by hand, so that its settings are ours and nothing else. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { damaged, readBlobs } from './blobs.ts'
import { plain } from './failure.ts'
import { type GitCommit, GitError, type GitFile, type GitRules } from './git.ts'
import { runGit, startGit } from './process.ts'
import { type Count, hiddenPaths, isShort, readTree, staysInside, type Tree } from './tree.ts'

/** The ref under which the commit lies. */
export const refOfCommit = 'refs/carrel/commit'

export async function makeRepository(folder: string, commit: string): Promise<void> {
  await mkdir(join(folder, 'objects/pack'), { recursive: true, mode: 0o700 })
  await mkdir(join(folder, 'refs/carrel'), { recursive: true, mode: 0o700 })
  const isSha256 = commit.length === 64
  const format = isSha256
    ? '\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n'
    : '\trepositoryformatversion = 0\n'
  await writeFile(join(folder, 'config'), `[core]\n\tbare = true\n${format}`, { mode: 0o600 })
  await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/none\n', { mode: 0o600 })
}

export interface Local {
  /** The folder of the repository. */
  cwd: string
  signal: AbortSignal
}

/** Returns the commit. Rejects when it is damaged, or what has its hash is no commit. */
export async function readCommit(local: Local, commit: string): Promise<Omit<GitCommit, 'left'>> {
  const { code, said, wrote } = await runGit({
    ...local,
    args: ['--git-dir=.', 'cat-file', 'commit', commit],
    maxBytes: 1_000_000,
  })
  if (/bad file/.test(said)) throw new GitError('What the ref names is no commit. Name a branch, or a tag of a commit.')
  if (code !== 0) throw damaged(said)
  const text = wrote.toString('utf8')
  const end = text.indexOf('\n\n')
  const [, seconds = '0'] = /^committer .* (\d+) [+-]\d+$/m.exec(text.slice(0, end)) ?? []
  const [subject = ''] = text.slice(end).trimStart().split('\n', 1)
  return { commit, at: Number(seconds) * 1000, subject: plain(subject).slice(0, 200) }
}

/**
 * Returns the files of the commit that may be unpacked elsewhere, links among them only where they stay inside. The paths
 * begin with `prefix`, and `count` holds what is counted already.
 */
export async function readFiles(
  local: Local,
  commit: string,
  rules: GitRules,
  prefix?: string,
  count?: Count,
): Promise<Tree> {
  const tree = await entriesOf(local, commit, rules, prefix, count)
  const hidden = hiddenPaths(tree.files)
  const { files, odd } = tree
  const hasFilters = files.some(({ path }) => /(?:^|\/)\.gitattributes$/.test(path))
  const small = files.filter((file) => (file.kind === 'link' ? isShort(file) : hasFilters && mayPoint(file)))
  const { targets, pointers } = await readSmall(local, small)
  const safe: GitFile[] = []
  for (const file of files) {
    const target = targets.get(file.blob)
    const isSafe =
      !hidden.has(file.path) && (file.kind !== 'link' || (target !== undefined && staysInside(file.path, target)))
    const pointer = mayPoint(file) ? pointers.get(file.blob) : undefined
    if (!isSafe) odd.push(file.path)
    else safe.push(pointer === undefined ? file : { ...file, pointer })
  }
  return { ...tree, files: safe }
}

async function entriesOf(
  local: Local,
  commit: string,
  ...[rules, prefix, count]: [GitRules, string?, Count?]
): Promise<Tree> {
  const ending = new AbortController()
  const signal = AbortSignal.any([local.signal, ending.signal])
  const args = ['--git-dir=.', 'ls-tree', '-r', '-l', '-z', '--full-tree', commit]
  const { stdin, stdout, ended } = startGit({ ...local, args, signal })
  ended.catch(() => undefined)
  stdin.end()
  try {
    const tree = await readTree(stdout, rules, prefix, count)
    const { code, said } = await ended
    if (code !== 0) throw damaged(said)
    return tree
  } finally {
    ending.abort()
    await ended.catch(() => undefined)
  }
}

/**
 * Reads where links lead, and what pointers of Git LFS tell, each by the hash of its content. No other text is kept: there may
 * be many.
 */
async function readSmall(
  local: Local,
  files: readonly GitFile[],
): Promise<{ targets: Map<string, string>; pointers: Map<string, GitFile['pointer']> }> {
  const links = new Set(files.filter(({ kind }) => kind === 'link').map(({ blob }) => blob))
  const targets = new Map<string, string>()
  const pointers = new Map<string, GitFile['pointer']>()
  for await (const { blob, content } of readBlobs(local, [...new Set(files.map((file) => file.blob))])) {
    const text = Buffer.concat(await Array.fromAsync(content)).toString('utf8')
    if (links.has(blob)) targets.set(blob, text)
    const pointer = pointerIn(text)
    if (pointer !== undefined) pointers.set(blob, pointer)
  }
  return { targets, pointers }
}

/** Says whether a file may be a pointer of Git LFS: these are short texts. */
function mayPoint({ kind, bytes }: GitFile): boolean {
  return kind !== 'link' && bytes > 100 && bytes < 1024
}

/** Returns what the pointer in a text of Git LFS tells; undefined for any other text. */
function pointerIn(text: string): GitFile['pointer'] {
  const form = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n$/
  const [, oid, size] = form.exec(text) ?? []
  return oid === undefined ? undefined : { oid, bytes: Number(size) }
}
