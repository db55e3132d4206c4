/** The parts of `bench hub`: each does the same to all hubs in turn, and returns what it has measured. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Client,
  listUsers,
  makeToken,
  makeUsers,
  openClient,
  startServer,
  stopServer,
  timed,
  whoAmI,
} from './acts.ts'
import type { HubContender, RunningHub } from './contender.ts'
import { processorMilliseconds, residentMegabytes, waitedMilliseconds } from './costs.ts'

export interface Plan {
  rounds: number
  users: number
  /** Servers that a round starts, and how many of them at a time. */
  starts: number
  atOnce: number
  /** Seconds of a round of `GET /user`, and the users whose tokens ask in turn. */
  seconds: number
  callers: number
  /** Servers that run at a restart with `users`. */
  running: number
  /** Users and servers of the other restart. */
  manyUsers: number
  manyRunning: number
  /** Seconds that a hub has to settle before its memory is read, and in which the watched hub is left alone. */
  settleSeconds: number
  aloneSeconds: number
  /** Ends everything at once. */
  signal: AbortSignal
}

export const usualPlan: Omit<Plan, 'rounds' | 'signal'> = {
  users: 10_000,
  starts: 300,
  atOnce: 50,
  seconds: 3,
  callers: 100,
  running: 500,
  manyUsers: 100_000,
  manyRunning: 1000,
  settleSeconds: 3,
  aloneSeconds: 10,
}

/** One line of the result. */
export interface Measured {
  what: string
  unit: string
  /** How many times as good as the other hub's this is to be. */
  goal?: number
  /** Whether more is better. */
  more?: boolean
  /** The values by the hub's name, one for each round. */
  values: Record<string, number[]>
}

/** A hub that runs, and the client that asks it. */
export interface Side {
  name: string
  hub: RunningHub
  client: Client
}

/** Requests before the measured ones. */
const warmRequests = 1000

const nameOf = (number: number) => `user-${number}`
const namesOf = (count: number, from = 0) => Array.from({ length: count }, (_, index) => nameOf(from + index))

export async function openSide(contender: HubContender, { atOnce, signal }: Plan, watched = false): Promise<Side> {
  const hub = await contender.start({ watched })
  return { name: contender.name, hub, client: openClient(hub, atOnce, signal) }
}

export async function closeSide({ hub, client }: Side): Promise<void> {
  await client.close()
  await hub.stop()
}

type Row = Omit<Measured, 'values'>

/** Collects values by row and hub, in the order in which they come first. */
export function createResults() {
  const rows = new Map<string, Measured>()
  const waits = new Map<string, number[]>()
  return {
    add(row: Row, hub: string, ...values: number[]): void {
      const measured = rows.get(row.what) ?? { ...row, values: {} }
      rows.set(row.what, measured)
      measured.values[hub] = [...(measured.values[hub] ?? []), ...values]
    },
    rows: () => [...rows.values()],
    /** Notes the share of a measured time in which the hub waited for a core. */
    addWait(hub: string, share: number): void {
      waits.set(hub, [...(waits.get(hub) ?? []), share])
    },
    /** Says how busy the machine was with other things. */
    noise: () =>
      [...waits].map(([hub, shares]) => {
        const [middle, most] = [quantile(shares, 0.5), Math.max(...shares)].map((share) => Math.round(share * 100))
        return `${hub} waited for a core in ${middle} % of the measured time, ${most} % at most.`
      }),
  }
}

export type Results = ReturnType<typeof createResults>

/** Returns the milliseconds on the clock that the act took, and the processor time that the hubs took meanwhile. */
async function costOf(
  results: Results,
  name: string,
  pids: number[],
  act: () => Promise<unknown>,
): Promise<{ clock: number; cpu: number }> {
  const sumOf = async (read: (pid: number) => Promise<number>) =>
    (await Promise.all(pids.map(read))).reduce((all, each) => all + each, 0)
  const [cpu, waited] = [await sumOf(processorMilliseconds), await sumOf(waitedMilliseconds)]
  const began = performance.now()
  await act()
  const clock = performance.now() - began
  results.addWait(name, ((await sumOf(waitedMilliseconds)) - waited) / pids.length / clock)
  return { clock, cpu: (await sumOf(processorMilliseconds)) - cpu }
}

export async function bulk(results: Results, sides: Side[], plan: Plan): Promise<void> {
  for (const { name, hub, client } of sides) {
    const { clock, cpu } = await costOf(results, name, [hub.pid], () => makeUsers(client, namesOf(plan.users)))
    results.add({ what: `${plan.users} users made in one request`, unit: 'ms', goal: 20 }, name, clock)
    results.add({ what: 'processor time of it', unit: 'ms' }, name, cpu)
  }
}

/** Makes the users that other parts need, unmeasured. */
export async function prepareUsers(sides: Side[], users: number): Promise<void> {
  for (const { client } of sides) await makeUsers(client, namesOf(users))
}

