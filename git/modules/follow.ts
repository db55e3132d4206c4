/** Brings the submodules of a commit, and those inside them, each into a repository of its own beside the commit's. */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { removeTree } from '../../net/machine/remove-tree.ts'
import { type GitCredentials, GitError, type GitRules, type GitSource } from '../git.ts'
import { type CommitParts, mostLacks, partsFolder } from '../parts.ts'
import type { Remote } from '../remote-url.ts'
import { type Local, readCommit, readFiles } from '../repository.ts'
import type { Count, Tree } from '../tree.ts'
import { problemOf } from '../waiting.ts'
import { addressOfModule, credentialsOfModule } from './address.ts'
import { readGitmodules } from './gitmodules.ts'

/** What is fetched: `from` is a repository on this machine that has an earlier commit of it, or the same. */
export interface WantedRepository {
  source: GitSource
  commit: string
  /** The folder of the new repository. */
  cwd: string
  from: { cwd: string; commit: string } | undefined
  signal: AbortSignal
}

export interface FollowingModules {
  /** The repository of the commit itself. */
  own: Remote
  source: GitSource
  local: Local
  /** The commit's own files. */
  tree: Tree
  /** What the commit counts so far. */
  count: Count
  rules: GitRules
  /** An earlier commit's repository, with its parts. */
  earlier: { cwd: string; parts: CommitParts | undefined } | undefined
  report(line: string): void
  /** Brings a repository, looks at it, and returns what `look` found, which may be asked twice. */
  bring<T>(wanted: WantedRepository, look: () => Promise<T>): Promise<T>
  /** The time of all parts of the commit. */
  time: AbortSignal
}

/** A repository that is here: that of the commit, and those of its submodules. */
export interface FollowedRepository {
  remote: Remote
  credentials: GitCredentials | undefined
  tree: Tree
}

/** How many submodules a commit may have, and how deep they may lie in one another: so circles end too. */
const mostModules = 50
const mostDepth = 5
const lastingCauses: unknown[] = ['too large', 'too many', 'unsafe']

interface Place extends FollowedRepository {
  local: Local
  /** What stands before the paths of the repository's files. */
  prefix: string
  /** In how many repositories its submodules lie. */
  depth: number
}

/**
 * Brings the submodules, adds them to the parts, and those that cannot be had to their lacks. Returns all repositories. Rejects when the
 * run is aborted or the hub's own git fails, never for what a submodule or its host does.
 */
export async function followModules(following: FollowingModules, parts: CommitParts): Promise<FollowedRepository[]> {
  const { own, source, local, tree, report, time } = following
  const waiting: Place[] = [{ remote: own, credentials: source.credentials, local, tree, prefix: '', depth: 1 }]
  let untold = 0
  for (const place of waiting) {
    const { prefix, tree } = place
    if (tree.submodules.length === 0) continue
    const addresses = readGitmodules(
      place.local,
      tree.files.find(({ path }) => path === `${prefix}.gitmodules`),
    )
    addresses.catch(() => undefined)
    for (const { path, commit } of tree.submodules) {
      try {
        const url = (await addresses).get(path.slice(prefix.length))
        if (url === undefined)
          throw new GitError('.gitmodules does not say where it is. Add it there, or remove it from the repository.')
        waiting.push(await bringModule(following, parts, place, { path, commit, url }))
      } catch (error) {
        const { message, passes } = problemOf(error, local.signal, time)
        if (parts.lacks.length >= mostLacks) untold += 1
        else {
          parts.lacks.push({ path, problem: message, passes })
          report(`The submodule ${JSON.stringify(path.slice(0, 100))} is not here: ${message}`)
        }
      }
    }
  }
  if (untold > 0) report(`${untold} more submodules are not here.`)
  return waiting
}

interface Found {
  path: string
  commit: string
  url: string
}

/** Brings one submodule, adds it to the parts, and returns its place. */
async function bringModule(
  following: FollowingModules,
  parts: CommitParts,
  place: Place,
  { path, commit, url }: Found,
): Promise<Place> {
  const { own, source, local, count, rules, report, time } = following
  if (place.depth > mostDepth) throw new GitError(`It lies in ${mostDepth} other submodules. Put it further up.`)
  if (parts.modules.length >= mostModules)
    throw new GitError(`The commit has more than ${mostModules} submodules. Remove some.`)
  const remote = addressOfModule(place.remote, url)
  const credentials = credentialsOfModule(own, remote, source.credentials)
  const folder = join(partsFolder, 'modules', hash('sha256', `${remote.url} ${commit}`).slice(0, 32))
  const inside: Local = { cwd: join(local.cwd, folder), signal: AbortSignal.any([local.signal, time]) }
  const before = { ...count }
  const look = async () => {
    Object.assign(count, before)
    // The hash of a folder or file may be guessed from what is in it.
    await readCommit(inside, commit)
    return readFiles(inside, commit, rules, `${path}/`, count)
  }
  const isHere = parts.modules.some((other) => other.folder === folder)
  try {
    if (!isHere) report(`Fetching the submodule ${JSON.stringify(path.slice(0, 100))} from ${remote.url}.`)
    const from = earlierOf(following, remote, commit)
    const wanted = { source: { url: remote.url, credentials }, commit, from, ...inside }
    const tree = await (isHere ? look() : following.bring(wanted, look))
    parts.modules.push({ path, url: remote.url, commit, folder })
    return { remote, credentials, local: inside, tree, prefix: `${path}/`, depth: place.depth + 1 }
  } catch (error) {
    Object.assign(count, before)
    if (!isHere) await removeTree(inside.cwd)
    // What a host refuses today it may hand out tomorrow. What is too much, or unsafe, stays so.
    if (error instanceof GitError && !lastingCauses.includes(error.cause)) error.passes = true
    throw error
  }
}

/** Returns what is here of a submodule: the same commit, else another one of the same address. */
function earlierOf({ earlier }: FollowingModules, { url }: Remote, commit: string): WantedRepository['from'] {
  if (earlier?.parts === undefined) return undefined
  const same = earlier.parts.modules.filter((module) => module.url === url)
  const module = same.find((one) => one.commit === commit) ?? same[0]
  return module && { cwd: join(earlier.cwd, module.folder), commit: module.commit }
}
