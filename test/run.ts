/**
 * Runs the tests: `npm test`, or `npm test -- --grep words test/hub`.
 *
 * Test files are put into groups, and several groups run at the same time, each in a Mocha process of its own. So a
 * group that crashes, or that leaves something open, fails alone and by name. Mocha's own parallel mode ends its
 * workers by force, which would hide what they leave open.
 *
 * Few failed groups of a whole run are run once more at its end, each alone (`helpers/run/second-try.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { globSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openAccount, secondsOfContainers } from './helpers/run/account.ts'
import { clusterOfRun } from './helpers/run/cluster-of-run.ts'
import { machineLines, machineTimes } from './helpers/run/machine.ts'
import { counted, endOf, hasFailed, type Outcome, triedAgain, unsteady } from './helpers/run/second-try.ts'
import { processorSeconds, slowest, type TimedOutcome } from './helpers/run/slowest.ts'
import { whileIdle } from './helpers/run/while-idle.ts'
import { prepareJupyter, problemForChildren } from './helpers/setup.ts'

const engineNames = ['docker', 'kubernetes'] as const
type Engine = (typeof engineNames)[number]

interface Group {
  files: string[]
  /** Needs Chromium or Firefox. */
  browser: boolean
  engines: Engine[]
  /** Looks at all that happens at engines, so that no other group may be at one meanwhile. */
  alone: boolean
  /** Runs against proxies with two workers. */
  workers?: boolean
}

/**
 * Attacks that run a second time, against a proxy with two workers. Only `cost` is missing, which measures a thread that
 * runs the same code.
 */
const withWorkers = /^test\/attack\/wire\/(?:[^/]+\/)*(?!cost\.)[^/]+\.test\.ts$/

interface GroupOutcome extends TimedOutcome {
  group: Group
}

const root = join(import.meta.dirname, '..')
const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
/**
 * Files of a group. To load the program costs a process as much as many a file's tests, but those with an engine take
 * minutes each, and those of commands start the program often.
 */
const groupSize = { usual: 12, commands: 8, engine: 2, browser: 3 }
/** As many groups may be at an engine at the same time. */
const mostAtAnEngine = 2
/**
 * Bounds a group that hangs, and all second tries together. Mocha's own limits end a test that waits, but not one that
 * computes for ever.
 */
const mostMinutes = { group: 20, again: 10 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    grep: { type: 'string' },
    jobs: { type: 'string' },
  },
})

// Groups at engines mostly wait for these, so that they run beside as many others as there are processors.
const jobs = Number(values.jobs ?? availableParallelism() + mostAtAnEngine * engineNames.length)
/** As many more groups run while the processors are idle, since those at engines may all wait. Not where the number is given. */
const mostExtra = values.jobs === undefined ? 2 * availableParallelism() : 0
/** The most groups without an engine that run at the same time. Such a group keeps a processor busy, so that with more of them each takes longer. */
const mostComputing = values.jobs === undefined ? availableParallelism() + 1 : jobs
if (!Number.isInteger(jobs) || jobs < 1) refuse('--jobs takes a whole number from 1')
const files = new Set((positionals.length > 0 ? positionals : ['test']).flatMap(filesOf))
const waiting = groupsOf([...files])
/** The groups that run. One that waits for the cluster has no process yet. */
const running = new Map<Group, ChildProcess | undefined>()
const cluster = waiting.filter(sharesCluster).length > 1 ? clusterOfRun() : undefined
const ends = new EventEmitter().setMaxListeners(jobs)
const outcomes: GroupOutcome[] = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt)
await prepareJupyter()
const before = { machine: machineTimes(), containers: secondsOfContainers() }
const extra: Promise<boolean>[] = []
const endExtra = whileIdle(() => {
  if (running.size < jobs + mostExtra) extra.push(runNext(Number.POSITIVE_INFINITY))
})
await Promise.all(Array.from({ length: jobs }, work))
endExtra()
await Promise.all(extra)
const isWell = conclude(await tryAgain())
await cluster?.end()
process.exitCode ??= isWell ? 0 : 1

/** Returns the test files of a folder, or those that a file name or a pattern means. */
function filesOf(pattern: string): string[] {
  const found = globSync(pattern.endsWith('.ts') ? pattern : `${pattern}/**/*.test.ts`, { cwd: root })
  if (found.length === 0) refuse(`there is no test file in ${pattern}`)
  return found
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(2)
}

/** Ends all groups with what they have started, and starts no further ones. A second signal ends this process at once. */
function interrupt(): void {
  process.exitCode = 130
  waiting.length = 0
  for (const child of running.values()) signalGroup(child, 'SIGINT')
  setTimeout(() => {
    for (const child of running.values()) signalGroup(child, 'SIGKILL')
  }, 20_000).unref()
}

