/** A hub with hooks in its config, and what these were told. */
import type { ConfigInput, Hooks } from '../../../config/config.ts'
import type { ReadyQuestion, StartQuestion, StoppedRun } from '../../../config/sections/hooks.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

export const demo = '/tmplogin?course=demo'

export interface Told {
  beforeStart: StartQuestion[]
  whenReady: ReadyQuestion[]
  afterStop: StoppedRun[]
}

export interface HookHub {
  hub: TestHub
  world: FakeServers
  browser: HttpBrowser
  /** What each hook was called with, in order. */
  told: Told
  /** Returns the server's row. */
  row(): Promise<Record<string, unknown> & { id: string; run: number; state: string }>
  isIn(state: string): Promise<unknown>
  /** Stops the server by the button of its owner. */
  stopServer(): Promise<void>
  close(): Promise<void>
}

export type GivenHooks = Hooks & { timeoutSeconds?: number }

/** Starts a hub with these hooks. Each of them is called as it is, after its question was noted. */
export async function startHookHub(
  database: string | undefined,
  hooks: GivenHooks,
  config: Partial<ConfigInput> = {},
): Promise<HookHub> {
  const world = createFakeServers()
  const told: Told = { beforeStart: [], whenReady: [], afterStop: [] }
  const noting: GivenHooks = {
    ...(hooks.timeoutSeconds !== undefined && { timeoutSeconds: hooks.timeoutSeconds }),
    ...(hooks.beforeStart && {
      beforeStart(start) {
        told.beforeStart.push(start)
        return hooks.beforeStart?.(start)
      },
    }),
    ...(hooks.whenReady && {
      whenReady(ready) {
        told.whenReady.push(ready)
        return hooks.whenReady?.(ready)
      },
    }),
    ...(hooks.afterStop && {
      afterStop(stop) {
        told.afterStop.push(stop)
        return hooks.afterStop?.(stop)
      },
    }),
  }
  const hub = await startTestHub({ ...(database && { database }), world, config: { ...config, hooks: noting } })
  const browser = hub.browser()
  const row = () => hub.db('servers').first()
  return {
    hub,
    world,
    browser,
    told,
    row,
    isIn: (state) => until(async () => (await row()).state === state),
    async stopServer() {
      await browser.submit(`/hub/servers/${(await row()).id}/stop`)
    },
    async close() {
      await hub.stop()
      await world.close()
    },
  }
}

/** Returns the rows of all tables, and the log, as one text, in which no secret must be. */
export async function allThatIsKept({ hub }: HookHub): Promise<string> {
  const tables = [
    'servers',
    'events',
    'definitions',
    'untold',
    'troubles',
    'launches',
    'users',
    'courses',
    'installation',
  ]
  const rows = await Promise.all(tables.map((table) => hub.db(table)))
  return JSON.stringify([rows, hub.log])
}
