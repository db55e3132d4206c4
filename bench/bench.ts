/** `npm run bench`: measures what people wait for, with real parts. docs/performance.md explains the figures. */
import { z } from 'zod'
import { defineCommand, type Invocation } from '../bin/command.ts'
import { runCommand } from '../bin/command-line.ts'
import { flag, list, type Options, UsageError, type Values } from '../bin/options.ts'
import { benchClick } from './click/click.ts'
import { clickJson, clickText, herdText } from './click/print.ts'
import { benchContent, usualSizes } from './content/content.ts'
import { benchCopies } from './copies/copies.ts'
import { ratios, summaries, table } from './figures.ts'
import { parts, printHub } from './hub/print.ts'
import { onInterruption, unlessAborted } from './interruption.ts'
import { benchLaunch, type LaunchResult } from './launch/launch.ts'
import { benchStart } from './launch/start.ts'
import { describeMachine } from './machine.ts'
import { benchProxy } from './proxy/proxy.ts'
import { scenarioNames } from './proxy/scenarios.ts'
import { proxyText } from './proxy/text.ts'
import { benchCrowd } from './seats/crowd.ts'
import { benchDesk } from './seats/desk.ts'
import { benchHubCrowd } from './seats/hub-crowd.ts'
import { benchWarm } from './warm/warm.ts'

const optionTable = {
  rounds: {
    value: 'N',
    help: 'How often. Default: 5; proxy: 10; hub, content: 3; warm: 50 clicks, 10 with Jupyter.',
    schema: z.coerce
      .number('is a number')
      .int('is a whole number')
      .min(1, 'is at least 1')
      .max(100, 'is at most 100')
      .optional(),
  },
  only: {
    value: 'NAMES',
    help: 'launch, content, warm: of process,docker,kubernetes only these; warm: also trivial, servers that do nothing.',
    schema: list
      .pipe(z.array(z.enum(['trivial', 'process', 'docker', 'kubernetes'], 'names process, docker or kubernetes')))
      .default([]),
  },
  parts: {
    value: 'NAMES',
    help: `hub: of ${parts.join(',')} only these.`,
    schema: list.pipe(z.array(z.enum(parts, `names ${parts.join(', ')}`))).default([]),
  },
  scenarios: {
    value: 'NAMES',
    help: `proxy: of ${scenarioNames.join(',')} only these.`,
    schema: list.pipe(z.array(z.enum(scenarioNames, `names ${scenarioNames.join(', ')}`))).default([]),
  },
  peer: {
    help: "launch, click, hub: JupyterHub too; put into the user's cache where missing.",
    schema: flag,
  },
  herd: {
    value: 'N',
    help: 'click: how many new browsers click at once at the end. Default: 50; 0 for none.',
    schema: z.coerce.number('is a number').int('is a whole number').min(0).max(200).default(50),
  },
  alone: { help: 'proxy: ours alone, without other proxies.', schema: flag },
  requests: { help: 'launch: what each request cost at hub and proxy.', schema: flag },
  json: { help: 'Everything as one JSON object.', schema: flag },
} satisfies Options

const measures = ['launch', 'click', 'start', 'proxy', 'seats', 'hub', 'content', 'copies', 'warm']

const command = defineCommand({
  name: 'npm run bench --',
  args: '[launch|click|start|proxy|seats|hub|content|copies|warm]',
  summary: 'Measures what people wait for',
  description: `Measures one of these:

  launch   From the click to the notebook, in Chromium, at each place where servers can run here (default)
  click    Clicks of one browser: the first, again, another course, another user, with a spare, and many at once; by two lines
  start    From carrel start to a link that answers, and of the hub alone; memory of all processes, idle
  proxy    Requests, long answers, uploads and messages through the proxy, beside configurable-http-proxy and nginx
  seats    10,000 seats at one proxy, and sign-outs among them; what a desk costs the proxy
  hub      What the hub itself costs: starts, users, lists, restarts, two hubs, and what holds its event loop
  content  A course from git: until it is here, and from the click to a notebook of it, with single copies and with copies of all
  copies   1,000 learners' copies of a notebook that follow their course, in servers that run
  warm     From the click to the first byte of the notebook's page in a course with spares, by HTTP: one by one, and all at once`,
  options: optionTable,
  run,
})

process.exitCode = await runCommand(command, process.argv.slice(2))

