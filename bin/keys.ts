import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { formatKeys, type Keys, parseKeys } from '../seats/keys.ts'
import { defineCommand, type Group, type Invocation } from './command.ts'
import { changeKeyFile } from './key-file.ts'
import { flag, type Options, text, UsageError, type Values } from './options.ts'
import { newSecretKey } from './secrets.ts'
import { dataOption } from './shared-options.ts'

const options = {
  ...dataOption,
  file: {
    env: 'CARREL_KEYS_FILE',
    value: 'FILE',
    help: 'The key file. Default: secrets/keys in the data folder.',
    schema: text,
  },
} satisfies Options

const rotateOptions = { ...options, end: { help: 'Drop all older keys too.', schema: flag } } satisfies Options

const list = defineCommand({
  name: 'list',
  summary: 'Shows their ids, and no more',
  options,
  async run(values, invocation) {
    const { file, variable } = placeOf(values, invocation)
    print(listed(parseKeys(variable ?? (await readKeys(file)))))
    return 0
  },
})

const rotate = defineCommand({
  name: 'rotate',
  summary: 'Adds a new first key; with --end, drops all older ones',
  description:
    'Adds a new first key. New runs use it; what runs goes on with the key that it has. ' +
    'With --end it drops all older ones: what runs with them stops, and every seat there ends.',
  options: rotateOptions,
  run: (values, invocation) => changeKeys((before) => rotated(before, values.end), values, invocation),
})

const drop = defineCommand({
  name: 'drop',
  args: '<ID>',
  summary: 'Drops one older key',
  description: 'Drops one older key: what runs with it stops, and every seat there ends.',
  examples: { 'carrel keys drop k1': 'After carrel keys list has shown k2 as the one that mints' },
  options,
  run: (values, invocation) => changeKeys((before) => dropped(before, invocation.args[0] ?? ''), values, invocation),
})

export const command: Group = {
  name: 'keys',
  summary: 'Lists and rotates the keys that hub and proxies share',
  description: `The keys from which hub and proxies derive seats and the tokens of servers. The first one mints, all of them verify.

Hubs and proxies that share the file take it up within a second, without a restart. Where the keys are in CARREL_KEYS, the new value is printed instead, for all who share it, and they must be restarted.`,

  commands: [list, rotate, drop],
}

/** Returns the file of the keys, and the keys of the environment, unless the command line names a file. */
function placeOf(values: Values<typeof options>, { isFlag, env }: Invocation) {
  return {
    file: values.file ?? join(resolve(values.data), 'secrets', 'keys'),
    variable: isFlag('file') ? undefined : env.CARREL_KEYS || undefined,
  }
}

async function changeKeys(
  change: (before: string) => string,
  values: Values<typeof options>,
  invocation: Invocation,
): Promise<number> {
  const { file, variable } = placeOf(values, invocation)
  if (variable === undefined) {
    print(listed(parseKeys(await changeKeyFile(file, change))))
  } else {
    print(`CARREL_KEYS=${change(variable)}\n`)
    process.stderr.write('Give this to all hubs and proxies, and restart them: proxies first, then hubs.\n')
  }
  return 0
}

function rotated(text: string, end: boolean): string {
  const older = parseKeys(text)
  const numbers = older.map(({ kid }) => Number(/^k(\d{1,9})$/.exec(kid)?.[1] ?? 0))
  const [first] = parseKeys(newSecretKey(`k${Math.max(...numbers) + 1}`))
  return formatKeys(end ? [first] : [first, ...older])
}

function dropped(text: string, kid: string): string {
  const [first, ...older] = parseKeys(text)
  if (first.kid === kid) throw new UsageError(`${kid} is the one that mints. Rotate first`)
  if (!older.some((key) => key.kid === kid)) throw new UsageError(`there is no key ${kid}`)
  return formatKeys([first, ...older.filter((key) => key.kid !== kid)])
}

async function readKeys(file: string): Promise<string> {
  return (
    await readFile(file, 'utf8').catch(() => {
      throw new UsageError(`there is no key file ${file}. carrel start makes its own; --file and --data name another`)
    })
  ).trim()
}

function listed([first, ...older]: Keys): string {
  return [`${first.kid}  mints`, ...older.map(({ kid }) => kid), ''].join('\n')
}

function print(text: string): void {
  process.stdout.write(text)
}
