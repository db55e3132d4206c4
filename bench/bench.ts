/** `npm run bench`: what people wait for, measured on the real thing. docs/performance.md explains the figures. */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type Row, summary, table } from './figures.ts'
import { benchLaunch } from './launch.ts'
import { describeMachine } from './machine.ts'
import { benchStart } from './start.ts'

const help = `Usage: npm run bench -- [launch|start] [options]

  launch   From the click to the notebook, in Chromium, for each place where servers can run here (default)
  start    From carrel start to a link that answers, and of the hub alone

  --rounds N     How often. Default: 5.
  --only NAMES   launch: only these of process,docker,kubernetes.
  --peer         launch: JupyterHub too, in turn with ours; installed into the user's cache when it is missing.
  --json         Everything as one JSON object.
`

const optionsSchema = z.strictObject({
  rounds: z.coerce.number().int().min(1).max(100).default(5),
  only: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.enum(['process', 'docker', 'kubernetes']))),
  peer: z.boolean().default(false),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
})

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    peer: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
const options = optionsSchema.parse(values)
const [what = 'launch'] = positionals
const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(name)))

const setting = { ...options, report: (line: string) => process.stderr.write(`${line}\n`), signal: interrupted.signal }
const machine = describeMachine()

if (options.help || (what !== 'launch' && what !== 'start')) {
  process.stdout.write(help)
  process.exitCode = options.help ? 0 : 2
} else if (what === 'start') {
  const rows = await benchStart(setting)
  if (options.json) printJson({ machine, start: summaries(rows) })
  else print([machine, table('start', rows)])
} else {
  const results = await benchLaunch(setting)
  if (options.json) {
    printJson({ machine, launch: results.map((result) => ({ ...result, rows: summaries(result.rows) })) })
  } else {
    print([
      machine,
      ...results.map(({ name, rows, busy }) => `${table(name, rows)}\n${noise(busy)}`),
      ...ratios(results),
    ])
  }
}

function summaries(rows: Row[]) {
  return Object.fromEntries(rows.map(({ what, values }) => [what, summary(values)]))
}

/** Theirs over ours, of the medians. */
function ratios(results: { name: string; rows: Row[] }[]): string[] {
  const theirs = results.find(({ name }) => name.startsWith('JupyterHub'))
  const ours = results.find(({ name }) => name === 'Carrel, process')
  const lines = theirs?.rows.flatMap(({ what, values }) => {
    const row = ours?.rows.find((one) => one.what === what)
    if (row === undefined) return []
    return [`  ${what}: ${(summary(values).median / summary(row.values).median).toFixed(1)}`]
  })
  return lines === undefined ? [] : [['JupyterHub / Carrel', ...lines].join('\n')]
}

function noise(busy: number[]): string {
  const percent = busy.map((share) => `${Math.round(share * 100)} %`)
  return `busy with other things before each launch: ${percent.join(', ')}`
}

function print(parts: string[]): void {
  process.stdout.write(`${parts.join('\n\n')}\n`)
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
