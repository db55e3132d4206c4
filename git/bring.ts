/** Brings a commit from its repository to the mirrors, in a folder of its own and with the help of what is here already. */
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { removeTree } from '../net/machine/remove-tree.ts'
import { isDamage } from './blobs.ts'
import { type GitCommit, GitError, type GitRules, type GitSource } from './git.ts'
import { createLfsClient, type LfsReach } from './lfs/client.ts'
import { fetchLfs } from './lfs/fetch.ts'
import { lfsObjectsIn } from './lfs/store.ts'
import { borrow, bytesOfObjects, type Mirrors } from './mirrors/mirrors.ts'
import { type FollowedRepository, followModules, type WantedRepository } from './modules/follow.ts'
import { type CommitParts, leftOf, mostLacks, nameOfRules, readCommitParts, writeCommitParts } from './parts.ts'
import { checkSource, fetchCommit } from './remote.ts'
import { type Local, makeRepository, readCommit, readFiles, refOfCommit } from './repository.ts'
import { type Count, createCount, tooLarge } from './tree.ts'
import { inTime, problemOf } from './waiting.ts'

export interface Bringing {
  source: GitSource
  commit: string
  /** The name of the mirror. */
  mirror: string
  /** Whether what is here of earlier commits may be taken. */
  trusts: boolean
  /** Ends all of it. Times are counted here: one for the commit, and one for all that belongs to it. */
  signal: AbortSignal
  report(line: string): void
}

export interface BringParts extends LfsReach {
  mirrors: Mirrors
  rules: GitRules
}

/** A run, and how many bytes it has brought. */
interface Run extends BringParts, Pick<Bringing, 'report'> {
  folder: string
  bytes: number
}

/**
 * Fetches the commit, checks it against the rules, and gives it its place among the mirrors. Where it is here already, only
 * what it lacks is fetched.
 */
export async function bring(parts: BringParts, bringing: Bringing): Promise<GitCommit> {
  const { mirrors, rules } = parts
  const { source, commit, mirror, signal, report } = bringing
  const here = await mirrors.find(mirror, commit)
  const base = bringing.trusts ? (here ?? (await mirrors.folders(mirror))[0]) : undefined
  return mirrors.inFolder(async (folder) => {
    const run: Run = { ...parts, folder, report, bytes: 0 }
    const local: Local = { cwd: join(folder, 'repository'), signal }
    const from = base === undefined ? undefined : { cwd: base, commit: basename(base) }
    const { found, tree, count } = await inTime(rules.seconds, signal, (soon) =>
      bringAnd(run, { source, commit, cwd: local.cwd, from, signal: soon }, async () => {
        const [own, count] = [{ ...local, signal: soon }, createCount()]
        return { found: await readCommit(own, commit), tree: await readFiles(own, commit, rules, '', count), count }
      }),
    )
    tell(report, 'Left out, since their names or links are not safe everywhere', tree.odd)
    const brought: CommitParts = { modules: [], lacks: [], rules: nameOfRules(rules) }
    const earlier = base === undefined ? undefined : { cwd: base, parts: await partsOf(base) }
    const time = AbortSignal.timeout(rules.seconds * 1000)
    const repositories = await followModules(
      {
        ...{ own: checkSource(source), source, local, tree, count, rules, report, earlier, time },
        bring: (wanted, look) => bringAnd(run, wanted, look),
      },
      brought,
    )
    await bringContents(run, { repositories, local, earlier: base, count, time, lacks: brought.lacks })
    await writeCommitParts(local.cwd, brought)
    const replaces = here !== undefined && (!bringing.trusts || (await isMore(local.cwd, brought, here)))
    await mirrors.publish(local.cwd, mirror, commit, { replaces })
    return { ...found, left: leftOf(brought) }
  })
}

