/** Starts all that exchanges meet: hub and proxy as processes, the servers behind them, and the bystander. */
import { mkdtemp, rm } from 'node:fs/promises'
import type { NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Door, Exchange } from '../exchange.ts'
import type { PlaceholderValues } from '../placeholders.ts'
import { play, type Seen } from '../play.ts'
import { type Bystander, startBystander, startHonestServer } from './bystander.ts'
import { areValid, type Doors, placeholderValues, seat, tidyRoutes } from './cast.ts'
import { startHostileServer } from './hostile-server.ts'
import { bystander as bystandersName, type HubSettings } from './people.ts'
import { type Watched, watch } from './watched.ts'

export interface FuzzWorld {
  processes: Watched<unknown>[]
  bystander: Bystander
  play(exchange: Exchange, number: number): Promise<Seen>
  /** Resets all connections at the hostile server. */
  cut(): void
  /** Signs all users in and gives them their seats again, and removes all routes but theirs. */
  tidy(): Promise<void>
  stop(): Promise<void>
}

export async function openFuzzWorld(): Promise<FuzzWorld> {
  const cleanup = new AsyncDisposableStack()
  try {
    return await open(cleanup)
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}

async function open(cleanup: AsyncDisposableStack): Promise<FuzzWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-fuzz-'))
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
  const socket = join(dataDir, 'hub.sock')
  const hostile = await startHostileServer()
  cleanup.defer(() => hostile.stop())
  const honest = await startHonestServer(cleanup)

  const hubEndpoint = `unix+http://${encodeURIComponent(socket)}`
  const proxy = await watch<{ url: string; apiUrl: string }>('proxy', 'proxy-process.ts', hubEndpoint)
  cleanup.defer(() => proxy.stop())
  const settings: HubSettings = { dataDir, socket, proxy: proxy.ready.apiUrl, hostile: hostile.url, honest: honest.url }
  const hub = await watch<{ internal: string }>('hub', 'hub-process.ts', JSON.stringify(settings))
  cleanup.defer(() => hub.stop())

  const doors: Doors = { proxyUrl: proxy.ready.url, apiUrl: proxy.ready.apiUrl }
  const places: Record<Door, NetConnectOpts> = {
    proxy: placeOf(doors.proxyUrl),
    routes: placeOf(doors.apiUrl),
    internal: placeOf(hub.ready.internal),
    hub: { path: socket },
  }
  const bob = await seat(doors, bystandersName)
  const page = async () => bob.browser.navigate('/hub/home')
  const bystander = await startBystander({ ...doors, ...bob, honest, page })
  cleanup.defer(() => bystander.close())
  await tidyRoutes(doors, hostile.url)
  let words: PlaceholderValues = await placeholderValues(doors)

  return {
    processes: [proxy, hub],
    bystander,
    play: (exchange, number) => play(exchange, number, { hostile, words, where: places[exchange.door] }),
    cut: () => hostile.cut(),
    async tidy() {
      await tidyRoutes(doors, hostile.url)
      if (!(await areValid(doors, words))) words = await placeholderValues(doors)
    },
    stop: () => cleanup.disposeAsync(),
  }
}

function placeOf(url: string): NetConnectOpts {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
