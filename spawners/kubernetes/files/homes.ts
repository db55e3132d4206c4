/** Keeps homes as claims for storage. Only `remove` ever removes one. */
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node'
import type { HomeSpec, Homes, MountedHome } from '../../files.ts'
import { type Installation, SpawnError } from '../../spawner.ts'
import type { PodApi } from '../api/api.ts'
import type { RunErrand } from '../errand-pod.ts'
import { labelSelector } from '../labels.ts'
import type { KubernetesOptions } from '../options.ts'
import { pause } from '../start.ts'
import { buildClaim, claimName, claimState, homeOf } from './claim.ts'
import { measureClaim } from './measure.ts'

/** Seconds to wait until a claim is gone. The cluster keeps it while a pod uses it. */
const patienceSeconds = 60

export function claimedHomes(
  api: PodApi,
  installation: Installation,
  options: KubernetesOptions,
  run: RunErrand,
): Homes {
  return {
    async make(home, { signal }) {
      const made = await api.claims.create(buildClaim(home, installation, options), signal)
      const claim = made ?? (await api.claims.get(claimName(home.id), signal))
      if (claim === undefined || claim.metadata?.deletionTimestamp !== undefined) {
        throw new Error(`${nameIn(api, home.id)} is being removed`)
      }
      if (!isOf(claim, home, installation)) throw new Error(`${nameIn(api, home.id)} belongs to something else`)
      return claimState(claim)
    },

    async list() {
      const claims = await api.claims.list(labelSelector(installation, 'home'))
      return claims.flatMap((claim) => homeOf(claim, installation) ?? [])
    },

    async measure(id, state, { signal }) {
      const claim = await api.claims.get(claimName(id), signal)
      if (claim === undefined || !isHome(claim, id, state?.uid, installation)) return undefined
      return measureClaim(claim, { id, state: claimState(claim) }, options, run, signal)
    },

    async remove(id, state) {
      const name = claimName(id)
      const claim = await api.claims.get(name)
      if (claim === undefined || !isHome(claim, id, state?.uid, installation)) return
      const uid = claim.metadata?.uid ?? ''
      const [user] = await api.list(labelSelector(installation, 'home', id))
      if (user !== undefined) throw new Error(`pod ${user.metadata?.name} still uses ${nameIn(api, id)}`)
      await api.claims.remove(name, uid)
      const deadline = performance.now() + patienceSeconds * 1000
      while ((await api.claims.get(name))?.metadata?.uid === uid) {
        if (performance.now() > deadline) throw new Error(`${nameIn(api, id)} does not go: something still uses it`)
        await pause(250, undefined)
      }
    },
  }
}

/** Throws unless the home is there, since a pod would wait for its claim for ever. */
export async function requireClaim(
  api: PodApi,
  { id, state }: MountedHome,
  installation: Installation,
  signal: AbortSignal,
): Promise<void> {
  const claim = await api.claims.get(claimName(id), signal)
  const isThere = claim !== undefined && isHome(claim, id, state.uid, installation)
  if (isThere && claim.metadata?.deletionTimestamp === undefined) return
  throw new SpawnError("The learner's files are not there.", { detail: `${nameIn(api, id)} is gone`, lasts: true })
}

function isOf(claim: V1PersistentVolumeClaim, { id, account, course }: HomeSpec, installation: Installation): boolean {
  const found = homeOf(claim, installation)
  return found !== undefined && found.id === id && found.account === account && found.course === course
}

/** Returns whether the claim is this very home, and not another one that got its name later. */
function isHome(claim: V1PersistentVolumeClaim, id: string, uid: unknown, installation: Installation): boolean {
  return homeOf(claim, installation)?.id === id && (uid === undefined || claim.metadata?.uid === uid)
}

function nameIn(api: PodApi, id: string): string {
  return `the claim ${claimName(id)} in namespace ${api.namespace}`
}
