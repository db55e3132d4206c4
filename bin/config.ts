import { resolve } from 'node:path'
import { defaultConfigFile, loadConfig } from '../config/load.ts'
import { defineCommand, type Group } from './command.ts'
import { UsageError } from './options.ts'
import { configOption } from './shared-options.ts'

const check = defineCommand({
  name: 'check',
  args: '[FILE]',
  summary: 'Names every problem of a config file',
  description:
    'Loads the config file as a hub would and names every problem, each with its place and a remedy. Starts nothing. ' +
    'Exit code 0 when there is none, 1 when there are some.',
  examples: { 'carrel config check carrel.config.ts': 'Before a hub is started with it' },
  options: configOption,
  async run(values, { args: [file], isFlag }) {
    if (file !== undefined && isFlag('config')) throw new UsageError(`${file} and --config name two files`)
    const path = file ?? values.config
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
  },
})

export const command: Group = { name: 'config', summary: 'Names every problem of a config file', commands: [check] }
