/** `bench proxy`: compares our proxy with others, in turn in one run. */
import { summary } from '../figures.ts'
import { untilQuiet } from '../machine.ts'
import { type Contender, chp, openProxyWorld, ours, type ProxyWorld } from './contenders.ts'
import { type ProxyResult, ratiosOf, type ScenarioResult, type Slice } from './result.ts'
import { type ScenarioName, scenarioNames, scenarios } from './scenarios.ts'

export interface ProxyOptions {
  rounds: number
  only: ScenarioName[]
  /** Whether to measure the other proxies too. */
  peer: boolean
  /** How long one measurement takes. */
  milliseconds?: number
  /** Whether to measure without waiting for a quiet machine. */
  isQuiet?: boolean
  report(line: string): void
  signal: AbortSignal
}

const usualMilliseconds = 700
const warmingMilliseconds = 1500

export async function benchProxy(options: ProxyOptions): Promise<ProxyResult> {
  const { only, peer, report, rounds, signal, milliseconds = usualMilliseconds, isQuiet = false } = options
  await using opened = new AsyncDisposableStack()
  const world = await openProxyWorld(opened, { peers: peer, report })
  const result: ProxyResult = { scenarios: new Map(), megabytes: new Map(), stuck: 0 }
  for (const name of scenarioNames) {
    if (only.length > 0 && !only.includes(name)) continue
    // A scenario that a contender cannot take loses nothing of the others.
    await measure(name).catch((error: unknown) => {
      signal.throwIfAborted()
      report(`${scenarios[name].title}: failed, ${error instanceof Error ? error.message : String(error)}`)
      return world.load({ do: 'close' })
    })
  }
  for (const contender of world.contenders) {
    const megabytes = await contender.megabytes()
    if (megabytes !== undefined) result.megabytes.set(contender.name, megabytes)
  }
  return result

  async function measure(name: ScenarioName): Promise<void> {
    const { title, unit, prepare, run, suits = () => true, roundsAtMost = rounds } = scenarios[name]
    const taking = world.contenders.filter(suits)
    for (const contender of taking) {
      await prepare?.(world, contender)
      // The first requests compile code, which counts for none.
      await run(world, contender, Math.min(warmingMilliseconds, milliseconds * 2))
    }
    const found: ScenarioResult = { title, unit, rounds: [], othersShare: [] }
    result.scenarios.set(name, found)
    for (let round = 0; round < Math.min(rounds, roundsAtMost); round += 1) {
      signal.throwIfAborted()
      if (!isQuiet) await untilQuiet()
      const slices = new Map<string, Slice>()
      // The contender that comes first changes with each round.
      for (const contender of round % 2 === 0 ? taking : taking.toReversed()) {
        slices.set(contender.name, await sliceOf(world, contender, found, () => run(world, contender, milliseconds)))
      }
      found.rounds.push(slices)
    }
    const ratio = ratiosOf(found, ours, ({ perSecond }) => perSecond)
    report(`${title}: ${ratio.length === 0 ? 'done' : `${summary(ratio).median.toFixed(1)} times ${chp}`}`)
    if (name === 'leave') result.stuck = await world.stuck()
  }
}

async function sliceOf(
  world: ProxyWorld,
  contender: Contender,
  found: ScenarioResult,
  act: () => ReturnType<ProxyWorld['load']>,
): Promise<Slice> {
  const [before, othersBefore] = [await contender.processorMilliseconds(), await world.othersMilliseconds()]
  const began = performance.now()
  const { count, milliseconds, p50, p99 } = await act()
  const took = performance.now() - began
  const [after, othersAfter] = [await contender.processorMilliseconds(), await world.othersMilliseconds()]
  const used = before === undefined || after === undefined ? Number.NaN : after - before
  found.othersShare.push((othersAfter - othersBefore) / took)
  return { perSecond: (count / milliseconds) * 1000, p50, p99, processorEach: (used / count) * 1000 }
}
