import { setTimeout as sleep } from 'node:timers/promises'
import { hasFreeBuild, takeBuilds } from '../db/builds/builds.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { carryBuild } from './build.ts'

const pollMilliseconds = 1000

/** Begins builds that wait, and takes over those that no living hub works on. Needs no notification. */
export function startBuilds(hub: Hub): { stop(): Promise<void> } {
  const names = Object.keys(hub.config.builds.images)
  const controller = new AbortController()
  const loop = names.length === 0 ? Promise.resolve() : pollLoop(hub, names, controller.signal)
  return {
    async stop() {
      controller.abort()
      await loop
      await hub.buildTasks.stop()
    },
  }
}

async function pollLoop(hub: Hub, names: string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await beginBuilds(hub, names)
    } catch (error) {
      hub.log.warn({ reason: messageOf(error) }, 'could not look which images are to be built; trying again')
    }
    const woken = hub.builds.woken()
    await Promise.race([sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined), woken])
  }
}

async function beginBuilds(hub: Hub, names: readonly string[]): Promise<void> {
  const tasks = hub.buildTasks
  const busy = tasks.busy().map(Number)
  if (!(await hasFreeBuild(hub.db, hub.id, busy))) return
  for (const { build, hold } of await takeBuilds(hub.db, hub.id, { names, busy, atOnce: hub.config.builds.atOnce })) {
    hub.log.info({ build: build.id, name: build.name }, build.epoch > 1 ? 'took over a build' : 'a build has begun')
    tasks.run(String(build.id), (signal) => carryBuild(hub, build, hold, signal))
  }
}
