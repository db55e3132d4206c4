/** The commands of `carrel user` that are about many people: a file to read, a file to write, and their mails. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { slipsDocument } from '../../hub/views/roster/slips.ts'
import { codeOf } from '../../net/error-code.ts'
import { longestFile } from '../../roster/csv.ts'
import { whenText } from '../../roster/letter.ts'
import { defineCommand } from '../command.ts'
import { flag, list, text, UsageError } from '../options.ts'
import { accountOptions } from './account-options.ts'
import { type AdminClient, hubOptions, withHub } from './hub-client.ts'
import { print, shown } from './lines.ts'

const step = z.object({
  ...{ line: z.number(), kind: z.enum(['make', 'change', 'leave']), name: z.string(), email: z.string() },
  ...{ display_name: z.string().nullable(), groups: z.array(z.string()), leaves: z.array(z.string()) },
})
const link = z.object({
  ...{ name: z.string(), display_name: z.string().nullable(), groups: z.array(z.string()) },
  ...{ link: z.string(), ends: z.string() },
})
const imported = z.object({
  written: z.boolean(),
  steps: z.array(step),
  bad: z.array(z.object({ line: z.number(), problem: z.string() })),
  warnings: z.array(z.string()),
  mails: z.number().default(0),
  mailed: z.number().default(0),
  links: z.array(link).default([]),
})
type Imported = z.output<typeof imported>

const importPeople = defineCommand({
  name: 'import',
  args: '<FILE>',
  summary: 'Registers the people of a CSV file',
  description:
    'Makes an account for each line of a CSV file that names a person who has none, and adds the others to the groups of the file. Its first line names the columns: email, which must be there, and username, first_name, last_name and groups. A second import of the same file changes nothing. If one line cannot be used, nothing is written, unless --skip-bad is there.',
  examples: {
    'carrel user import class.csv --dry-run': 'Shows what would be done',
    'carrel user import class.csv --mail': 'Registers the class, and mails each person a link',
    'carrel user import class.csv --group maths --print slips.html': 'Writes a page with their links, to print',
  },
  options: {
    ...accountOptions,
    dryRun: { help: 'Show what would be done, and change nothing.', schema: flag },
    skipBad: { help: 'Leave out lines that cannot be used, and import the others.', schema: flag },
    group: { value: 'NAMES', help: 'Groups for all people of the file, separated by commas.', schema: list.optional() },
    replaceGroups: {
      help: 'Take these people out of groups of earlier files that this file does not name for them.',
      schema: flag,
    },
    mail: { help: 'Mail each person who has no password yet a link to choose one.', schema: flag },
    print: {
      value: 'FILE',
      help: 'Write a new file with such links, a page to print. Nothing else shows them.',
      schema: text,
    },
  },
  run: (values, { args: [file], env }) =>
    withHub(values, env, async (hub) => {
      if (!file) throw new UsageError('name the file')
      if (values.mail && values.print !== undefined) {
        throw new UsageError('a person has one link: take either --mail or --print')
      }
      const content = await readSmall(file)
      const paper = values.dryRun || values.print === undefined ? undefined : await newFile(values.print)
      const answer = await ask(hub, imported, 'POST', '/import', {
        file_base64: content.toString('base64'),
        groups: values.group ?? [],
        replace_groups: values.replaceGroups,
        authenticator: values.authenticator,
        dry_run: values.dryRun,
        skip_bad: values.skipBad,
        links: values.mail ? 'mail' : paper === undefined ? 'none' : 'show',
      }).catch(async (error: unknown) => {
        if (paper !== undefined && values.print !== undefined) await rm(values.print)
        throw error
      })
      if (paper !== undefined) await paper(answer)
      if (values.json) print(JSON.stringify({ ...answer, links: undefined }, null, 2))
      else report(answer, values.print)
      if (values.dryRun && answer.bad.length > 0 && !values.skipBad) {
        throw new Error(
          `${answer.bad.length === 1 ? '1 line' : `${answer.bad.length} lines`} cannot be used. Mend ${answer.bad.length === 1 ? 'it' : 'them'}, or go on without by --skip-bad`,
        )
      }
    }),
})

const exportPeople = defineCommand({
  name: 'export',
  summary: 'Prints all accounts as the CSV file that import reads',
  examples: { 'carrel user export > people.csv': 'Writes them to a file' },
  options: accountOptions,
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const query =
        values.authenticator === undefined ? '' : `?${new URLSearchParams({ authenticator: values.authenticator })}`
      const { csv } = await ask(hub, z.object({ csv: z.string() }), 'GET', `/export${query}`)
      process.stdout.write(values.json ? `${JSON.stringify({ csv })}\n` : csv)
    }),
})

const toMend = z.object({
  ...{ name: z.string(), email: z.string(), state: z.string(), tries: z.number(), reason: z.string().nullable() },
})
const mailList = z.object({ counts: z.record(z.string(), z.number()), to_mend: z.array(toMend) })

const mails = defineCommand({
  name: 'mails',
  summary: 'Shows which mails to new people did not go out, and why',
  description:
    'Shows how many mails with first-use links are on their way, and each that did not go out, with the reason. --again tries the failed ones once more. --again-unsure also sends those again of which it is not known whether they arrived: a person may then get a second mail, and only its link works.',
  options: {
    ...hubOptions,
    again: { help: 'Try the failed mails again.', schema: flag },
    againUnsure: { help: 'Send those again of which it is not known whether they arrived.', schema: flag },
  },
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const states = [...(values.again ? ['failed'] : []), ...(values.againUnsure ? ['unsure'] : [])]
      if (states.length > 0) {
        const { waiting } = await ask(hub, z.object({ waiting: z.number() }), 'POST', '/mails/retry', { states })
        return print(values.json ? JSON.stringify({ waiting }) : `Mails that are tried again: ${waiting}`)
      }
      const answer = await ask(hub, mailList, 'GET', '/mails')
      if (values.json) return print(JSON.stringify(answer, null, 2))
      const counts = Object.entries(answer.counts).filter(([state]) => state !== 'none')
      print(counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'No mail was asked for.')
      for (const { name, email, state, reason } of answer.to_mend) {
        print([name, email, state, reason ?? '-'].map(shown).join('\t'))
      }
    }),
})

/** For the group `carrel user`. */
export const peopleCommands = [importPeople, exportPeople, mails]

