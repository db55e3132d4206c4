/** Asks a repository elsewhere: at addresses that were looked at, with credentials for it alone, and at no other host. */
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { checkCredentials, type Opening, openWith } from './credentials.ts'
import { failureOf, plain } from './failure.ts'
import { GitError, type GitRules, type GitSource } from './git.ts'
import { askPinned } from './pinned.ts'
import { type GitEnd, type GitRun, runGit } from './process.ts'
import type { Reach } from './reach.ts'
import { checkRef, commitOf, isHash, noSuchRef, patternsOf, readRefs } from './refs.ts'
import { type Remote, readRemote } from './remote-url.ts'
import { refOfCommit } from './repository.ts'
import { fingerprintsIn } from './ssh/known-hosts.ts'

export interface RemoteTalk {
  /** A folder of this run, in which files of the credentials may lie meanwhile. */
  folder: string
  signal: AbortSignal
  report?: ((line: string) => void) | undefined
}

/** The longest list of refs: 200,000 of them. */
const mostRefBytes = 20_000_000
const mostMoves = 3

/** Checks all of a source that can be checked without asking. Throws a `GitError`. */
export function checkSource({ url, ref, credentials }: GitSource): Remote {
  const remote = readRemote(url)
  checkCredentials(remote, credentials)
  if (ref !== undefined) checkRef(ref)
  return remote
}

/** Returns the commit that the source's ref names now. */
export async function askForCommit(reach: Reach, source: GitSource, asking: RemoteTalk): Promise<string> {
  const { ref } = source
  const remote = checkSource(source)
  if (ref !== undefined && isHash(ref)) return ref.toLowerCase()
  const ask = async (patterns: string[]) => {
    const args = (url: string) => ['ls-remote', '--quiet', '--', url, ...patterns]
    const { wrote } = await talk(reach, remote, source, asking, { args, maxBytes: mostRefBytes })
    return readRefs(wrote.toString('utf8'))
  }
  const found = commitOf(ref, await ask(patternsOf(ref)))
  if (found !== undefined) return found
  throw noSuchRef(ref, await ask([]))
}

/** Fetches a commit into a repository on this machine. */
export async function fetchCommit(
  reach: Reach,
  rules: GitRules,
  source: GitSource,
  commit: string,
  repository: string,
  asking: RemoteTalk,
): Promise<void> {
  const remote = checkSource(source)
  const always = ['--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-maintenance', '--force']
  const fetch = (depth: string[], refs: string[]) => {
    const args = (url: string) => [
      `--git-dir=${repository}`,
      'fetch',
      ...always,
      '--progress',
      ...depth,
      '--',
      url,
      ...refs,
    ]
    return talk(reach, remote, source, asking, { args, maxFileBytes: rules.maxBytes, maxBytes: 1_000_000 })
  }
  try {
    await fetch(['--depth=1'], [`+${commit}:${refOfCommit}`])
  } catch (error) {
    // Old servers hand out what a branch or tag names, and nothing behind it.
    if (!(error instanceof GitError) || !/unadvertised object/.test(error.detail ?? '')) throw error
    asking.report?.('The host hands out no single commits: fetching all branches and tags.')
    // What was borrowed from an earlier commit ends at that commit: the largest depth brings what is behind it.
    await fetch(['--depth=2147483647'], ['+refs/heads/*:refs/carrel/heads/*', '+refs/tags/*:refs/carrel/tags/*'])
    const args = ['--git-dir=.', 'update-ref', refOfCommit, commit]
    const { code } = await runGit({
      args,
      cwd: repository,
      signal: asking.signal,
      maxFileBytes: 65_536,
      maxBytes: 10_000,
    })
    if (code !== 0) throw error
  }
}

type Question = Pick<GitRun, 'maxFileBytes'> & { args(url: string): string[]; maxBytes: number }

/** Runs git with the repository's address. Rejects with a `GitError` when git fails. Follows moves within one host. */
async function talk(
  reach: Reach,
  remote: Remote,
  { credentials }: GitSource,
  { folder, signal, report }: RemoteTalk,
  question: Question,
  moves = 0,
): Promise<GitEnd & { wrote: Buffer }> {
  const addresses = await reach(remote, signal)
  const hasCredentials = credentials !== undefined
  // curl tries all addresses by itself, and ssh takes one.
  const tries = remote.protocol === 'ssh' ? addresses.map((address) => [address]) : [addresses]
  for (const [index, these] of tries.entries()) {
    // Keys lie where git runs, so that their paths need no quotes.
    const cwd = await mkdtemp(join(folder, 'keys-'))
    const opening = await openWith(remote, credentials, these, cwd)
    const { code, said: raw, wrote } = await runTalk(remote, opening, { cwd, signal, report }, question)
    const said = opening.redact(raw)
    if (code === 0) return { code, said, wrote }
    if (remote.protocol !== 'ssh' && /returned error: 30[12378]|redirect/i.test(said)) {
      const moved = await whereTo(remote, opening, addresses, signal)
      if (moves >= mostMoves)
        throw new GitError(`${remote.host} leads from one address to the next without an end. Correct the address.`)
      return talk(reach, moved, { url: moved.url, credentials }, { folder, signal, report }, question, moves + 1)
    }
    if (index === tries.length - 1 || !/^ssh: connect to host/m.test(said))
      throw failureOf(remote, said, hasCredentials, fingerprintsIn(credentials))
  }
  throw failureOf(remote, '', hasCredentials)
}

async function runTalk(
  remote: Remote,
  { settings, env, redact }: Opening,
  { cwd, signal, report }: Pick<RemoteTalk, 'signal' | 'report'> & { cwd: string },
  { args, ...limits }: Question,
): ReturnType<typeof runGit> {
  const heard = report && ((line: string) => tell(report, redact(plain(line))))
  const run = { ...limits, cwd, settings, env, signal, args: args(remote.url), ...(heard && { heard }) }
  try {
    return await runGit(run)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new GitError(`${remote.host} answered with more branches and tags than any repository has.`)
  }
}

/** Reports a line of git, but not the names that refs have here, and of its progress only what is done. */
function tell(report: (line: string) => void, line: string): void {
  const isProgress = /^(?:remote: )?\w+ objects:|^Resolving deltas:/.test(line)
  if (isProgress ? /done\.?$/.test(line) : !/-> refs\/carrel\//.test(line)) report(line.slice(0, 300))
}

/** Asks where a repository has moved to. Throws a `GitError` unless that is at the same host, protocol and port. */
async function whereTo(
  remote: Remote,
  { authorization }: Opening,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Remote> {
  const service = '/info/refs?service=git-upload-pack'
  const from = new URL(`${remote.url.replace(/\/+$/, '')}${service}`)
  const headers = authorization === undefined ? {} : { authorization }
  const location = await askPinned(from, { addresses, headers, signal })
    .then((answer) => {
      answer.destroy()
      return answer.headers.location ?? ''
    })
    .catch((error: unknown) => {
      signal.throwIfAborted()
      throw new GitError(`${remote.host} failed while it answered. Try again later.`, { passes: true, cause: error })
    })
  if (location === '') throw failureOf(remote, 'unexpected redirect', authorization !== undefined)
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (
    to === undefined ||
    to.origin !== from.origin ||
    to.username !== '' ||
    to.password !== '' ||
    !to.href.endsWith(service)
  )
    throw new GitError(
      `${remote.host} says that the repository is elsewhere. Write the address at which it is now, if you know it to be right.`,
      { detail: plain(to === undefined ? location : `${to.origin}${to.pathname}`).slice(0, 500) },
    )
  return readRemote(to.href.slice(0, -service.length))
}
