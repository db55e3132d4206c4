/** Reads a config file from any folder, and reports everything that is wrong with it in one error. */
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { spellingHints } from '../net/settings/read.ts'
import { type Config, configSchema } from './config.ts'
import { layOut, readFilesBeside } from './lay-out.ts'
import { describeProblems, whyNotLoaded } from './problems.ts'
import { resolveOwnName } from './resolve.ts'
import { readLogo } from './sections/site.ts'
import { readSource } from './source.ts'

/** Settings of the command line, which win over the file. */
export interface ConfigOverrides {
  hub?: Optional<Config['hub']>
  servers?: Optional<Config['servers']>
  proxies?: { url: string }[]
}

type Optional<T> = { [Name in keyof T]?: T[Name] | undefined }

/** Thrown when the file cannot be used as it is. `problems` has a line for each thing to mend. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  file: string
  problems: string[]
  constructor(file: string, problems: string[], cause?: unknown) {
    const what = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    super(`${file} has ${what}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, { cause })
    this.file = file
    this.problems = problems
  }
}

export const defaultConfigFile = join(import.meta.dirname, 'default.config.ts')

/** Loads a config; without a file, the default one with temporary users and demo courses on this machine. */
export async function loadConfig(path: string | undefined, overrides: ConfigOverrides = {}): Promise<Config> {
  return (await loadWithInput(path, overrides)).config
}

/** Loads a config, and returns also the default export of its file as that stands there. */
export async function loadWithInput(
  path: string | undefined,
  overrides: ConfigOverrides = {},
): Promise<{ file: string; given: unknown; config: Config }> {
  const file = resolve(path ?? defaultConfigFile)
  const input = await importDefault(file)
  const whole = isRecord(input) ? withOverrides(input, overrides) : input
  const { beside, problems } = await readFilesBeside(input, dirname(file))
  const { logo, problems: ofLogo } = await readLogo(input, dirname(file))
  problems.push(...ofLogo)
  const checked = configSchema.safeParse(whole, { error: spellingHints })
  const problemsFound = [...(checked.error?.issues ?? []), ...problems]
  if (checked.success && problems.length === 0) {
    const { laid, problems: others } = layOut(checked.data, beside)
    if (others.length === 0) return { file, given: input, config: { ...checked.data, laid, ...(logo && { logo }) } }
    problemsFound.push(...others)
  }
  throw new ConfigError(file, describeProblems(problemsFound, await readSource(file)))
}

async function importDefault(file: string): Promise<unknown> {
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) {
    throw new ConfigError(file, ['there is no such file. Write one (see examples/), or leave out --config.'])
  }
  resolveOwnName()
  const url = pathToFileURL(file).href
  const module = await import(url).catch(async (cause: unknown) => {
    throw new ConfigError(file, whyNotLoaded(cause, await readSource(file)), cause)
  })
  if (module.default === undefined) {
    throw new ConfigError(file, ['it has no default export. It ends with: export default defineConfig({ … })'])
  }
  return module.default
}

function withOverrides(input: Record<string, unknown>, overrides: ConfigOverrides): Record<string, unknown> {
  const { hub, servers, proxies } = overrides
  return {
    ...input,
    ...(hub && { hub: merged(input.hub, hub) }),
    ...(servers && { servers: merged(input.servers, servers) }),
    ...(proxies && { proxies }),
  }
}

/** Returns a section with its overrides. A section that is no object stays as it is, for the schema to refuse. */
function merged(section: unknown, override: object): unknown {
  const given = Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined))
  return section === undefined || isRecord(section) ? { ...section, ...given } : section
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
