import { resolve } from 'node:path'
import { defineCommand } from './command.ts'
import { flag, type Options, type Values } from './options.ts'
import { publicUrlOverrides, sharedOptions } from './shared-options.ts'

export const options = {
  ...sharedOptions,
  yes: { help: 'Remove them.', schema: flag },
} satisfies Options

export const command = defineCommand({
  name: 'sweep',
  summary: 'Shows, and removes, what runs without belonging to a server',
  description: `Shows processes, containers or pods of this installation that belong to no server. A hub removes such things by itself, but not when they are many at once, which looks more like a lost database than like litter. With --yes they are removed. Hubs may be at work meanwhile.`,
  options,
  run,
})

async function run(values: Values<typeof options>): Promise<number> {
  const { loadConfig } = await import('../config/load.ts')
  const config = await loadConfig(values.config, publicUrlOverrides(values))
  const { sweepByHand } = await import('../hub/servers/sweep-by-hand.ts')
  const print = (line: string) => {
    process.stdout.write(`${line}\n`)
  }
  await sweepByHand({ config, dataDir: resolve(values.data), remove: values.yes, print })
  return 0
}
