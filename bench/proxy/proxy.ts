/** `bench proxy`: compares our proxy with others, in turn in one run. */
import { summary } from '../figures.ts'
import { untilQuiet } from '../machine.ts'
import { type Contender, chp, openProxyWorld, ours, type ProxyWorld } from './contenders.ts'
import { type ProxyResult, ratiosOf, type ScenarioResult, type Slice } from './result.ts'
import { type Scenario, type ScenarioName, scenarioNames, scenarios } from './scenarios.ts'

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

/** The scenarios of ten thousand, which come last. */
const crowds: ScenarioName[] = ['ws10000', 'routes']

/** How long a round waits at most for a quiet machine, so that the whole has an end on a busy one too. */
const quietMilliseconds = 5000

export async function benchProxy(options: ProxyOptions): Promise<ProxyResult> {
  const { only, peer, report, rounds, signal, milliseconds = usualMilliseconds, isQuiet = false } = options
  await using opened = new AsyncDisposableStack()
  const wanted = scenarioNames.filter((name) => only.length === 0 || only.includes(name))
  const world = wanted.every((name) => scenarios[name].isOfWorkers)
    ? undefined
    : await openProxyWorld(opened, { peers: peer, report, signal })
  const result: ProxyResult = { scenarios: new Map(), megabytes: new Map(), megabytesAtEnd: new Map(), stuck: 0 }
  for (const name of wanted) {
    // Ten thousand WebSockets and routes are more than the goal for memory is about.
    if (crowds.includes(name) && result.megabytes.size === 0) await readMegabytes(result.megabytes)
    await using apart = new AsyncDisposableStack()
    const itsWorld = scenarios[name].isOfWorkers
      ? await openProxyWorld(apart, { workers: true, report, signal })
      : world
    if (itsWorld !== undefined) await measure(name, itsWorld)
  }
  if (result.megabytes.size === 0) await readMegabytes(result.megabytes)
  else await readMegabytes(result.megabytesAtEnd)
  return result

  async function readMegabytes(into: Map<string, number>): Promise<void> {
    for (const contender of world?.contenders ?? []) {
      const megabytes = await contender.megabytes()
      if (megabytes !== undefined) into.set(contender.name, megabytes)
    }
  }

  async function measure(name: ScenarioName, world: ProxyWorld): Promise<void> {
    const scenario = scenarios[name]
    const { title, unit, prepare, suits = () => true, roundsAtMost = rounds } = scenario
    const left = new Set(world.contenders.filter(suits))
    const found: ScenarioResult = { title, unit, rounds: [], busy: [], othersShare: [] }
    /** Leaves a contender out from now on that fails: it loses nothing of the others. */
    const unlessItFails = async <T>(contender: Contender, act: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await act()
      } catch (error) {
        signal.throwIfAborted()
        report(`${title}: ${contender.name} is left out, ${error instanceof Error ? error.message : String(error)}`)
        left.delete(contender)
        return undefined
      }
    }
    for (const contender of left) {
      await unlessItFails(contender, async () => {
        await prepare?.(world, contender)
        // The first requests compile code, which counts for none.
        await sliceOf(world, contender, scenario, Math.min(warmingMilliseconds, milliseconds * 2))
      })
    }
    for (let round = 0; round < Math.min(rounds, roundsAtMost); round += 1) {
      signal.throwIfAborted()
      if (!isQuiet) found.busy.push(await untilQuiet(signal, quietMilliseconds))
      const slices = new Map<string, Slice>()
      // The contender that comes first changes with each round.
      for (const contender of round % 2 === 0 ? [...left] : [...left].reverse()) {
        const slice = await unlessItFails(contender, () => sliceOf(world, contender, scenario, milliseconds, found))
        if (slice !== undefined) slices.set(contender.name, slice)
      }
      if (slices.size > 0) found.rounds.push(slices)
    }
    if (found.rounds.length === 0) return
    result.scenarios.set(name, found)
    const ratio = ratiosOf(found, ours, ({ perSecond }) => perSecond)
    report(`${title}: ${ratio.length === 0 ? 'done' : `${summary(ratio).median.toFixed(1)} times ${chp}`}`)
    if (name === 'leave') result.stuck = await world.stuck()
  }
}

/** Measures `run` of a scenario, and nothing that comes before or after it. */
async function sliceOf(
  world: ProxyWorld,
  contender: Contender,
  { open, run }: Scenario,
  milliseconds: number,
  found?: ScenarioResult,
): Promise<Slice> {
  try {
    await open?.(world, contender)
    const [before, othersBefore] = [await contender.processorMilliseconds(), await world.othersMilliseconds()]
    const began = performance.now()
    const seen = await run(world, contender, milliseconds)
    const took = performance.now() - began
    const [after, othersAfter] = [await contender.processorMilliseconds(), await world.othersMilliseconds()]
    const used = before === undefined || after === undefined ? Number.NaN : after - before
    found?.othersShare.push((othersAfter - othersBefore) / took)
    const { count, p50, p99 } = seen
    return { perSecond: (count / seen.milliseconds) * 1000, p50, p99, processorEach: (used / count) * 1000 }
  } finally {
    if (open !== undefined) await world.load({ do: 'close' })
  }
}
