/** The keys that a host of SSH shows, for a person to compare before any of ours is sent there. */
import { createReach } from '../../git/reach.ts'
import { readRemote } from '../../git/remote-url.ts'
import { askForHostKeys, knownHostsOf } from '../../git/ssh/known-hosts.ts'
import { fingerprintOf, type PublicKey } from '../../git/ssh/public-key.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { asAnswer, confirmHost, type KeyGiver } from './give.ts'
import type { KeyTarget } from './target.ts'

/** Asks the host for its keys, by the rules for addresses. */
export async function lookAtHost({ config }: Hub, { owner, url }: KeyTarget): Promise<PublicKey[]> {
  const { git, builds } = config
  const hosts = owner.startsWith('image:') ? [...git.hosts, ...builds.gitHosts] : git.hosts
  try {
    return await askForHostKeys(createReach(hosts), url, AbortSignal.timeout(30_000))
  } catch (error) {
    throw asAnswer(error)
  }
}

/**
 * Confirms the key of this fingerprint, as a person has compared it. The host is asked again, so that what counts is exactly what was compared;
 * throws 409 where it shows no such key.
 */
export async function confirmFingerprint(
  hub: Hub,
  target: KeyTarget,
  by: KeyGiver,
  fingerprint: string,
): Promise<void> {
  const shown = await lookAtHost(hub, target)
  const meant = shown.filter((key) => fingerprintOf(key) === fingerprint.trim())
  const remote = readRemote(target.url)
  if (meant.length > 0) return confirmHost(hub, target, by, knownHostsOf(remote, meant))
  const all = shown.map((key) => `${fingerprintOf(key)} (${key.type})`).join(', ')
  throw new HttpError(
    409,
    'other_host_key',
    say`${remote.host} shows ${all}, and not the fingerprint that you have confirmed.`,
  )
}