/** Says whether a repository has more parts than the one that is here. */
async function isMore(cwd: string, brought: CommitParts, here: string): Promise<boolean> {
  const before = await partsOf(here)
  if (before === undefined || before.rules !== brought.rules) return true
  const [now, then] = [await lfsObjectsIn(cwd), await lfsObjectsIn(here)]
  return brought.modules.length + now.size > before.modules.length + then.size
}

interface Contents {
  repositories: readonly FollowedRepository[]
  local: Local
  earlier: string | undefined
  count: Count
  time: AbortSignal
  lacks: CommitParts['lacks']
}

/** Brings the contents of files of Git LFS, and adds to the lacks those that cannot be had. */
async function bringContents(run: Run, { repositories, local, earlier, count, time, lacks }: Contents): Promise<void> {
  const { rules, report } = run
  const signal = AbortSignal.any([local.signal, time])
  const missing = await fetchLfs(
    {
      ...{ repository: local.cwd, earlier, report },
      clientFor: (remote) => createLfsClient(run, remote, signal),
      problem: (error) => problemOf(error, local.signal, time),
      count({ bytes }, files) {
        const more = files.reduce((sum, file) => sum + bytes - file.bytes, 0)
        if (Math.max(count.bytes + more, run.bytes + bytes) > rules.maxBytes) return tooLarge(rules.maxBytes)
        count.bytes += more
        run.bytes += bytes
        return undefined
      },
    },
    repositories.map(({ remote, credentials, tree }) => ({ remote, credentials, files: tree.files })),
  )
  const byProblem = Map.groupBy(missing, ({ error }) => error.message)
  for (const [problem, objects] of byProblem) {
    const paths = objects.flatMap(({ files }) => files.map(({ path }) => path))
    tell(report, `In place of files of Git LFS stand their pointers (${problem})`, paths)
    const passes = objects.some(({ error }) => error.cause !== 'too large')
    for (const path of paths.slice(0, mostLacks - lacks.length)) lacks.push({ path, problem, passes })
  }
}

/** Returns the parts of a commit that is here; undefined when they were never looked for, or cannot be read. */
async function partsOf(folder: string): Promise<CommitParts | undefined> {
  return readCommitParts(folder).catch((error: unknown) => {
    if (!isDamage(error)) throw error
    return undefined
  })
}

/** Brings a repository and looks at it. Does all of it once more without the earlier one, where that may be the reason for a failure. */
async function bringAnd<T>(run: Run, wanted: WantedRepository, look: () => Promise<T>): Promise<T> {
  const { bytes } = run
  try {
    await bringRepository(run, wanted)
    return await look()
  } catch (error) {
    run.bytes = bytes
    if (wanted.signal.aborted || wanted.from === undefined || !mayBeOfTheBase(error)) throw error
  }
  run.report('Fetching all of the commit anew.')
  await removeTree(wanted.cwd)
  return bringAnd(run, { ...wanted, from: undefined }, look)
}

async function bringRepository(run: Run, { source, commit, cwd, from, signal }: WantedRepository): Promise<void> {
  const { mirrors, reach, rules, folder, report } = run
  const room = rules.maxBytes - run.bytes
  if (room <= 0) throw tooLarge(rules.maxBytes)
  await makeRepository(cwd, commit)
  const isBorrowed = from !== undefined && (await mirrors.using(from.cwd, () => borrow(from.cwd, cwd)))
  if (isBorrowed && from.commit === commit) await writeFile(join(cwd, refOfCommit), `${commit}\n`, { mode: 0o600 })
  else
    await fetchCommit(reach, { ...rules, maxBytes: room }, source, commit, cwd, { folder, signal, report }).catch(
      async (error) => {
        // The kernel ended git at this size, of which git says nothing that could be relied on.
        throw (await bytesOfObjects(cwd)) >= room ? tooLarge(rules.maxBytes) : error
      },
    )
  const bytes = await bytesOfObjects(cwd)
  if (bytes > room) throw tooLarge(rules.maxBytes)
  run.bytes += bytes
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
