/** Measures what a hub costs that does nothing but its own work, beside JupyterHub with an equal spawner and proxy. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyPostgresqlDatabase, missingPostgresql } from '../../test/helpers/engines/postgresql.ts'
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
}

export interface HubResult {
  rows: Measured[]
  /** What held our hub's event loop; undefined when that was not watched. */
  held: HeldIn[] | undefined
  notes: string[]
  /** Why the benchmark ended before its end; what was measured until then is there. */
  failure?: string
}

/** What all parts of one run share. */
interface Run {
  plan: Plan
  results: Results
  wants(part: Part): boolean
  /** Says what comes next, unless the run was interrupted. */
  next(what: string): void
  dirOf(name: string): Promise<string>
  /** What stands around the hub of this number. */
  around(index: number): { backend: string; proxy: string; proxyToken: string }
}

export async function benchHub({ plan, only, peer, report }: HubOptions): Promise<HubResult> {
  await using opened = new AsyncDisposableStack()
  const bin = await peer?.()
  const root = await mkdtemp(join(tmpdir(), 'carrel-bench-hub-'))
  opened.defer(() => rm(root, { recursive: true, force: true, maxRetries: 5 }))
  const proxyToken = randomBytes(32).toString('hex')
  const world = await openWorld(opened, proxyToken, 4)
  const results = createResults()
  const run: Run = {
    plan,
    results,
    wants: (part) => only.length === 0 || only.includes(part),
    next(what) {
      plan.signal.throwIfAborted()
      report(what)
    },
    async dirOf(name) {
      const dir = join(root, name)
      await mkdir(dir, { mode: 0o700 })
      return dir
    },
    around: (index) => ({ backend: world.backend, proxy: world.proxies[index] ?? '', proxyToken }),
  }
  const notes: string[] = []
  let held: HeldIn[] | undefined
  const result = (): HubResult => ({ rows: results.rows(), held, notes: [...results.noise(), ...notes] })
  try {
    const contenders = await prepare(run, bin)
    await askAll(run, contenders)
    if (run.wants('restart')) await restartAll(run, contenders)
    const missing = missingPostgresql()
    if (run.wants('postgresql') && missing === undefined) await twoHubs(run)
    else if (run.wants('postgresql')) notes.push(`Two hubs on PostgreSQL were not measured: ${missing}`)
    if (run.wants('stalls')) held = await watch(run)
    return result()
  } catch (error) {
    if (results.rows().length === 0) throw error
    return { ...result(), failure: error instanceof Error ? error.message : String(error) }
  }
}

async function prepare({ dirOf, around }: Run, bin: string | undefined): Promise<HubContender[]> {
  const ours = await prepareOurs({ dir: await dirOf('ours'), ...around(0) })
  if (bin === undefined) return [ours]
  return [ours, await prepareJupyterHub({ bin, dir: await dirOf('jupyterhub'), ...around(1) })]
}

/** Measures what all hubs are asked for in turn, while all of them run. Leaves them stopped. */
async function askAll({ plan, results, wants, next }: Run, contenders: HubContender[]): Promise<void> {
  if (!(['bulk', 'lists', 'user', 'starts', 'restart'] as const).some(wants)) return
  next('starting the hubs')
  const sides = await openSides(contenders, plan)
  try {
    next('making users')
    if (wants('bulk')) await bulk(results, sides, plan)
    else await prepareUsers(sides, wants('lists') || wants('restart') ? plan.users : plan.starts)
    for (const [part, measure] of [
      ['lists', lists],
      ['user', whoami],
      ['starts', starts],
    ] as const) {
      if (!wants(part)) continue
      next(`measuring ${part}`)
      await measure(results, sides, plan)
    }
    if (wants('restart')) for (const side of sides) await fill(side, plan.running, plan)
  } finally {
    for (const side of sides) await closeSide(side)
  }
}

async function restartAll({ plan, results, next }: Run, contenders: HubContender[]): Promise<void> {
  next('measuring restarts')
  await restarts(results, contenders, plan)
  for (const contender of contenders) {
    next(`${contender.name}: adding users up to ${plan.manyUsers}`)
    await addMore(contender, plan)
    const side = await openSide(contender, plan)
    await fill(side, plan.manyRunning, plan).finally(() => closeSide(side))
  }
  next('measuring restarts again')
  await restarts(results, contenders, { ...plan, users: plan.manyUsers, running: plan.manyRunning })
}

async function watch({ plan, next, dirOf, around }: Run): Promise<HeldIn[]> {
  next('looking for what holds the event loop')
  const dir = await dirOf('watched')
  return watchedRun(await prepareOurs({ dir, ...around(3) }), dir, plan)
}

async function openSides(contenders: HubContender[], plan: Plan): Promise<Side[]> {
  const sides: Side[] = []
  try {
    for (const contender of contenders) sides.push(await openSide(contender, plan))
    return sides
  } catch (error) {
    for (const side of sides) await closeSide(side)
    throw error
  }
}

async function twoHubs({ plan, results, next, dirOf, around }: Run): Promise<void> {
  next('measuring two hubs on PostgreSQL')
  const database = await emptyPostgresqlDatabase()
  try {
    const contenders: HubContender[] = []
    for (const name of ['first', 'second'])
      contenders.push(await prepareOurs({ dir: await dirOf(name), ...around(2), database: database.url }))
    const [first] = contenders
    if (first === undefined) throw new Error('there is no hub')
    await first.addUsers(Array.from({ length: plan.starts }, (_, number) => `user-${number}`))
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [name, hubs, atOnce] of [
        ['one hub', [first], plan.atOnce],
        ['two hubs', contenders, plan.atOnce],
        ['two hubs, as many at a time for each', contenders, 2 * plan.atOnce],
      ] as const) {
        const sides = await openSides([...hubs], plan)
        try {
          await sharedStarts(results, name, sides, plan, atOnce)
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
