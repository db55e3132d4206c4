/** Brings a commit from its repository to the mirrors, in a folder of its own and with the help of what is here already. */
import { join } from 'node:path'
import { isDamage } from './blobs.ts'
import { type GitCommit, GitError, type GitRules, type GitSource } from './git.ts'
import { borrow, bytesOfObjects, type Mirrors } from './mirrors.ts'
import type { Reach } from './reach.ts'
import { fetchCommit } from './remote.ts'
import { type Local, makeRepository, readCommit, readFiles } from './repository.ts'
import { tooLarge } from './tree.ts'

export interface Bringing {
  source: GitSource
  commit: string
  /** The name of the mirror. */
  mirror: string
  signal: AbortSignal
  report(line: string): void
}

export interface BringParts {
  mirrors: Mirrors
  reach: Reach
  rules: GitRules
}

/** Fetches the commit, checks it against the rules, and gives it its place among the mirrors. */
export async function bring(parts: BringParts, bringing: Bringing): Promise<GitCommit> {
  const [base] = await parts.mirrors.folders(bringing.mirror)
  if (base === undefined) return bringWith(parts, bringing, undefined)
  try {
    return await bringWith(parts, bringing, base)
  } catch (error) {
    if (bringing.signal.aborted || !mayBeOfTheBase(error)) throw error
    bringing.report('Fetching all of the commit anew.')
    return bringWith(parts, bringing, undefined)
  }
}

async function bringWith(
  { mirrors, reach, rules }: BringParts,
  { source, commit, mirror, signal, report }: Bringing,
  base: string | undefined,
): Promise<GitCommit> {
  return mirrors.inFolder(async (folder) => {
    const local: Local = { cwd: join(folder, 'repository'), signal }
    await makeRepository(local.cwd, commit)
    if (base !== undefined) await mirrors.using(base, () => borrow(base, local.cwd))
    await fetchCommit(reach, rules, source, commit, local.cwd, { folder, signal, report }).catch(async (error) => {
      // The kernel ended git at this size, of which git says nothing that could be relied on.
      throw (await bytesOfObjects(local.cwd)) >= rules.maxBytes ? tooLarge(rules.maxBytes) : error
    })
    if ((await bytesOfObjects(local.cwd)) > rules.maxBytes) throw tooLarge(rules.maxBytes)
    const found = await readCommit(local, commit)
    const { submodules, odd, files } = await readFiles(local, commit, rules)
    const pointers = files.filter(({ pointer }) => pointer !== undefined).map(({ path }) => path)
    tell(report, 'Submodules are not fetched', submodules)
    tell(report, 'Files of Git LFS are not fetched, and pointers stand in their places', pointers)
    tell(report, 'Left out, since their names or links are not safe everywhere', odd)
    await mirrors.publish(local.cwd, mirror, commit)
    return found
  })
}

/** Says whether a fetch that failed with the help of an earlier commit may succeed without. */
function mayBeOfTheBase(error: unknown): boolean {
  if (!(error instanceof GitError)) return false
  return (
    isDamage(error) ||
    error.cause === 'too large' ||
    /bad object|corrupt|missing|unable to read/.test(error.detail ?? '')
  )
}

function tell(report: Bringing['report'], what: string, paths: readonly string[]): void {
  if (paths.length === 0) return
  const shown = paths.slice(0, 5).map((path) => JSON.stringify(path.slice(0, 100)))
  report(`${what}: ${shown.join(', ')}${paths.length > 5 ? `, and ${paths.length - 5} more` : ''}.`)
}
