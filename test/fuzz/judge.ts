/** Judges after each group of exchanges whether they have done harm, and which of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FuzzWorld } from './cast/world.ts'
import { described, type Exchange, markPattern } from './exchange.ts'
import { show } from './placeholders.ts'
import { faultIn, type Seen } from './play.ts'

export interface Harm {
  kind: 'ended' | 'stuck' | 'fault' | 'cost' | 'bystander' | 'open' | 'memory'
  what: string
}

export interface Numbered {
  number: number
  exchange: Exchange
}

/** The world in which exchanges are played, and the limit by which they are judged. */
export interface Court {
  /** Returns a world whose processes live. */
  worldOf(): Promise<FuzzWorld>
  /** Milliseconds of the main thread of hub or proxy that one message may cost. */
  costMilliseconds: number
}

export interface Outcome {
  seen: { number: number; seen: Seen }[]
  harm: Harm | undefined
  /**
   * Processor time that each process has used for the whole group. It may be too much for one message, not for many.
   */
  costs: { name: string; milliseconds: number }[]
}

/** Plays exchanges at the same time, and returns the harm and the costs that show at once. */
export async function playTogether(world: FuzzWorld, group: readonly Numbered[]): Promise<Outcome> {
  const before = await Promise.all(world.processes.map((one) => one.figures()))
  const seen = await Promise.all(
    group.map(async ({ number, exchange }) => ({ number, seen: await world.play(exchange, number) })),
  )
  const after = await Promise.all(world.processes.map((one) => one.figures()))
  const costs = world.processes.map(({ name }, index) => ({
    name,
    milliseconds: (after[index]?.cpu ?? 0) - (before[index]?.cpu ?? 0),
  }))
  return { seen, costs, harm: (await harmOf(world, group, seen)) ?? stuck(world, after) }
}

async function harmOf(world: FuzzWorld, group: readonly Numbered[], seen: Outcome['seen']): Promise<Harm | undefined> {
  const said = world.processes.map(({ complaints }) => complaints())
  // Waits a little, since a process that complains may be about to end.
  if (said.some((lines) => lines.length > 0)) await sleep(200)
  for (const { name, ended } of world.processes) {
    const how = ended()
    if (how !== undefined) return { kind: 'ended', what: `the ${name} ${how}` }
  }
  for (const [index, lines] of said.entries()) {
    const { name } = world.processes[index] ?? {}
    if (lines.length > 0) return { kind: 'fault', what: `the ${name} says: ${lines.join('\n')}` }
  }
  for (const [index, { seen: one }] of seen.entries()) {
    const exchange = group[index]?.exchange
    const fault = exchange && faultIn(exchange, one)
    if (fault !== undefined) return { kind: 'fault', what: `answered: ${fault}` }
  }
  return undefined
}

function stuck(world: FuzzWorld, figures: unknown[]): Harm | undefined {
  const index = figures.indexOf(undefined)
  return index < 0 ? undefined : { kind: 'stuck', what: `the ${world.processes[index]?.name} does not answer` }
}

/**
 * Returns the harm that one exchange alone does. Of three costs the least counts, since other programs use the machine
 * too. With `wanted` harm other than cost, the exchange is played all three times, since harm may need the right
 * moment.
 */
export async function harmOfOne(
  { worldOf, costMilliseconds }: Court,
  one: Numbered,
  wanted?: Harm,
): Promise<Harm | undefined> {
  const limit = costMilliseconds * one.exchange.messages
  let least: Outcome['costs'] | undefined
  for (let time = 0; time < 3; time += 1) {
    const { costs, harm } = await playTogether(await worldOf(), [one])
    if (harm !== undefined) return harm
    least = costs.map((cost, index) => ({
      ...cost,
      milliseconds: Math.min(cost.milliseconds, least?.[index]?.milliseconds ?? Number.POSITIVE_INFINITY),
    }))
    const isCheap = least.every(({ milliseconds }) => milliseconds <= limit)
    if (isCheap && (wanted === undefined || wanted.kind === 'cost')) return undefined
  }
  const over = least?.find(({ milliseconds }) => milliseconds > limit)
  const shares = one.exchange.messages === 1 ? '' : ` for ${one.exchange.messages} messages`
  return (
    over && { kind: 'cost', what: `${Math.round(over.milliseconds)} ms of the ${over.name}'s processor time${shares}` }
  )
}

/**
 * Returns the one exchange of a group that does harm, or the smallest group; undefined when harm cannot be repeated.
 */
export async function blame(
  court: Court,
  group: readonly Numbered[],
  wanted: Harm | undefined,
): Promise<{ guilty: readonly Numbered[]; harm: Harm } | undefined> {
  const first = group[0]
  if (first === undefined) return undefined
  if (group.length === 1) {
    const harm = await harmOfOne(court, first, wanted)
    return harm && { guilty: group, harm }
  }
  const world = await court.worldOf()
  const { harm, costs } = await playTogether(world, group)
  const isCheap = costs.every(({ milliseconds }) => milliseconds <= court.costMilliseconds)
  if (harm === undefined && isCheap && wanted === undefined) return undefined
  const half = Math.ceil(group.length / 2)
  const found =
    (await blame(court, group.slice(0, half), harm ?? wanted)) ??
    (await blame(court, group.slice(half), harm ?? wanted))
  return found ?? (harm && { guilty: group, harm })
}

export function listed(guilty: readonly Numbered[]): string {
  return guilty.map(({ number, exchange }) => `${number}: ${described(exchange)}`).join('\n')
}

/** Returns the kind of a finding. Findings of one kind count as one. */
export function kindOf({ kind, what }: Harm, exchange: Exchange | undefined): string {
  const place = /^\s+at [\s\S]*?\n\s+at .*$/m.exec(what)?.[0]
  if (place !== undefined) return `${kind} ${/\w*Error\b.*/.exec(what)?.[0]} ${place}`
  if (exchange === undefined) return kind
  const [line = ''] = exchange.client.flatMap((act) => ('write' in act ? [act.write] : []))
  const [path = ''] = line.slice(0, line.indexOf('\r')).split('?')
  return [
    kind,
    what.replace(/\d+/g, ''),
    exchange.door,
    show(path).replace(markPattern, ''),
    ...exchange.about.map((one) => one.split(' of ')[0]),
  ].join(' ')
}
