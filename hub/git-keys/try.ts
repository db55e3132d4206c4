/** Tries what was given for a private repository at once, so that the one who gives it learns whether it works. */
import { isHash } from '../../git/refs.ts'
import { say, type Text } from '../../words/text.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { withCredentials } from './credentials.ts'
import type { KeyTarget } from './target.ts'

/** The longest time for which a page or a program waits. */
const milliseconds = 30_000

/**
 * Asks the repository for its commit, and fetches nothing. Returns whether the key has opened it; undefined where that is not known, as
 * of a host that does not answer in time. Why it has not is noted with the key, as for each other use. Never rejects: the key is given
 * by now.
 */
export async function tryKey(
  hub: Pick<Hub, 'builds' | 'content' | 'db' | 'log' | 'secrets'>,
  { owner, url, ref }: KeyTarget,
): Promise<boolean | undefined> {
  const git = owner.startsWith('image:') ? hub.builds.git : hub.content.git
  if (git === undefined) return undefined
  // A whole commit is known without a question, so the main branch is asked for instead.
  const asked = ref !== undefined && isHash(ref) ? undefined : ref
  const signal = AbortSignal.timeout(milliseconds)
  try {
    await withCredentials(hub, owner, url, (credentials) =>
      git.resolve({ url, ref: asked, ...(credentials && { credentials }) }, { signal }),
    )
    return true
  } catch (error) {
    if (signal.aborted) return undefined
    if ((error as Error).name === 'GitError') return false
    hub.log.warn({ owner, reason: messageOf(error) }, 'could not try the key of a repository')
    return undefined
  }
}

/** Returns in words how that went, behind what was done. */
export function triedText(opens: boolean | undefined): Text {
  if (opens === undefined)
    return say`Whether it opens the repository is not known yet: it could not be asked, or did not answer in time.`
  return opens ? say`It opens the repository.` : say`It does not open the repository.`
}