/** Each Mocha leads a process group, so that a signal reaches what its tests have started too. */
function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid !== undefined) process.kill(-child.pid, signal)
}

/** Takes groups until none waits. */
async function work(): Promise<void> {
  while (waiting.length > 0) {
    if (!(await runNext())) await once(ends, 'end')
  }
}

/** Runs the first group that may run beside those that run now. Returns false when there is none. */
async function runNext(computing = mostComputing): Promise<boolean> {
  const index = waiting.findIndex((group) => mayRunBeside(group, [...running.keys()], computing))
  const [group] = index === -1 ? [] : waiting.splice(index, 1)
  if (group === undefined) return false
  process.stdout.write(`-- ${group.files.join(' ')} …\n`)
  const outcome = await run(group, mostMinutes.group)
  outcomes.push(outcome)
  process.stdout.write(`\n== ${titleOf(outcome)}\n${outcome.output}`)
  ends.emit('end')
  if (![...waiting, ...running.keys()].some(sharesCluster)) await cluster?.end()
  return true
}

/** Runs groups that failed once more, one after the other, and returns what they come to, by what they came to at first. */
async function tryAgain(): Promise<Map<GroupOutcome, GroupOutcome>> {
  const tries = new Map<GroupOutcome, GroupOutcome>()
  const began = performance.now()
  for (const first of triedAgain(outcomes)) {
    const minutes = mostMinutes.again - (performance.now() - began) / 60_000
    if (process.exitCode !== undefined || minutes <= 0) break
    process.stdout.write(`-- once more, alone: ${first.group.files.join(' ')} …\n`)
    const second = await run(first.group, minutes)
    tries.set(first, second)
    process.stdout.write(`\n== once more, alone: ${titleOf(second)}\n${second.output}`)
  }
  return tries
}

/**
 * Groups of files with the same needs: with container engines those of one folder, without those of one room, with a
 * browser and a whole installation each alone, because they take longest. Those with engines come first, because few of them run at a time, the
 * most demanding ones before the others; then those with a browser, those that run again, and the others: first those of
 * commands, which start many programs, then those with the most text, because the last ones should be short.
 */
function groupsOf(all: string[]): Group[] {
  const parts = Map.groupBy(all.toSorted().map(needsOf), ({ files: [file = ''], browser, engines, alone }) =>
    [
      alone ? 0 : 1,
      engineNames.length - engines.length,
      browser ? 0 : 1,
      placeOf(file, { browser, engines }),
      ...engines,
    ].join(' '),
  )
  const again = all
    .filter((file) => withWorkers.test(file))
    .toSorted()
    .map(needsOf)
  const once = [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, list]) => inSlices(list))
  const first = once.filter(({ browser, engines }) => browser || engines.length > 0)
  const others = once.filter((group) => !first.includes(group)).toSorted((a, b) => textOf(b) - textOf(a))
  const ofCommands = others.filter(isOfCommands)
  return [
    ...new Set([...first, ...inSlices(again).map((group) => ({ ...group, workers: true })), ...ofCommands, ...others]),
  ]
}

/** Returns where those files lie that may be in one group with this one. */
function placeOf(file: string, { browser, engines }: Pick<Group, 'browser' | 'engines'>): string {
  if (browser && (engines.length > 0 || roomOf(file) === 'test/e2e/')) return file
  return engines.length > 0 ? dirname(file) : roomOf(file)
}

/** Returns the folder of `test/` in which a file lies, however deep, and of other files their own folder. */
function roomOf(file: string): string {
  return /^test\/[^/]+\//.exec(file)?.[0] ?? dirname(file)
}

/** Returns the length of a group's files. */
function textOf({ files }: Group): number {
  return files.reduce((sum, file) => sum + statSync(resolve(root, file)).size, 0)
}

/** What a file needs is seen from what it imports. */
function needsOf(file: string): Group {
  const text = readFileSync(resolve(root, file), 'utf8')
  const engines = engineNames.filter((name) => text.includes(`engines/${name}.ts`))
  return {
    files: [file],
    browser: /helpers\/browsers\//.test(text),
    engines,
    // `carrel doctor` looks at everything that listens on this machine.
    alone: engines.length > 0 && text.includes('carrel doctor'),
  }
}

function inSlices(list: Group[]): Group[] {
  const count = Math.ceil(list.length / sizeOf(list[0]))
  const size = Math.ceil(list.length / count)
  return Array.from({ length: count }, (_, index) => {
    const slice = list.slice(index * size, (index + 1) * size)
    return { ...list[0], files: slice.flatMap(({ files }) => files) } as Group
  })
}

function sizeOf(first: Group | undefined): number {
  if (first === undefined) return 1
  if (first.engines.length > 0) return groupSize.engine
  if (first.browser) return groupSize.browser
  return isOfCommands(first) ? groupSize.commands : groupSize.usual
}