async function readSmall(file: string): Promise<Buffer> {
  const { size } = await stat(file).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
    throw new Error(`there is no file ${file}`)
  })
  // The hub would refuse it too, after the whole way.
  if (size > longestFile)
    throw new Error(`${file} has more than 2 MB. Split it, and import the parts one after the other`)
  return readFile(file)
}

/**
 * Makes a file that only its owner can read, before any link is made, and returns what writes the page into it. Refuses
 * a file that exists: it may have links that are still to be handed out.
 */
async function newFile(file: string): Promise<(answer: Imported) => Promise<void>> {
  await writeFile(file, '', { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new UsageError(`${file} exists. Name a new file, or remove it`)
  })
  return async ({ links }) => {
    const [first] = links
    const site = first === undefined ? '' : new URL(first.link).host
    const slips = links.map(({ name, display_name, groups, link, ends }) => ({
      ...{ name, displayName: display_name ?? undefined, groups, link, until: whenText(Date.parse(ends)) },
    }))
    await writeFile(file, slipsDocument(site, slips))
  }
}

function report({ written, steps, bad, warnings, mails, mailed, links }: Imported, file: string | undefined): void {
  for (const warning of warnings) print(shown(warning))
  for (const { line, kind, name, email, display_name, groups, leaves } of steps) {
    const called = display_name === null ? '' : `, shown as ${display_name}`
    const joins = groups.length === 0 ? '' : `, joins ${groups.join(', ')}`
    const left = leaves.length === 0 ? '' : `, leaves ${leaves.join(', ')}`
    print(shown(`line ${line}: ${words[kind]} ${name} (${email})${called}${joins}${left}`))
  }
  for (const { line, problem } of bad) print(shown(`line ${line}: cannot be used. ${problem}`))
  const count = (kind: string) => steps.filter((one) => one.kind === kind).length
  const sums = `${count('make')} new, ${count('change')} changed, ${count('leave')} left alone, ${bad.length} not used`
  print(written ? `${sums}.` : `${sums}. Nothing was written.`)
  if (mails > 0) print(`Mails that wait to be sent: ${mails}. carrel user mails shows what becomes of them.`)
  if (mailed > 0) print(`People who get no mail, since the link in an earlier one is still good: ${mailed}.`)
  if (file !== undefined && written)
    print(`${file} has a link for each person without a password (${links.length}). Print it, and remove it then.`)
}

const words = { make: 'makes', change: 'changes', leave: 'leaves alone' }

async function ask<T>(
  hub: AdminClient,
  answer: z.ZodType<T>,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<T> {
  const { data } = await hub.call({ method, path: `/hub/api/roster${path}`, ...(body && { body }) })
  const read = answer.safeParse(data)
  if (read.success) return read.data
  throw new Error('the answer is not understood. Is this the address of a hub of this version?')
}
