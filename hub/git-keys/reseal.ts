/** Seals the secrets of repositories anew when the installation's keys are rotated, so that an old key can be dropped. */
import { gitKeysSealedOtherwise, putSealedAnew } from '../db/repositories/git-keys.ts'
import { pullHooksSealedOtherwise, putHookSealedAnew } from '../db/repositories/pull-hooks.ts'
import { messageOf } from '../errors.ts'
import { aboutOf, type KeyHub } from './credentials.ts'
import { aboutHook } from './pull-hook.ts'
import { openSecret, type Sealed, sealSecret } from './seal.ts'

/** A secret that another key than the first has sealed. */
interface Old extends Sealed {
  /** What logs call it. */
  name: string
  about: string[]
  put(anew: Sealed): Promise<void>
}

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
    for (const { name, about, put, ...old } of await sealedOtherwise(hub, keys.all[0].kid)) {
      const secret = openSecret((kid) => keys.find(kid) ?? known.get(kid), about, old)
      if (secret !== undefined) {
        await put(sealSecret(hub, about, secret))
        hub.log.info({ of: name, kid: keys.all[0].kid }, 'a secret of a repository is sealed anew')
      } else if (!lost.has(old.sealed)) {
        lost.add(old.sealed)
        hub.log.warn(
          { of: name, kid: old.kid },
          'a secret of a repository cannot be opened: the key that has sealed it is gone. Give or make it again',
        )
      }
    }
    for (const kid of known.keys()) if (!keys.all.some((key) => key.kid === kid)) known.delete(kid)
  }

  const stop = keys.onChange(() => {
    act().catch((error: unknown) => {
      // The next round of the chore tries again.
      hub.log.warn({ reason: messageOf(error) }, 'could not seal the secrets of repositories anew')
    })
  })
  return { act, stop }
}

async function sealedOtherwise({ db }: KeyHub, first: string): Promise<Old[]> {
  const ofKeys = (await gitKeysSealedOtherwise(db, first)).map((key): Old => {
    const { owner: name, kid, sealed } = key
    return { name, kid, sealed, about: aboutOf(key), put: (anew) => putSealedAnew(db, key, anew) }
  })
  const ofHooks = (await pullHooksSealedOtherwise(db, first)).map((hook): Old => {
    const { course, kid, sealed } = hook
    const put = (anew: Sealed) => putHookSealedAnew(db, hook, anew)
    return { name: `pull hook of ${course}`, kid, sealed, about: aboutHook(hook), put }
  })
  return [...ofKeys, ...ofHooks]
}
