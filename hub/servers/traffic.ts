import { readClock } from '../db/clock.ts'
import { noteCollected } from '../db/proxies.ts'
import { addTraffic } from '../db/servers/activity.ts'
import { runsWithDesks } from '../db/servers/desks.ts'
import { serversById } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** Writes the traffic that every proxy has seen into the database, with times by the database's clock. */
export async function collectTraffic(hub: Hub): Promise<void> {
  for (const proxy of hub.proxies.all) {
    try {
      const { clock, routes } = await proxy.routes()
      const offset = (await readClock(hub.db)) - clock
      const known = new Set(await knownServers(hub, [...routes.values()]))
      const atDesks = await runsWithDesks(hub.db)
      const seen = [...routes.values()].flatMap(({ server, run, lastActivity, lastUse }) => {
        if (server === undefined || run === undefined || !known.has(server)) return []
        // The desk says whether its page is in front of the learner, so what open pages ask by themselves does not.
        const at = atDesks.has(`${server} ${run}`) ? lastUse : lastActivity
        return [{ server, run, at: at + offset }]
      })
      await addTraffic(hub.db, seen)
      await noteCollected(hub.db, proxy.url)
    } catch (error) {
      if (proxy.isStarting()) continue
      hub.log.error(
        { proxy: proxy.url, reason: messageOf(error) },
        'a proxy did not tell of its traffic; its servers count as active',
      )
    }
  }
}

/** Returns the servers of these routes that exist. A proxy may still hold routes of servers whose row is deleted. */
async function knownServers(hub: Hub, routes: { server: string | undefined }[]): Promise<string[]> {
  const rows = await serversById(
    hub.db,
    routes.flatMap(({ server }) => server ?? []),
  )
  return rows.map((row) => row.id)
}
