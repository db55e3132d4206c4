import { isRunning, keyOf } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { Hub } from '../../hub.ts'
import { memoryOf } from './ended.ts'

/** Returns the memory that a server takes and may take, for people; null where the first is not known. */
export async function memoryInUse(hub: Hub, server: Server): Promise<{ bytes: number; limit: number | null } | null> {
  const bytes = isRunning(server) ? await hub.usedMemory(keyOf(server)) : undefined
  if (bytes === undefined) return null
  const isLimited = hub.config.spawner.enforcesLimits !== false
  return { bytes, limit: (isLimited && (await memoryOf(hub, server))) || null }
}