export async function lists(results: Results, sides: Side[], plan: Plan): Promise<void> {
  for (const { client } of sides) await listUsers(client, 200)
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const { name, hub, client } of sides) {
      for (const limit of [200, 50]) {
        const { clock, cpu } = await costOf(results, name, [hub.pid], async () => {
          const listed = await listUsers(client, limit)
          if (listed < plan.users) throw new Error(`${name} listed ${listed} users`)
        })
        const what = `all users listed, in pages of ${limit}`
        results.add({ what, unit: 'ms', goal: 3 }, name, clock)
        results.add({ what: `${what}: processor time`, unit: 'ms', goal: 3 }, name, cpu)
      }
    }
  }
}

export async function whoami(results: Results, sides: Side[], plan: Plan): Promise<void> {
  const tokens = new Map<string, string[]>()
  for (const { name, client } of sides) {
    const own: string[] = []
    for (const user of namesOf(plan.callers)) own.push(await makeToken(client, user))
    tokens.set(name, own)
    const warm = Array.from({ length: warmRequests }, (_, request) => own[request % own.length] ?? '')
    await timed(16, warm, (token) => whoAmI(client, token))
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const { name, hub, client } of sides) {
      const own = tokens.get(name) ?? []
      const until = performance.now() + plan.seconds * 1000
      let asked = 0
      const loop = async () => {
        while (performance.now() < until) {
          asked += 1
          await whoAmI(client, own[asked % own.length] ?? '')
        }
      }
      const { clock, cpu } = await costOf(results, name, [hub.pid], () => Promise.all(Array.from({ length: 16 }, loop)))
      results.add({ what: 'GET /hub/api/user, a second', unit: '', goal: 10, more: true }, name, (asked / clock) * 1000)
      results.add({ what: 'processor time of one', unit: 'ms', goal: 10 }, name, cpu / asked)
    }
  }
}

export async function starts(results: Results, sides: Side[], plan: Plan): Promise<void> {
  const names = namesOf(plan.starts)
  for (const side of sides) await warmUp(side, plan)
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const { name, hub, client } of sides) {
      let times: number[] = []
      const { clock, cpu } = await costOf(results, name, [hub.pid], async () => {
        times = await timed(plan.atOnce, names, (user) => startServer(client, user))
      })
      const row = { what: `starts a second, ${plan.atOnce} at a time`, unit: '', goal: 10, more: true }
      results.add(row, name, (names.length / clock) * 1000)
      results.add({ what: 'a start: p50', unit: 'ms' }, name, quantile(times, 0.5))
      results.add({ what: 'a start: p99', unit: 'ms' }, name, quantile(times, 0.99))
      results.add({ what: 'a start: processor time', unit: 'ms', goal: 10 }, name, cpu / names.length)
      await timed(plan.atOnce, names, (user) => stopServer(client, user))
    }
  }
}

/** Starts and stops servers unmeasured: a hub that has just begun runs code that is not compiled yet. */
async function warmUp({ client }: Side, plan: Plan): Promise<void> {
  const names = namesOf(plan.starts)
  await timed(plan.atOnce, names, (user) => startServer(client, user))
  await timed(plan.atOnce, names, (user) => stopServer(client, user))
}

/** Starts the servers of the first so many users, of which some may run. */
export async function fill({ client }: Side, running: number, plan: Plan): Promise<void> {
  await timed(plan.atOnce, namesOf(running), (user) => startServer(client, user))
}

/** Starts each hub again and again on its database, and leaves it stopped. */
export async function restarts(
  results: Results,
  contenders: HubContender[],
  { users, running, rounds, settleSeconds }: Pick<Plan, 'users' | 'running' | 'rounds' | 'settleSeconds'>,
): Promise<void> {
  const of = `${users} users, ${running} servers`
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const hub = await contender.start({ onAllCores: true })
      const cpu = await processorMilliseconds(hub.pid)
      results.add({ what: `start with ${of}: it answers after`, unit: 'ms' }, contender.name, hub.answeredAfter)
      results.add({ what: `processor time until then, with ${of}`, unit: 'ms' }, contender.name, cpu)
      await sleep(settleSeconds * 1000)
      results.add({ what: `memory with ${of}`, unit: 'MB' }, contender.name, await residentMegabytes(hub.pid))
      await hub.stop()
    }
  }
}

/** Adds users to a hub that does not run, until it has so many. */
export async function addMore(contender: HubContender, plan: Plan): Promise<void> {
  await contender.addUsers(namesOf(plan.manyUsers - plan.users, plan.users))
}

/** Measures the starts of several hubs on one database as those of one. Each start goes to the next hub. */
export async function sharedStarts(
  results: Results,
  name: string,
  sides: Side[],
  plan: Plan,
  atOnce: number,
): Promise<void> {
  const names = namesOf(plan.starts)
  const sideOf = (index: number): Side => sides[index % sides.length] as Side
  for (const side of sides) await warmUp(side, plan)
  const { clock, cpu } = await costOf(
    results,
    name,
    sides.map(({ hub }) => hub.pid),
    () => timed(atOnce, [...names.entries()], ([index, user]) => startServer(sideOf(index).client, user)),
  )
  results.add({ what: 'PostgreSQL: starts a second', unit: '' }, name, (names.length / clock) * 1000)
  results.add({ what: 'PostgreSQL: processor time of a start', unit: 'ms' }, name, cpu / names.length)
  await timed(plan.atOnce, names, (user) => stopServer(sideOf(0).client, user))
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
