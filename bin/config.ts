import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { defaultConfigFile, loadConfig, loadWithInput } from '../config/load.ts'
import { lookAt, warningTexts } from '../config/look.ts'
import { defineCommand, type Group, type Invocation } from './command.ts'
import { flag, flagOf, type Options, UsageError, type Values } from './options.ts'
import { configOption, publicUrlOverrides, urlOptions } from './shared-options.ts'

const options = {
  ...configOption,
  ...urlOptions,
  try: { help: 'Ask engine, registries and identity providers too whether courses can start.', schema: flag },
} satisfies Options

const check = defineCommand({
  name: 'check',
  args: '[FILE]',
  summary: 'Names every problem of a config file',
  description:
    'Loads the config file as a hub would and names every problem, each with its place and a remedy; and what would be ' +
    'idle or unsafe, as warnings. Starts nothing. With --try it looks too whether courses can start and people can sign ' +
    'in: whether the engine has the images or could fetch them, and whether identity providers and the repositories of ' +
    'courses answer. Nothing is ' +
    'fetched. Exit code 0 when there is no problem, 1 when there are some; warnings alone are none.',
  examples: {
    'carrel config check carrel.config.ts': 'Before a hub is started with it',
    'carrel config check carrel.config.ts --try': 'And whether its courses can start',
  },
  options,
  async run(values, { args: [file], isFlag }) {
    const path = fileOf(file, values.config, isFlag)
    const config = await loadConfig(path, publicUrlOverrides(values))
    const urls = { hubUrl: config.hub.url, serversUrl: config.servers.url }
    const name = resolve(path ?? defaultConfigFile)
    if (path === undefined && existsSync('carrel.config.ts'))
      print([
        'This looks at the config of a start without --config. For the file here: carrel config check carrel.config.ts',
      ])
    const { signal } = new AbortController()
    if (!values.try) {
      const warnings = await warningTexts(config, urls, signal)
      print([...summary(name, config, warnings.length), ...warnings.map((text) => `Warning: ${text}`)])
      return 0
    }
    const { findingText } = await import('../doctor/finding.ts')
    const { lookAtContent } = await import('../config/content/look.ts')
    const found = [...(await lookAt(config, urls, signal)), ...(await lookAtContent(config, signal))]
    const problems = found.filter(({ verdict }) => verdict === 'problem')
    print([...summary(name, config, problems.length), ...found.map(findingText)])
    return problems.length === 0 ? 0 : 1
  },
})

const showOptions = {
  ...configOption,
  ...urlOptions,
  json: { help: 'Print a JSON array.', schema: flag },
} satisfies Options

const show = defineCommand({
  name: 'show',
  args: '[FILE]',
  summary: 'Shows the settings that hold, and where each came from',
  description:
    'Shows every setting that holds, those of plug-ins too, and where it came from: the command line, the environment, the ' +
    'file, or a default. Passwords, secrets and tokens are hidden. Starts nothing.',
  examples: { 'carrel config show carrel.config.ts': 'What a hub would run with' },
  options: showOptions,
  async run(values, { args: [argument], isFlag, env }) {
    const path = fileOf(argument, values.config, isFlag)
    const { file, given, config } = await loadWithInput(path, publicUrlOverrides(values))
    const { shownSettings } = await import('../config/show.ts')
    const { readSource } = await import('../config/source.ts')
    const overridden = placesOfUrls(values, isFlag)
    const shown = shownSettings({ config, given, overridden, source: await readSource(file, env) })
    if (values.json) print([JSON.stringify(shown, undefined, 2)])
    else print([file, ...shown.map(({ setting, value, from }) => `${setting} = ${JSON.stringify(value)}   (${from})`)])
    return 0
  },
})

/** Returns where the settings came from that the command line or the environment has set. */
function placesOfUrls(values: Values<typeof urlOptions>, isFlag: Invocation['isFlag']): Record<string, string> {
  const places = {
    hubUrl: 'hub.url',
    insecureHttp: 'hub.insecureHttp',
    serversUrl: 'servers.url',
    shareHubOrigin: 'servers.shareHubOrigin',
  } as const
  const set = Object.entries(places).filter(([name]) => values[name as keyof typeof places])
  return Object.fromEntries(
    set.map(([name, setting]) => {
      const variable = urlOptions[name as keyof typeof places].env
      return [setting, isFlag(name) ? flagOf(name) : `environment ${variable}`]
    }),
  )
}

function fileOf(argument: string | undefined, config: string | undefined, isFlag: Invocation['isFlag']) {
  if (argument !== undefined && isFlag('config')) throw new UsageError(`${argument} and --config name two files`)
  return argument ?? config
}

function summary(file: string, config: Config, troubles: number): string[] {
  const whole = Object.values(config.courses).filter(({ variantOf }) => variantOf === undefined)
  const courses = whole.map(({ name }) => name)
  return [
    troubles === 0 ? `${file} is fine.` : `${file} can be loaded. See below for what does not work.`,
    `  spawner: ${config.spawner.name}`,
    `  authenticators: ${config.authenticators.map(({ name }) => name).join(', ')}`,
    `  courses (${courses.length}): ${courses.join(', ')}`,
  ]
}

function print(lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

export const command: Group = {
  name: 'config',
  summary: 'Checks a config file, and shows the settings that hold',
  commands: [check, show],
}
