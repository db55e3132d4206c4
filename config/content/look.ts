/** Asks the repositories of the config's courses, and of the images that the hub builds, whether they are there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitSource } from '../../git/git.ts'
import { openGit } from '../../git/open.ts'
import { isHash } from '../../git/refs.ts'
import { inParallel } from '../../net/in-parallel.ts'
import type { Config } from '../config.ts'
import type { LookResult } from '../look.ts'

/** As many repositories are asked at once. */
const atOnce = 4
/** The longest time of one question. */
const seconds = 30

interface Asked {
  check: string
  source: GitSource
  /** Hosts that may be reached though they are not public. */
  hosts: readonly string[]
}

/**
 * Returns whether each repository answers, and has the branch or tag that the config names; of a commit only a fetch can tell. Fetches
 * nothing, and knows no keys.
 */
export async function lookAtContent(
  { courses, git, builds }: Pick<Config, 'courses' | 'git' | 'builds'>,
  signal: AbortSignal,
): Promise<LookResult[]> {
  const hostsOfImages = [...git.hosts, ...builds.gitHosts]
  const asked: Asked[] = [
    ...Object.values(courses).flatMap(({ name, content, variantOf }) =>
      content === undefined || variantOf !== undefined
        ? []
        : [{ check: `content of ${name}`, source: { url: content.git, ref: content.ref }, hosts: git.hosts }],
    ),
    ...Object.entries(builds.images).map(([name, image]) => ({
      ...{ check: `image @${name}`, source: { url: image.git, ref: image.ref }, hosts: hostsOfImages },
    })),
  ]
  if (asked.length === 0) return []
  const folder = await mkdtemp(join(tmpdir(), 'carrel-look-'))
  try {
    const found: LookResult[] = []
    await inParallel(atOnce, asked, async (one) => void found.push(await lookAtOne(one, folder, signal)))
    return found.sort((a, b) => (a.check < b.check ? -1 : 1))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function lookAtOne({ check, source, hosts }: Asked, folder: string, signal: AbortSignal): Promise<LookResult> {
  const rules = { hosts, maxBytes: 2 ** 20, maxFiles: 1, seconds }
  const git = openGit({ folder, rules, mostOnDisk: rules.maxBytes })
  const { url, ref } = source
  const isCommit = ref !== undefined && isHash(ref)
  try {
    // A commit is asked for by nothing but a fetch.
    const commit = await git.resolve(isCommit ? { url } : source, { signal })
    return isCommit
      ? { check, verdict: 'unknown', message: `the repository answers; only a fetch can tell whether it has ${ref}.` }
      : { check, verdict: 'ok', message: `the repository is at ${commit}` }
  } catch (error) {
    signal.throwIfAborted()
    const { message } = error as Error
    const isClosed = /private|known ones|deploy key/.test(message)
    return isClosed
      ? { check, verdict: 'unknown', message: `${message} The key that the hub may have for it is not known here.` }
      : { check, verdict: 'problem', message }
  } finally {
    await git.close()
  }
}
