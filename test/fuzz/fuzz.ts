/** `npm run fuzz`: tries whether bytes to any listener end a process, block it, or destroy a user's work. */
import { z } from 'zod'
import { defineCommand } from '../../bin/command.ts'
import { runCommand } from '../../bin/command-line.ts'
import type { Options, Values } from '../../bin/options.ts'
import { fuzz } from './run.ts'

const whole = z
  .string()
  .regex(/^\d{1,9}$/, 'is a whole number')
  .transform(Number)

const optionTable = {
  seed: {
    value: 'N',
    help: 'What the exchanges are made of. Default: another one each time.',
    schema: whole.optional(),
  },
  exchanges: { value: 'N', help: 'How many. Default: 20000.', schema: whole.default(20_000) },
  seconds: { value: 'N', help: 'Ends after so many seconds. Default: 900.', schema: whole.default(900) },
  findings: { value: 'N', help: 'Ends after so many findings. Default: 5.', schema: whole.default(5) },
  only: {
    value: 'N[-M]',
    help: 'Only these exchanges of the seed, as a finding says.',
    schema: z
      .string()
      .regex(/^\d{1,9}(-\d{1,9})?$/, 'is a number, or two')
      .optional(),
  },
} satisfies Options

const command = defineCommand({
  name: 'npm run fuzz --',
  summary: 'Sends odd bytes',
  description:
    "Sends all that HTTP/1.1 can be, and what it nearly is, to hub, proxy and routes API, and answers for learners' servers.",
  options: optionTable,
  run,
})

process.exitCode = await runCommand(command, process.argv.slice(2))

async function run(values: Values<typeof optionTable>): Promise<number> {
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  const { seed = Math.floor(Math.random() * 1e9), only, ...options } = values
  const [first = 0, last = first] = only?.split('-').map(Number) ?? []
  say(`seed ${seed}`)
  const range = only === undefined ? { first: 0, exchanges: options.exchanges } : { first, exchanges: last - first + 1 }
  const { exchanges, seconds, statuses, findings, worlds } = await fuzz({ ...options, ...range, seed, report: say })
  // Leaves out rare statuses, since learners' servers respond with any number.
  const often = [...statuses].filter(([, count]) => count >= exchanges / 1000).sort(([a], [b]) => a.localeCompare(b))
  const seen = often.map(([status, count]) => `${status}: ${count}`)
  say(
    `${exchanges} exchanges in ${Math.round(seconds)} s, ${Math.round(exchanges / seconds)} a second; ${worlds} worlds`,
  )
  say(`answers that came often: ${seen.join(', ')}`)
  for (const { harm, numbers, others } of findings)
    say(
      `${harm.kind}, first by ${numbers[0]}, then ${others.length} times more: ${harm.what.split('\n')[0]?.slice(0, 150)}`,
    )
  say(`${findings.length} findings`)
  return findings.length === 0 ? 0 : 1
}
