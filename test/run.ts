/**
 * Runs the tests: `npm test`, or `npm test -- --grep words test/hub`.
 *
 * Test files are put into groups, and several groups run at the same time, each in a Mocha process of its own. So a
 * group that crashes, or that leaves something open, fails alone and by name. Mocha's own parallel mode ends its
 * workers by force, which would hide what they leave open.
 */
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareJupyter, problemForChildren } from './helpers/setup.ts'

interface Group {
  files: string[]
  /** Needs Chromium or Firefox. */
  browser: boolean
  /** Needs Docker or Kubernetes. */
  engine: boolean
}

interface Outcome {
  group: Group
  output: string
  /** Passed, failed, skipped; undefined when Mocha did not come to its end. */
  counts: [number, number, number] | undefined
  /** What Mocha exited with. */
  exit: string
  seconds: number
}

const root = join(import.meta.dirname, '..')
const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
const groupSize = 4

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    grep: { type: 'string' },
    // Tests wait more than they compute, so there may be more groups than processors.
    jobs: { type: 'string', default: String(availableParallelism() + 1) },
  },
})

const patterns = positionals.length > 0 ? positionals : ['test']
const files = globSync(
  patterns.map((pattern) => (pattern.endsWith('.ts') ? pattern : `${pattern}/**/*.test.ts`)),
  { cwd: root },
)
if (files.length === 0) throw new Error(`no test file is called ${patterns.join(' or ')}`)
const waiting = groupsOf(files)
const running: Group[] = []
const ends = new EventEmitter()
const outcomes: Outcome[] = []
await prepareJupyter()
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
process.exitCode = conclude() ? 0 : 1

/** Takes groups until none waits. A group that may not run beside those that run now waits for the next end. */
async function work(): Promise<void> {
  while (waiting.length > 0) {
    const index = waiting.findIndex((group) => running.every((other) => mayRunBeside(group, other)))
    const [group] = index === -1 ? [] : waiting.splice(index, 1)
    if (group === undefined) {
      await once(ends, 'end')
      continue
    }
    running.push(group)
    const outcome = await run(group)
    running.splice(running.indexOf(group), 1)
    outcomes.push(outcome)
    process.stdout.write(`\n== ${titleOf(outcome)}\n${outcome.output}`)
    ends.emit('end')
  }
}

/**
 * Groups of files of one folder and with the same needs. Those with a browser come first and alone, because they take
 * longest; then those with a container engine, whose files share one cluster.
 */
function groupsOf(all: string[]): Group[] {
  const folders = Map.groupBy(all.toSorted().map(needsOf), ({ files, browser, engine }) =>
    [browser ? 0 : 1, engine ? 0 : 1, browser ? files[0] : dirname(String(files[0]))].join(' '),
  )
  return [...folders].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, list]) => inSlices(list))
}

/** What a file needs is seen from what it imports. */
function needsOf(file: string): Group {
  const text = readFileSync(join(root, file), 'utf8')
  return {
    files: [file],
    browser: /helpers\/browsers\//.test(text),
    engine: /engines\/(docker|kubernetes)\.ts/.test(text),
  }
}

function inSlices(list: Group[]): Group[] {
  const count = Math.ceil(list.length / groupSize)
  return Array.from({ length: count }, (_, index) => {
    const slice = list.slice(index * groupSize, (index + 1) * groupSize)
    return { ...list[0], files: slice.flatMap(({ files }) => files) } as Group
  })
}

/**
 * Network interfaces come and go with containers, and Chromium breaks off whatever it loads when one does. Files with
 * engines run one after the other, because some of them look at everything that listens on this machine.
 */
function mayRunBeside(a: Group, b: Group): boolean {
  return !(a.engine && (b.engine || b.browser)) && !(a.browser && b.engine)
}

async function run(group: Group): Promise<Outcome> {
  const grep = values.grep === undefined ? [] : ['--grep', values.grep]
  const began = performance.now()
  const child = spawn(process.execPath, [mocha, ...grep, ...group.files], {
    cwd: root,
    env: { ...process.env, ...problemForChildren() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exit = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(String(code ?? signal)))
  })
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1)
  const counts: Outcome['counts'] = found && [Number(found[1]), Number(found[2]), Number(found[3])]
  return { group, output, counts, exit, seconds: (performance.now() - began) / 1000 }
}

/** Prints what failed once more, where it is easy to find, and the sum. Returns whether all is well. */
function conclude(): boolean {
  const failures = outcomes.filter(({ exit }) => exit !== '0')
  for (const outcome of failures) {
    const how = outcome.counts === undefined ? `ended with ${outcome.exit} before its tests had ended\n` : ''
    process.stdout.write(`\n== failed: ${titleOf(outcome)}\n${how}${outcome.output.slice(endOfTests(outcome.output))}`)
  }
  const sum = (index: 0 | 1 | 2) => outcomes.reduce((total, { counts }) => total + (counts?.[index] ?? 0), 0)
  // A group that failed without a failed test (a crash, something left open) counts as one.
  const others = failures.filter(({ counts }) => counts === undefined || counts[1] === 0).length
  process.stdout.write(`\n${sum(0)} passed, ${sum(1) + others} failed, ${sum(2)} skipped\n`)
  return failures.length === 0
}

function titleOf({ group, seconds }: Outcome): string {
  return `${group.files.join(' ')} (${seconds.toFixed(0)} s)`
}

/** Where Mocha's list of failures begins. */
function endOfTests(output: string): number {
  return Math.max(0, output.search(/^ {2}\d+ passing/m))
}
