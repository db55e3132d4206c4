import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerKey, Spawner } from '../spawners/spawner.ts'

/** Removes servers that the doctor has started. `brokenOff` says that one of the starts did not come to its end. */
export async function removeProbes(spawner: Spawner, keys: ServerKey[], brokenOff: boolean): Promise<void> {
  const remove = () => Promise.all(keys.map((key) => spawner.stop(key, undefined, { graceSeconds: 1 })))
  await remove()
  if (!brokenOff) return
  // An engine may still make an object although the request for it was broken off.
  await sleep(1500)
  await remove()
}
