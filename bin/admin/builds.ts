import { z } from 'zod'
import { lineOf } from '../../net/error-code.ts'
import { defineCommand } from '../command.ts'
import { flag, type Options, UsageError, type Values } from '../options.ts'
import { followLog } from './follow.ts'
import { hubOptions, openAdminClient, withHub } from './hub-client.ts'
import { print, shown, understood } from './lines.ts'

const path = '/hub/api/builds'
const listing = z.object({ builds: z.array(z.object({ name: z.string() })) })
const begun = z.object({ build: z.number(), name: z.string() })

const options = {
  ...hubOptions,
  fresh: { help: 'Build all of it anew, whatever earlier builds have left.', schema: flag },
  detach: { help: 'Only ask for the builds, and do not follow them.', schema: flag },
  cancel: { help: 'End the builds that are under way instead.', schema: flag },
} satisfies Options

type Given = Values<typeof options>

/** The command that has images built, and shows what the builds print. */
export const build = defineCommand({
  name: 'build',
  args: '[NAME...]',
  summary: 'Has images built of their repositories, and shows how that goes',
  description: `Has the hub build the images of builds.images, or those that are named there so, and prints what each build prints. Where the repository has nothing new, nothing is made again. Courses start with the last image that was built until the new one is there. Exit code 1: an image could not be built.

Ctrl-C ends only this command: the builds go on at the hub.`,
  examples: {
    'carrel images build python': 'Builds what the repository has now',
    'carrel images build python --fresh': 'Also asks again for what it is built on',
    'carrel images build python --cancel': 'Ends the build of python that is under way',
  },
  options,
  async run(values, { args: names, env }) {
    if (values.cancel && (values.fresh || values.detach)) throw new UsageError('--cancel goes with no other wish')
    const stop = new AbortController()
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
    const all = names.length > 0 ? names : await namesAt(values, env)
    if (all.length === 0) say(values, 'The config names no images to be built.')
    if (values.cancel) return cancelAll(values, env, all)
    for (const name of all) await ask(values, env, name)
    if (values.detach) return 0
    let isWell = true
    for (const name of all) {
      const end = await followLog({ values, env, name, path: `${at(name)}/log`, signal: stop.signal })
      if (end === undefined) return leave(values, all)
      if (end !== 'built') isWell = false
    }
    return isWell ? 0 : 1
  },
})

async function namesAt(values: Given, env: NodeJS.ProcessEnv): Promise<string[]> {
  let names: string[] = []
  await withHub(values, env, async (hub) => {
    names = understood(listing, (await hub.call({ method: 'GET', path })).data).builds.map(({ name }) => name)
  })
  return names
}

async function ask(values: Given, env: NodeJS.ProcessEnv, name: string): Promise<void> {
  await withHub(values, env, async (hub) => {
    const { data } = await hub.call({ method: 'POST', path: at(name), body: { fresh: values.fresh } })
    if (values.detach) tell(values, understood(begun, data).name, { status: 'waits for its turn' })
  })
}

async function cancelAll(values: Given, env: NodeJS.ProcessEnv, names: string[]): Promise<number> {
  const hub = await openAdminClient(values, env)
  let isWell = true
  try {
    for (const name of names) {
      try {
        await hub.call({ method: 'DELETE', path: at(name) })
        tell(values, name, { status: 'is being cancelled' })
      } catch (error) {
        isWell = false
        process.stderr.write(`carrel: ${shown(lineOf(error))}\n`)
      }
    }
  } finally {
    hub.close()
  }
  return isWell ? 0 : 1
}

function leave(values: Given, names: string[]): number {
  if (!values.json)
    process.stderr.write(`The build goes on. To end it: carrel images build ${names.map(shown).join(' ')} --cancel\n`)
  return 130
}

function at(name: string): string {
  return `${path}/${encodeURIComponent(name)}`
}

function tell(values: Given, name: string, one: { status: string }): void {
  print(values.json ? JSON.stringify({ name, ...one }) : `${shown(name)}: ${one.status}`)
}

function say(values: Given, text: string): void {
  if (!values.json) print(text)
}
