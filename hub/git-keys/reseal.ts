/** Seals the secrets of repositories anew when the installation's keys are rotated, so that an old key can be dropped. */
import { gitKeysSealedOtherwise, putSealedAnew } from '../db/repositories/git-keys.ts'
import { messageOf } from '../errors.ts'
import { aboutOf, type KeyHub } from './credentials.ts'
import { openSecret, sealSecret } from './seal.ts'

/**
 * Returns the chore. It also acts when keys change, with those that this process has known: so a key that is dropped in the same moment in
 * which the new one comes takes no secret with it, while a hub runs.
 */
export function createResealing(hub: KeyHub): { act(): Promise<void>; stop(): void } {
  const { keys } = hub.secrets
  const known = new Map(keys.all.map((key) => [key.kid, key]))
  const lost = new Set<string>()

  async function act(): Promise<void> {
    for (const key of keys.all) known.set(key.kid, key)
    for (const row of await gitKeysSealedOtherwise(hub.db, keys.all[0].kid)) {
      const secret = openSecret((kid) => keys.find(kid) ?? known.get(kid), aboutOf(row), row)
      if (secret !== undefined) {
        await putSealedAnew(hub.db, row, sealSecret(hub, aboutOf(row), secret))
        hub.log.info({ owner: row.owner, kid: keys.all[0].kid }, 'the key of a repository is sealed anew')
      } else if (!lost.has(row.sealed)) {
        lost.add(row.sealed)
        hub.log.warn(
          { owner: row.owner, kid: row.kid },
          'the key of a repository cannot be opened: the key that has sealed it is gone. Give it again',
        )
      }
    }
    for (const kid of known.keys()) if (!keys.all.some((key) => key.kid === kid)) known.delete(kid)
  }

  const stop = keys.onChange(() => {
    act().catch((error: unknown) => {
      // The next round of the chore tries again.
      hub.log.warn({ reason: messageOf(error) }, 'could not seal the keys of repositories anew')
    })
  })
  return { act, stop }
}
