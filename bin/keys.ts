import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { formatKeys, type Keys, parseKeys } from '../seats/keys.ts'
import { changeKeyFile } from './key-file.ts'
import { describeOptions, flag, type Options, readOptions, text, UsageError } from './options.ts'
import { newSecretKey } from './secrets.ts'
import { dataOption } from './shared-options.ts'

export const options = {
  ...dataOption,
  file: {
    env: 'CARREL_KEYS_FILE',
    value: 'FILE',
    help: 'The key file. Default: secrets/keys in the data folder.',
    schema: text,
  },
  end: { help: 'With rotate: drop all older keys too.', schema: flag },
} satisfies Options

export const help = `Usage: carrel keys list | rotate [--end] | drop ID [options]

The keys from which hub and proxies derive seats and the tokens of servers. The first one mints, all of them verify.

  list          Shows their ids, and no more
  rotate        Adds a new first key. New runs use it; what runs goes on with the key that it has
  rotate --end  And drops all older ones: what runs with them stops, and every seat there ends
  drop ID       Drops one older key, in the same way

Hubs and proxies that share the file take it up within a second, without a restart. Where the keys are in CARREL_KEYS, the new
value is printed instead, for all who share it, and they must be restarted.

${describeOptions(options)}
`

export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [verb, ...rest] = args
  const named = verb === 'drop' ? rest.shift() : undefined
  const values = readOptions(options, rest, env)
  const change = changeOf(verb, named, values.end)
  const fromEnvironment = rest.includes('--file') ? undefined : env.CARREL_KEYS || undefined
  const file = values.file ?? join(resolve(values.data), 'secrets', 'keys')
  if (change === undefined) {
    print(listed(parseKeys(fromEnvironment ?? (await readKeys(file)))))
  } else if (fromEnvironment !== undefined) {
    print(`CARREL_KEYS=${change(fromEnvironment)}\n`)
    process.stderr.write('Give this to all hubs and proxies, and restart them: proxies first, then hubs.\n')
  } else {
    print(listed(parseKeys(await changeKeyFile(file, change))))
  }
  return 0
}

/** Undefined: only a look. */
function changeOf(
  verb: string | undefined,
  kid: string | undefined,
  end: boolean,
): ((text: string) => string) | undefined {
  switch (verb) {
    case 'list':
      return undefined
    case 'rotate':
      return (before) => rotated(before, end)
    case 'drop':
      if (kid === undefined || kid.startsWith('-')) throw new UsageError('say which: carrel keys drop ID')
      return (before) => dropped(before, kid)
    default:
      throw new UsageError(
        verb === undefined ? 'say what to do: list, rotate or drop' : `there is no carrel keys ${verb}`,
      )
  }
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
