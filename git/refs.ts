/** Branches and tags: how they may be written, and which commit they name. */
import { didYouMean } from '../net/settings/near.ts'
import { GitError } from './git.ts'

/** A whole hash of a commit, SHA-1 or SHA-256. */
export function isHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)
}

/** Says whether a text names one branch, tag or commit: some texts mean several to git, or an option. */
export function isRef(text: string): boolean {
  return (
    text.length <= 255 &&
    // Control characters, spaces, and what means something to git or a shell.
    /^[^\p{Cc}\p{Cf}\p{Z}~^:?*[\]\\{}'"`$;&|<>!]+$/u.test(text) &&
    !/^[-/.@]|\.\.|\/\/|\/\.|\/-|@\{|[/.]$|\.lock(?:\/|$)/.test(text)
  )
}

/** Throws a `GitError` for what is no ref. */
export function checkRef(ref: string): void {
  if (!isRef(ref))
    throw new GitError(
      `${JSON.stringify(ref.slice(0, 100))} is no name of a branch or tag. Write it as the repository shows it, such as main, or a whole commit.`,
    )
}

/** Returns the patterns for which the repository is asked. */
export function patternsOf(ref: string | undefined): string[] {
  return ref === undefined ? ['HEAD'] : namesOf(ref).flatMap((name) => [name, `${name}^{}`])
}

/** The whole names that a ref may have: a branch comes before a tag. */
function namesOf(ref: string): string[] {
  return /^refs\/(?:heads|tags)\/./.test(ref) ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]
}

/** Reads what `ls-remote` writes: the hash of each ref by its whole name. A tag's commit stands under the name with `^{}`. */
export function readRefs(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => line.split('\t'))
  return new Map(lines.flatMap(([hash = '', name]) => (isHash(hash) && name !== undefined ? [[name, hash]] : [])))
}

/** Returns the commit that the ref names; undefined when the repository has no such ref. */
export function commitOf(ref: string | undefined, refs: ReadonlyMap<string, string>): string | undefined {
  if (ref === undefined) return refs.get('HEAD')
  for (const name of namesOf(ref)) {
    const found = refs.get(`${name}^{}`) ?? refs.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The most names that are compared with a mistyped one: a host may send 200,000, and comparing them takes the hub's time. */
const mostCompared = 1000

/** Returns the error for a ref that is not among those of the repository, with names that may have been meant. */
export function noSuchRef(ref: string | undefined, refs: ReadonlyMap<string, string>): GitError {
  if (refs.size === 0)
    return new GitError(
      'The repository is empty, or there is none at this address. Push a commit, or correct the address.',
    )
  if (ref === undefined)
    return new GitError('The repository does not say which branch is its main one. Name a branch or tag.')
  const known = [...refs.keys()].flatMap((name) => /^refs\/(?:heads|tags)\/([^^]+)$/.exec(name)?.[1] ?? [])
  const hint = didYouMean(ref, known.slice(0, mostCompared))
  return new GitError(`The repository has no branch or tag "${ref}"${hint || '. Correct the name.'}`)
}
