/** Measures what a hub costs that does nothing but its own work, beside JupyterHub with an equal spawner and proxy. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingPostgresql, postgresqlDatabase } from '../../test/helpers/engines/postgresql.ts'
import type { HubContender } from './contender.ts'
import { prepareJupyterHub } from './jupyterhub.ts'
import { prepareOurs } from './ours.ts'
import {
  addMore,
  bulk,
  closeSide,
  createResults,
  fill,
  lists,
  type Measured,
  openSide,
  type Plan,
  prepareUsers,
  type Results,
  restarts,
  type Side,
  sharedStarts,
  starts,
  whoami,
} from './phases.ts'
import { type HeldIn, watchedRun } from './watched.ts'
import type { World } from './world.ts'

export const parts = ['bulk', 'lists', 'user', 'starts', 'restart', 'postgresql', 'stalls'] as const
export type Part = (typeof parts)[number]

export interface HubOptions {
  plan: Plan
  /** The parts to measure; none means all. */
  only: readonly Part[]
  /** Installs JupyterHub and returns the folder of its programs. Undefined when only our hub is measured. */
  peer: (() => Promise<string>) | undefined
  report(line: string): void
  signal: AbortSignal
}

export interface HubResult {
  rows: Measured[]
  /** What held our hub's event loop; undefined when that was not watched. */
  held: HeldIn[] | undefined
  notes: string[]
}

export async function benchHub({ plan, only, peer, report, signal }: HubOptions): Promise<HubResult> {
  const wants = (part: Part) => only.length === 0 || only.includes(part)
  const results = createResults()
  const notes: string[] = []
  await using opened = new AsyncDisposableStack()
  const stopOnSignal = () => signal.throwIfAborted()
  const bin = await peer?.()
  const root = await mkdtemp(join(tmpdir(), 'carrel-bench-hub-'))
  opened.defer(() => rm(root, { recursive: true, force: true, maxRetries: 5 }))
  const proxyToken = randomBytes(32).toString('hex')
  const world = await openWorld(opened, proxyToken, 4)

  const dirOf = async (name: string) => {
    const dir = join(root, name)
    await mkdir(dir, { mode: 0o700 })
    return dir
  }
  const around = (index: number) => ({ backend: world.backend, proxy: world.proxies[index] ?? '', proxyToken })
  const ours = await prepareOurs({ dir: await dirOf('ours'), ...around(0) })
  const contenders = [ours]
  if (bin !== undefined) contenders.push(await prepareJupyterHub({ bin, dir: await dirOf('jupyterhub'), ...around(1) }))

  if (['bulk', 'lists', 'user', 'starts', 'restart'].some((part) => wants(part as Part))) {
    report('starting the hubs')
    const sides = await openSides(contenders, plan)
    try {
      if (wants('bulk')) report('making users')
      await (wants('bulk')
        ? bulk(results, sides, plan)
        : prepareUsers(sides, wants('lists') || wants('restart') ? plan.users : plan.starts))
      for (const [part, measure] of Object.entries({ lists, user: whoami, starts })) {
        stopOnSignal()
        if (!wants(part as Part)) continue
        report(`measuring ${part}`)
        await measure(results, sides, plan)
      }
      if (wants('restart')) for (const side of sides) await fill(side, plan.running, plan)
    } finally {
      for (const side of sides) await closeSide(side)
    }
  }
  if (wants('restart')) {
    report('measuring restarts')
    await restarts(results, contenders, plan)
    for (const contender of contenders) {
      stopOnSignal()
      report(`${contender.name}: adding users up to ${plan.manyUsers}`)
      await addMore(contender, plan)
      const side = await openSide(contender, plan.atOnce)
      await fill(side, plan.manyRunning, plan).finally(() => closeSide(side))
    }
    await restarts(results, contenders, { ...plan, users: plan.manyUsers, running: plan.manyRunning })
  }
  stopOnSignal()
  if (wants('postgresql')) {
    const missing = missingPostgresql()
    if (missing === undefined) {
      report('measuring two hubs on PostgreSQL')
      await twoHubs(results, plan, dirOf, around(2))
    } else notes.push(`Two hubs on PostgreSQL were not measured: ${missing}`)
  }
  stopOnSignal()
  let held: HeldIn[] | undefined
  if (wants('stalls')) {
    report('looking for what holds the event loop')
    const dir = await dirOf('watched')
    held = await watchedRun(await prepareOurs({ dir, ...around(3) }), dir, plan)
  }
  return { rows: results.rows(), held, notes: [...results.noise(), ...notes] }
}

async function openSides(contenders: HubContender[], plan: Plan): Promise<Side[]> {
  const sides: Side[] = []
  try {
    for (const contender of contenders) sides.push(await openSide(contender, plan.atOnce))
    return sides
  } catch (error) {
    for (const side of sides) await closeSide(side)
    throw error
  }
}

async function twoHubs(
  results: Results,
  plan: Plan,
  dirOf: (name: string) => Promise<string>,
  around: { backend: string; proxy: string; proxyToken: string },
): Promise<void> {
  const database = await postgresqlDatabase()
  try {
    const contenders: HubContender[] = []
    for (const name of ['first', 'second'])
      contenders.push(await prepareOurs({ dir: await dirOf(name), ...around, database: database.url }))
    const [first] = contenders
    if (first === undefined) throw new Error('there is no hub')
    await first.addUsers(Array.from({ length: plan.starts }, (_, number) => `user-${number}`))
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [name, hubs] of [
        ['one hub', [first]],
        ['two hubs', contenders],
      ] as const) {
        const sides = await openSides([...hubs], plan)
        try {
          await sharedStarts(results, name, sides, plan)
        } finally {
          for (const side of sides) await closeSide(side)
        }
      }
    }
  } finally {
    await database.remove()
  }
}

async function openWorld(opened: AsyncDisposableStack, proxyToken: string, proxies: number): Promise<World> {
  const child = fork(join(import.meta.dirname, 'world.ts'), [proxyToken, String(proxies)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  opened.defer(() => end(child))
  const [world] = (await once(child, 'message')) as [World]
  return world
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}
