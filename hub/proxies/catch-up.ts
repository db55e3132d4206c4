import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '../hub.ts'
import type { ProxyClient } from './clients.ts'
import { syncProxy, wantedRoutes } from './sync-routes.ts'

/** Together they are what a proxy that is back may still let in what has ended: below a second. */
const pauseMilliseconds = 250
const answerMilliseconds = 700

/** A proxy that missed a write of this hub is asked until it answers again, and brought up to date at once. */
export function startCatchUp(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const { signal } = controller
  /** Proxies -> whether they have missed something since they were last brought up to date. */
  const behind = new Map<ProxyClient, boolean>()
  const loops = new Set<Promise<void>>()

  const follow = async (proxy: ProxyClient) => {
    while (behind.get(proxy) && !signal.aborted) {
      await sleep(pauseMilliseconds, undefined, { signal }).catch(() => undefined)
      try {
        await proxy.digest(answerMilliseconds)
        behind.set(proxy, false)
        await syncProxy(hub, proxy, await wantedRoutes(hub))
        if (!behind.get(proxy)) hub.log.info({ proxy: proxy.url }, 'a proxy is back and has been brought up to date')
      } catch {
        behind.set(proxy, true)
      }
    }
    behind.delete(proxy)
  }

  hub.proxies.onMiss((proxy) => {
    const isFollowed = behind.has(proxy)
    behind.set(proxy, true)
    if (isFollowed || signal.aborted) return
    const loop = follow(proxy).finally(() => loops.delete(loop))
    loops.add(loop)
  })

  return {
    async stop() {
      controller.abort()
      await Promise.all(loops)
    },
  }
}
