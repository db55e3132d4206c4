/** Plays exchanges in groups and batches, until enough were played or found, or the time is over. */
import { type Baseline, backAt, holding } from './cast/baseline.ts'
import { type FuzzWorld, openFuzzWorld } from './cast/world.ts'
import { exchangeOf } from './grammar/grammar.ts'
import { blame, type Court, type Harm, kindOf, listed, type Numbered, playTogether } from './judge.ts'
import { minimised } from './minimise.ts'

export interface FuzzOptions {
  seed: number
  /** Number of the first exchange; `exchanges` is how many follow from there. */
  first: number
  exchanges: number
  /** Seconds after which the run ends. */
  seconds: number
  /** Number of findings after which the run ends. */
  findings: number
  /** Seconds that the connections of exchanges may take to close. Default: 15. */
  patience?: number
  /** Milliseconds of processor time that one message may cost. Default: 20. */
  costMilliseconds?: number
  report(line: string): void
  /** Opens the world that exchanges meet. Default: hub and proxy. */
  open?: () => Promise<FuzzWorld>
}

export interface Finding {
  seed: number
  numbers: number[]
  harm: Harm
  /** The exchanges in full. `smallest` is the shortest form of a single one that still does the same harm. */
  exchanges: string
  smallest: string | undefined
  /** The kind of the finding. Findings of one kind count as one. */
  kind: string
  others: number[]
}

export interface FuzzReport {
  exchanges: number
  seconds: number
  statuses: Map<string, number>
  findings: Finding[]
  /** How often hub, proxy and users were made anew: after findings, and after exchanges that removed users. */
  worlds: number
}

/** Number of exchanges that are played at the same time. */
const together = 16
const batch = 512

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const {
    seed,
    first,
    exchanges,
    seconds,
    findings: most,
    report,
    patience = 15,
    costMilliseconds = 20,
    open = openFuzzWorld,
  } = options
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1000
  const statuses = new Map<string, number>()
  const findings: Finding[] = []
  let worlds = 0
  let played = 0
  let world: FuzzWorld | undefined
  let baseline: Baseline = []

  const leave = async () => {
    await world?.stop()
    world = undefined
  }
  /** Returns the current world, or a new one if a process has ended. */
  const worldOf = async () => {
    if (world?.processes.every((one) => one.ended() === undefined)) return world
    await leave()
    world = await open()
    worlds += 1
    await warm(world)
    await world.tidy()
    world.cut()
    baseline = await holding(world)
    return world
  }
  const court: Court = { worldOf, costMilliseconds }
  const isKnown = (harm: Harm, group: readonly Numbered[]) => {
    const kind = kindOf(harm, group.length === 1 ? group[0]?.exchange : undefined)
    const known = findings.find((one) => one.kind === kind)
    known?.others.push(group[0]?.number ?? 0)
    return known !== undefined
  }
  const found = async (harm: Harm, group: readonly Numbered[]) => {
    const guilty = group.length === 1 ? group[0] : undefined
    if (!isKnown(harm, group)) {
      const kind = kindOf(harm, guilty?.exchange)
      const smallest = guilty && (await minimised(court, guilty, harm))
      const numbers = group.map(({ number }) => number)
      const finding: Finding = { seed, numbers, harm, kind, exchanges: listed(group), smallest, others: [] }
      findings.push(finding)
      report(shown(finding))
    }
    await leave()
  }
  /** Finds the exchange of a group that did harm. The group `before` may have left something behind that did it. */
  const lookInto = async (harm: Harm | undefined, group: readonly Numbered[], before: readonly Numbered[]) => {
    if (harm !== undefined && isKnown(harm, group)) return leave()
    const guilt = (await blame(court, group, harm)) ?? (harm && (await blame(court, [...before, ...group], harm)))
    if (guilt !== undefined) return found(guilt.harm, guilt.guilty)
    if (harm !== undefined) return found(harm, [...before, ...group])
  }

  try {
    for (let at = first; at < first + exchanges && elapsed() < seconds && findings.length < most; at += batch) {
      const end = Math.min(at + batch, first + exchanges)
      let before: Numbered[] = []
      for (let from = at; from < end && findings.length < most; from += together) {
        const group = numbered(seed, from, Math.min(from + together, end))
        const outcome = await playTogether(await worldOf(), group)
        played += group.length
        for (const { seen } of outcome.seen) count(statuses, seen.statuses)
        const isDear = outcome.costs.some(({ milliseconds }) => milliseconds > costMilliseconds)
        if (outcome.harm !== undefined || isDear) await lookInto(outcome.harm, group, before)
        before = group
        if (elapsed() > seconds) break
      }
      world?.cut()
      const harm = world && (await afterBatch(world, baseline, patience))
      if (harm !== undefined) await found(harm, numbered(seed, at, end))
      // Makes the users anew, since an exchange with an admin's token may have removed them.
      await world?.tidy().catch(leave)
      if (exchanges > batch) report(`${played} exchanges in ${Math.round(elapsed())} s, ${findings.length} findings`)
    }
    const harm = world && (await backAt(world, baseline, { patience, still: true }))
    if (harm !== undefined) await found(harm, [])
    return { exchanges: played, seconds: elapsed(), statuses, findings, worlds }
  } finally {
    await leave()
  }
}

/** Returns the harm that shows only after a batch: a disturbed bystander, or something left open. */
async function afterBatch(world: FuzzWorld, baseline: Baseline, patience: number): Promise<Harm | undefined> {
  try {
    await world.bystander.work()
  } catch (error) {
    return { kind: 'bystander', what: (error as Error).message }
  }
  return backAt(world, baseline, { patience })
}

/** Has the bystander work for some rounds, since code costs more at its first use, when it is compiled. */
async function warm(world: FuzzWorld): Promise<void> {
  for (let round = 0; round < 30; round += 1) await world.bystander.work()
}

function numbered(seed: number, from: number, to: number): Numbered[] {
  return Array.from({ length: to - from }, (_, index) => ({
    number: from + index,
    exchange: exchangeOf(seed, from + index),
  }))
}

function count(statuses: Map<string, number>, seen: number[]): void {
  for (const status of seen.length === 0 ? ['none'] : seen.map(String))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
}

export function shown({ seed, numbers, harm, exchanges, smallest }: Finding): string {
  const [one] = numbers
  const again = numbers.length === 0 ? '' : numbers.length === 1 ? ` --only ${one}` : ` --only ${one}-${numbers.at(-1)}`
  return [
    `FOUND ${harm.kind}: ${harm.what}`,
    `again: npm run fuzz -- --seed ${seed}${again}`,
    exchanges,
    ...(smallest === undefined ? [] : [`As little of it as does the same: ${smallest}`]),
  ].join('\n')
}
