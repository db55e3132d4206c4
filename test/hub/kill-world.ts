import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { pino } from 'pino'
import type { Cleanup } from '../helpers/cleanup.ts'
import { type FakeProxy, startFakeProxy } from '../helpers/fake-proxy.ts'
import { createFakeServers, type FakeServers } from '../helpers/fake-spawners.ts'
import type { FakeImages } from '../helpers/fakes/fake-images.ts'
import { lookInto, secrets } from '../helpers/test-hub.ts'
import { type HubOfWorld, startHubOfWorld } from './hub-of-world.ts'

/** What hubs in processes of their own have in common, and what is left when one of them is killed. */
export interface KillWorld {
  world: FakeServers
  /** Where a hub in another process reaches these servers. */
  worldUrl: string
  proxy: FakeProxy
  database: string
  dataDir: string
  db: Knex
}

export async function openKillWorld(
  cleanup: Cleanup,
  makeDatabase: () => Promise<string>,
  images?: FakeImages,
): Promise<KillWorld> {
  const world = createFakeServers({}, images)
  const proxy = await startFakeProxy(secrets.proxyToken)
  const worldUrl = await world.serve()
  const database = await makeDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-kill-'))
  const db = lookInto(database)
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
  cleanup.defer(() => world.close())
  cleanup.defer(() => proxy.stop())
  cleanup.defer(() => db.destroy())
  return { world, worldUrl, proxy, database, dataDir, db }
}

/** Makes killed hubs look dead. Only hubs on PostgreSQL check this, since a hub on SQLite is alone. */
export async function letHubsDie({ database, db }: Pick<KillWorld, 'database' | 'db'>): Promise<void> {
  if (!database.startsWith('sqlite:')) await db('hubs').update({ seen: db.raw('seen - 31000') })
}

type Reached = Pick<KillWorld, 'database' | 'proxy' | 'worldUrl' | 'dataDir'>
type MoreSettings = Partial<HubOfWorld>

function settingsOf({ database, proxy, worldUrl, dataDir }: Reached, more: MoreSettings): HubOfWorld {
  return { database, proxy: proxy.url, world: worldUrl, dataDir, ...more }
}

/** Starts a hub of this world in this process, such as the one that comes after a killed one: a process of its own takes a second to start. */
export async function startHubHere(
  cleanup: Cleanup,
  world: Reached,
  more: MoreSettings = {},
): Promise<{ address: string; stop(): Promise<void> }> {
  const hub = await startHubOfWorld(settingsOf(world, more), pino({ level: 'silent' }))
  cleanup.defer(() => hub.stop())
  return hub
}

/**
 * Starts a hub of this world as a process of its own, for a test that kills it. `more` are further settings; `dieAt` is the
 * line of its log before which it ends as by kill -9.
 */
export async function startHubProcess(
  cleanup: Cleanup,
  world: Reached,
  more: MoreSettings & { dieAt?: string | undefined } = {},
): Promise<{ child: ChildProcess; address: string }> {
  const settings = settingsOf(world, more)
  const helpers = join(import.meta.dirname, '..', 'helpers')
  const args = ['--import', join(helpers, 'keep-compiled.js'), join(import.meta.dirname, 'hub-process.ts')]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, CARREL_TEST_HUB: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.resume()
  cleanup.defer(() => kill(child))
  const [line] = await once(child.stdout, 'data')
  return { child, address: String(line).trim() }
}

/** Kills a process, and resolves when it has ended. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
