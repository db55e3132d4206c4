import { resolve } from 'node:path'
import { defaultConfigFile, loadConfig } from '../config/load.ts'
import { describeOptions, type Options, readOptions, UsageError } from './options.ts'
import { configOption } from './shared-options.ts'

export const options = { ...configOption } satisfies Options

export const help = `Usage: carrel config check [FILE]

Loads the config file as a hub would and names every problem, each with its place and a remedy. Starts nothing. Exit code 0 when
there is none, 1 when there are some.

${describeOptions(options)}
`

export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [verb, ...rest] = args
  if (verb !== 'check') {
    throw new UsageError(verb === undefined ? 'say what to do: check' : `there is no carrel config ${verb}, only check`)
  }
  const named = rest[0]?.startsWith('-') === false ? rest[0] : undefined
  if (named !== undefined && rest.length > 1) throw new UsageError(`${rest[1]} is one argument too many`)
  const path = named ?? readOptions(options, rest, env).config
  const config = await loadConfig(path)
  const courses = Object.values(config.courses).map(({ name }) => name)
  process.stdout.write(
    [
      `${resolve(path ?? defaultConfigFile)} is fine.`,
      `  spawner: ${config.spawner.name}`,
      `  authenticators: ${config.authenticators.map(({ name }) => name).join(', ')}`,
      `  courses (${courses.length}): ${courses.join(', ')}`,
      '',
    ].join('\n'),
  )
  return 0
}