function isOfCommands({ files: [file = ''] }: Group): boolean {
  return roomOf(file) === 'test/bin/'
}

function mayRunBeside(group: Group, others: Group[], computing: number): boolean {
  const atEngines = others.filter(({ engines }) => engines.length > 0)
  if (group.engines.length === 0) return others.length - atEngines.length < computing
  if (atEngines.length === 0) return true
  if (group.alone || atEngines.some(({ alone }) => alone)) return false
  return group.engines.every(
    (engine) => atEngines.filter(({ engines }) => engines.includes(engine)).length < mostAtAnEngine,
  )
}

/** Groups that may be at Kubernetes together have one cluster, each in a namespace of its own. */
function sharesCluster({ engines, alone }: Group): boolean {
  return engines.includes('kubernetes') && !alone && !process.env.CARREL_TEST_KUBECONFIG
}

async function run(group: Group, minutes: number): Promise<GroupOutcome> {
  const grep = values.grep === undefined ? [] : ['--grep', values.grep]
  const began = performance.now()
  running.set(group, undefined)
  const shared = sharesCluster(group) ? await cluster?.variables() : {}
  const child = spawn(process.execPath, [mocha, ...grep, ...group.files], {
    cwd: root,
    env: { ...process.env, ...problemForChildren(), ...shared, ...(group.workers ? { CARREL_TEST_WORKERS: '2' } : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.set(group, child)
  const account = openAccount(`carrel-tests-${child.pid}`)
  if (child.pid !== undefined) account?.add(child.pid)
  const limit = setTimeout(() => signalGroup(child, 'SIGKILL'), minutes * 60_000)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exit = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(String(code ?? signal)))
  })
  clearTimeout(limit)
  running.delete(group)
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1)
  const counts: Outcome['counts'] = found && [Number(found[1]), Number(found[2]), Number(found[3])]
  const seconds = (performance.now() - began) / 1000
  const processors = account?.seconds() ?? processorSeconds(output)
  account?.close()
  return { group, output, counts, exit, began: began / 1000, seconds, processors }
}

/** Prints what failed, where it is easy to find, what passed only when it was tried again, and the sum. Returns whether all is well. */
function conclude(tries: Map<GroupOutcome, GroupOutcome>): boolean {
  const final = outcomes.map((first) => counted(first, tries.get(first) ?? first))
  for (const first of tries.keys()) printFailure('failed at first', first)
  const failures = final.filter(hasFailed)
  for (const outcome of failures) printFailure('failed', outcome)
  const sum = (index: 0 | 1 | 2) => final.reduce((total, { counts }) => total + (counts?.[index] ?? 0), 0)
  // A group that failed without a failed test (a crash, something left open) counts as one.
  const others = failures.filter(({ counts }) => counts === undefined || counts[1] === 0).length
  const ran = sum(0) + sum(1) + sum(2) > 0
  if (!ran) process.stdout.write('\nNo test was run.\n')
  const found = [...tries].flatMap(([first, second]) => unsteady(first, second)).sort()
  if (found.length > 0) {
    process.stdout.write(
      '\n!! FAILED AT FIRST AND PASSED WHEN RUN ONCE MORE, ALONE: each is a defect, to be mended next\n',
    )
    for (const test of found) process.stdout.write(`unsteady: ${test}\n`)
  }
  if (outcomes.length > jobs)
    process.stdout.write(`\n${[...slowest(outcomes, mostComputing), ...whatElse()].join('\n')}\n`)
  process.stdout.write(`\n${sum(0)} passed, ${sum(1) + others} failed, ${sum(2)} skipped\n`)
  return failures.length === 0 && ran && process.exitCode === undefined
}

/** Says how busy the machine was while the groups ran. */
function whatElse(): string[] {
  const now = machineTimes()
  if (before.machine === undefined || now === undefined) return []
  const groups = outcomes.reduce((sum, { processors }) => sum + (processors ?? 0), 0)
  return machineLines(before.machine, now, groups, secondsOfContainers() - before.containers)
}

function printFailure(how: string, outcome: GroupOutcome): void {
  const end = outcome.counts === undefined ? `${endOf(outcome)}\n` : ''
  process.stdout.write(`\n== ${how}: ${titleOf(outcome)}\n${end}${outcome.output.slice(endOfTests(outcome.output))}`)
}

function titleOf(outcome: GroupOutcome): string {
  const { group, seconds, processors } = outcome
  const times = `${seconds.toFixed(0)} s${processors === undefined ? '' : `, ${processors.toFixed(0)} s of the processors`}`
  return `${group.files.join(' ')}${group.workers ? ', with two workers' : ''} (${times})`
}

/** Where Mocha's list of failures begins. */
function endOfTests(output: string): number {
  return Math.max(0, output.search(/^ {2}\d+ passing/m))
}
