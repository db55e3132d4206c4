/**
 * Runs the tests: `npm test`, or `npm test -- --grep words test/hub`.
 *
 * Test files are put into groups, and several groups run at the same time, each in a Mocha process of its own. So a
 * group that crashes, or that leaves something open, fails alone and by name. Mocha's own parallel mode ends its
 * workers by force, which would hide what they leave open.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareJupyter, problemForChildren } from './helpers/setup.ts'

interface Outcome {
  group: string[]
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
const outcomes: Outcome[] = []
await prepareJupyter()
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
process.exitCode = conclude() ? 0 : 1

async function work(): Promise<void> {
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const outcome = await run(group)
    outcomes.push(outcome)
    process.stdout.write(`\n== ${titleOf(outcome)}\n${outcome.output}`)
  }
}

/** Groups of a few files of one folder. Those with real parts (browsers, engines) come first, because they take long. */
function groupsOf(all: string[]): string[][] {
  const needsParts = new Map(all.map((file) => [file, readFileSync(join(root, file), 'utf8').includes('requirePart(')]))
  const key = (file: string) => `${needsParts.get(file) ? 0 : 1} ${dirname(file)}`
  const folders = Map.groupBy(all.toSorted(), key)
  return [...folders]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, list]) =>
      Array.from({ length: Math.ceil(list.length / groupSize) }, (_, index) =>
        list.slice(index * groupSize, (index + 1) * groupSize),
      ),
    )
}

async function run(group: string[]): Promise<Outcome> {
  const grep = values.grep === undefined ? [] : ['--grep', values.grep]
  const began = performance.now()
  const child = spawn(process.execPath, [mocha, ...grep, ...group], {
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
  return `${group.join(' ')} (${seconds.toFixed(0)} s)`
}

/** Where Mocha's list of failures begins. */
function endOfTests(output: string): number {
  return Math.max(0, output.search(/^ {2}\d+ passing/m))
}
