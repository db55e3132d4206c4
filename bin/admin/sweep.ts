import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { flag, type Options, type Values } from '../options.ts'
import { type AdminClient, hubOptions, withHub } from './hub-client.ts'
import { print, shown } from './lines.ts'

const path = '/hub/api/sweep'
const orphan = z.object({ name: z.string(), server: z.string(), run: z.int(), running: z.boolean() })
const found = z.object({ found: z.int(), orphans: z.array(orphan) })
const removal = z.object({
  removed: z.array(z.string()),
  failed: z.array(z.object({ name: z.string(), reason: z.string() })),
  kept: z.array(z.string()),
})
/** How many the hub removes in one call. */
const atOnce = 20

const options = {
  ...hubOptions,
  yes: { help: 'Remove them.', schema: flag },
} satisfies Options

export const command = defineCommand({
  name: 'sweep',
  summary: 'Shows, and removes, what runs without belonging to a server',
  description: `Asks the hub for processes, containers or pods of this installation that belong to no server. A hub removes such things by itself, but not when they are many at once, which looks more like a lost database than like litter. With --yes it removes those that it has shown, as far as they still belong to none.`,
  options,
  run: (values, { env }) => withHub(values, env, (hub) => sweep(hub, values)),
})

async function sweep(hub: AdminClient, { yes, json }: Values<typeof options>): Promise<void> {
  const all = understood(found, (await hub.call({ method: 'GET', path })).data)
  const { orphans } = all
  const say = (line: string) => json || print(line)
  say(`${all.found} found, ${orphans.length} of them without a server${orphans.length > 0 ? ':' : '.'}`)
  const described = new Map(
    orphans.map(({ name, running }) => [name, `${shown(name)} (${running ? 'running' : 'not running'})`]),
  )
  if (!yes) for (const line of described.values()) say(`  ${line}`)
  if (!yes && orphans.length > 0) say('Nothing was removed. carrel sweep --yes removes these.')
  const done: z.output<typeof removal> = { removed: [], failed: [], kept: [] }
  for (let from = 0; yes && from < orphans.length; from += atOnce) {
    const names = orphans.slice(from, from + atOnce).map(({ name }) => name)
    const { removed, failed, kept } = understood(
      removal,
      (await hub.call({ method: 'POST', path, body: { names } })).data,
    )
    for (const name of removed) say(`  ${described.get(name)} – removed`)
    for (const { name, reason } of failed) say(`  ${described.get(name)} – could not be removed: ${shown(reason)}`)
    for (const name of kept) say(`  ${described.get(name)} – left: it is gone, or belongs to a server now`)
    done.removed.push(...removed)
    done.failed.push(...failed)
    done.kept.push(...kept)
  }
  if (json) print(JSON.stringify(yes ? { ...all, ...done } : all, undefined, 2))
  if (done.failed.length > 0) throw new Error(`${done.failed.length} could not be removed. The hub's log says more`)
}

function understood<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  throw new Error('the answer is not understood. Is this the address of a hub?')
}