async function run(options: Values<typeof optionTable>, { args: [named] }: Invocation): Promise<number> {
  if (named !== undefined && !measures.includes(named)) {
    throw new UsageError(`there is nothing to measure named ${named}, only ${measures.join(', ')}`)
  }
  const signal = onInterruption()
  const report = (line: string) => process.stderr.write(`${line}\n`)
  const rounds = options.rounds ?? (named === 'proxy' ? 10 : named === 'hub' || named === 'content' ? 3 : 5)
  const setting = { ...options, rounds, report, signal }
  const machine = describeMachine()

  if (named === 'click') {
    const { results, herds } = await benchClick(setting)
    if (options.json) return print([json({ machine, click: results.map(clickJson), herds })])
    return print([machine, ...results.map(clickText), ...herds.map(herdText)])
  }
  if (named === 'start') {
    const { times, memory } = await benchStart(setting)
    if (options.json) return print([json({ machine, start: summaries(times), memory: summaries(memory) })])
    return print([machine, table('start', times), table('memory, idle', memory, 'MB')])
  }
  if (named === 'proxy') {
    const result = await benchProxy({ ...setting, only: options.scenarios, peer: !options.alone })
    const rounds = [...result.scenarios].map(([name, found]) => [
      name,
      found.rounds.map((slices) => Object.fromEntries(slices)),
    ])
    const all = {
      machine,
      proxy: Object.fromEntries(rounds),
      megabytes: Object.fromEntries(result.megabytes),
      megabytesAtEnd: Object.fromEntries(result.megabytesAtEnd),
    }
    return print(options.json ? [json(all)] : [machine, ...proxyText(result)])
  }
  if (named === 'seats') {
    const [deskCost, deskSize] = await benchDesk(report, signal)
    const rows = {
      'a desk, µs of the proxy': deskCost,
      'a desk': deskSize,
      'a crowd': await benchCrowd(report, signal),
      'the hub, ms': await unlessAborted(signal, benchHubCrowd(report)),
    }
    const shown = Object.entries(rows)
    if (!options.json) return print([machine, ...shown.map(([title, each]) => table(title, each, ''))])
    return print([json({ machine, seats: Object.fromEntries(shown.map(([title, each]) => [title, summaries(each)])) })])
  }
  if (named === 'copies') {
    const copies = await unlessAborted(signal, benchCopies(report))
    if (options.json) return print([json({ machine, copies: summaries(copies) })])
    return print([machine, table('1,000 copies', copies, '')])
  }
  if (named === 'warm') {
    const all = await benchWarm({ ...setting, clicks: options.rounds })
    if (options.json)
      return print([json({ machine, warm: all.map(({ name, rows }) => ({ name, rows: summaries(rows) })) })])
    return print([machine, ...all.map(({ name, rows }) => table(name, rows))])
  }
  if (named === 'hub') return print(await printHub({ ...setting, machine }))
  if (named === 'content') {
    const all = await benchContent({ ...setting, sizes: usualSizes })
    if (options.json)
      return print([json({ machine, content: all.map(({ rows, ...more }) => ({ ...more, rows: summaries(rows) })) })])
    return print([machine, ...all.map(({ name, unit, rows, busy }) => table(name, rows, unit) + noiseOf(busy))])
  }
  const results = await benchLaunch(setting)
  if (!options.json)
    return print([machine, ...results.flatMap((result) => shown(result, options.requests)), ...compare(results)])
  const launch = results.map((result) => ({
    ...result,
    rows: summaries(result.rows),
    requests: summaries(result.requests),
  }))
  return print([json({ machine, launch })])
}

function shown({ name, rows, requests, busy }: LaunchResult, withRequests: boolean): string[] {
  return [table(name, rows) + noiseOf(busy), ...(withRequests ? [table(`${name}, hub's share`, requests)] : [])]
}

function noiseOf(busy: number[]): string {
  const percent = busy.map((share) => `${Math.round(share * 100)} %`)
  return busy.length === 0 ? '' : `\nbusy with other things before each launch: ${percent.join(', ')}`
}

function compare(results: LaunchResult[]): string[] {
  const rowsOf = (start: string) => results.find(({ name }) => name.startsWith(start))?.rows
  const [ours, theirs] = [rowsOf('Carrel, process'), rowsOf('JupyterHub')]
  if (ours === undefined || theirs === undefined) return []
  return [['JupyterHub / Carrel, of the medians', ...ratios(theirs, ours)].join('\n')]
}

function print(parts: string[]): number {
  process.stdout.write(`${parts.join('\n\n')}\n`)
  return 0
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
}
