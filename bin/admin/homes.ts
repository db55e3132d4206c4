import { z } from 'zod'
import { defineCommand, type Group } from '../command.ts'
import { flag, type Options, text, UsageError, type Values } from '../options.ts'
import { homeFileCommands } from './home-files.ts'
import { type AdminClient, type HubCall, hubOptions, withHub } from './hub-client.ts'
import { print, printFields, shown } from './lines.ts'

const home = z.object({
  ...{ id: z.string(), account: z.string(), user: z.string(), course: z.string(), state: z.string() },
  ...{ in_use: z.string().nullable(), size: z.number().nullable(), bytes: z.number().nullable() },
  ...{ measured: z.string().nullable(), created: z.string(), last_used: z.string() },
  ...{ removed_at: z.string().nullable(), removed_by: z.string().nullable(), reason: z.string().nullable() },
})
type Home = z.output<typeof home>
const page = z.object({ homes: z.array(home), total: z.number(), next: z.number().nullable() })

/** Options that say which homes are meant. */
const filters = {
  course: { value: 'COURSE', help: 'Only homes of this course, which may be there no more.', schema: text },
  user: { value: 'TEXT', help: "Only homes whose user's name or account contains this.", schema: text },
  olderThan: {
    value: 'DAYS',
    help: 'Only homes that nobody has used for so many days: 400d.',
    schema: z
      .string()
      .regex(/^\d{1,5}d?$/, 'is a number of days, such as 400d')
      .transform((days) => Number.parseInt(days, 10))
      .optional(),
  },
} satisfies Options

const list = defineCommand({
  name: 'list',
  summary: 'Shows the files of learners that last, those first that were used longest ago',
  description:
    'Shows each home with its id, user, course, size, last use and state. A home that is "found" has lost its row in the database, and can be adopted.',
  examples: { 'carrel homes list --older-than 400d': 'Shows what nobody has used for more than a year' },
  options: {
    ...hubOptions,
    ...filters,
    state: {
      value: 'STATE',
      help: 'Only homes in this state: ready, making, found, removing or deleting.',
      schema: z.enum(['ready', 'making', 'found', 'removing', 'deleting']).optional(),
    },
  },
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const all = await listHomes(hub, values, values.state)
      if (values.json) return print(JSON.stringify(all, null, 2))
      for (const one of all) print(lineOf(one))
      if (all.length === 0) print('There is no such home.')
    }),
})

const show = defineCommand({
  name: 'show',
  args: '<HOME>',
  summary: 'Shows one home, measured anew',
  options: hubOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const path = pathOf(idIn(args))
      const { data } = await hub.call({ method: 'POST', path: `${path}/measure`, body: {} })
      const one = home.extend({ enforced_bytes: z.number().nullable() }).parse(data)
      if (values.json) return print(JSON.stringify(one, null, 2))
      printFields(one)
    }),
})

const remove = defineCommand({
  name: 'remove',
  args: '[HOME...]',
  summary: 'Removes homes, seven days from now',
  description:
    'Removes the homes that are named by id, or all that --older-than, --course and --user mean together. Without --yes it only shows what would go, with age and size. With it the homes go seven days later; "carrel homes keep" takes that back, and so does a learner who opens the course before. A home that is in use, or was used meanwhile, stays.',
  examples: {
    'carrel homes remove --older-than 400d': 'Shows what would go',
    'carrel homes remove --older-than 400d --yes': 'Removes it in seven days',
  },
  options: {
    ...hubOptions,
    ...filters,
    reason: { value: 'TEXT', help: 'The reason, for the history and for those who may take it back.', schema: text },
    yes: { help: 'Remove them.', schema: flag },
  },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const { all, staying } = split(await meant(hub, values, args))
      const done: Home[] = []
      for (const one of values.yes ? all : []) {
        const body = { reason: values.reason ?? '', last_used: one.last_used }
        const answer = await ask(hub, { method: 'DELETE', path: pathOf(one.id), body }).catch((error: Error) => error)
        if (answer instanceof Error) staying.push({ home: one, why: answer.message })
        else done.push(answer)
      }
      const going = values.yes ? done : all
      if (values.json) return print(JSON.stringify({ removed: values.yes, homes: going, staying }, null, 2))
      for (const one of going) print(lineOf(one))
      for (const { home: one, why } of staying) print(`${one.id} stays: ${shown(why)}`)
      const bytes = going.reduce((sum, one) => sum + (one.bytes ?? 0), 0)
      const unknown = going.some((one) => one.bytes === null) ? ', and some of unknown size' : ''
      const what = `${going.length} ${going.length === 1 ? 'home' : 'homes'} with ${bytesText(bytes)}${unknown}`
      if (going.length === 0) return print('Nothing is removed.')
      if (values.yes) return print(`${what}: removed in seven days. "carrel homes keep" takes that back.`)
      print(`${what} would be removed in seven days. Nothing was removed. Repeat it with --yes if you mean that.`)
    }),
})

const keep = defineCommand({
  name: 'keep',
  args: '<HOME...>',
  summary: 'Takes the removal of homes back',
  options: hubOptions,
  run: (values, { args, env }) => forEach(values, env, { args, path: '/keep', done: ({ id }) => `${id} stays.` }),
})

const release = defineCommand({
  name: 'release',
  args: '<HOME>',
  summary: 'Frees a home whose notebook is gone and will never be seen gone',
  description:
    'A home belongs to one notebook at a time until that was seen to have ended. On a node that is lost for good nothing sees that. Make sure first that the node is off: two notebooks that write the same files can damage them. Touches no files, and nothing that runs.',
  options: hubOptions,
  run: (values, { args, env }) =>
    forEach(values, env, { args: [idIn(args)], path: '/release', done: ({ id }) => `${id} is free.` }),
})

const adopt = defineCommand({
  name: 'adopt',
  args: '<HOME>',
  summary: 'Gives a home back that the database has lost',
  description:
    'Writes the row of a home that was found without one, as after the database was restored from a backup: for the account that its labels name, or for another user. With --for also one whose account was removed.',
  options: { ...hubOptions, for: { value: 'USER', help: 'Give it to this user instead.', schema: text } },
  run: (values, { args, env }) =>
    forEach(values, env, {
      args: [idIn(args)],
      path: '/adopt',
      body: values.for === undefined ? {} : { user: values.for },
      done: ({ id, account, course }) => `${id} is the home of ${shown(account)} in ${course || 'all courses'}.`,
    }),
})

export const command: Group = {
  name: 'homes',
  summary: 'Lists, copies and removes files of learners that last, at a running hub',
  commands: [list, show, remove, keep, adopt, release, ...homeFileCommands],
}

interface Change {
  args: string[]
  path: string
  body?: object
  done(home: Home): string
}

function forEach(
  values: Values<typeof hubOptions>,
  env: NodeJS.ProcessEnv,
  { args, path, body = {}, done }: Change,
): Promise<number> {
  return withHub(values, env, async (hub) => {
    if (args.length === 0) throw new UsageError('name the home by its id, as "carrel homes list" shows it')
    const homes: Home[] = []
    for (const id of args) {
      const one = await ask(hub, { method: 'POST', path: `${pathOf(id)}${path}`, body })
      homes.push(one)
      if (!values.json) print(done(one))
    }
    if (values.json) print(JSON.stringify(homes, null, 2))
  })
}

async function ask(hub: AdminClient, call: HubCall): Promise<Home> {
  const { data } = await hub.call(call)
  const read = home.safeParse(data)
  if (read.success) return read.data
  throw new Error('the answer is not understood. Is this the address of a hub of this version?')
}

type Filters = { course?: string | undefined; user?: string | undefined; olderThan?: number | undefined }

/** Returns the homes that ids or filters mean. Both at once would mean neither. */
async function meant(hub: AdminClient, values: Filters, ids: string[]): Promise<Home[]> {
  const isFiltered = [values.course, values.user, values.olderThan].some((one) => one !== undefined)
  if (ids.length > 0 === isFiltered) {
    throw new UsageError('name homes by their ids, or say which by --older-than, --course and --user')
  }
  if (isFiltered) return listHomes(hub, values, undefined)
  const homes: Home[] = []
  for (const id of ids) homes.push(await ask(hub, { method: 'GET', path: pathOf(id) }))
  return homes
}

function split(homes: Home[]): { all: Home[]; staying: { home: Home; why: string }[] } {
  const why = (one: Home) =>
    one.in_use !== null ? 'it is in use' : one.removed_at !== null ? `it goes at ${one.removed_at} already` : undefined
  return {
    all: homes.filter((one) => why(one) === undefined),
    staying: homes.flatMap((one) => (why(one) === undefined ? [] : [{ home: one, why: why(one) ?? '' }])),
  }
}

async function listHomes(hub: AdminClient, values: Filters, state: string | undefined): Promise<Home[]> {
  const { course, user, olderThan } = values
  const all: Home[] = []
  for (let offset: number | null = 0; offset !== null; ) {
    const query = new URLSearchParams({
      ...{ limit: '200', offset: String(offset) },
      ...(course !== undefined && { course }),
      ...(user !== undefined && { user }),
      ...(olderThan !== undefined && { older_than_days: String(olderThan) }),
      ...(state !== undefined && { state }),
    })
    const { data } = await hub.call({ method: 'GET', path: `/hub/api/homes?${query}` })
    const read = page.safeParse(data)
    if (!read.success) throw new Error('the list of homes is not understood. Is this the address of a hub?')
    all.push(...read.data.homes)
    const { next } = read.data
    if (next !== null && next <= offset) throw new Error("the hub's list of homes does not end")
    offset = next
  }
  return all
}

function lineOf({ id, user, account, course, bytes, last_used, state, in_use, removed_at }: Home): string {
  const how = removed_at !== null ? `to be removed ${removed_at}` : in_use !== null ? 'in use' : state
  const size = bytes === null ? '-' : bytesText(bytes)
  return [id, shown(user || account), course || '(all)', size, last_used, how].join('\t')
}

/** Returns an amount as `12.3 MB`, in powers of 1024 as config files have them. */
function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const unit = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${units[unit]}`
}

function idIn(args: string[]): string {
  const [id, ...others] = args
  if (id && others.length === 0) return id
  throw new UsageError('name one home by its id, as "carrel homes list" shows it')
}

function pathOf(id: string): string {
  return `/hub/api/homes/${encodeURIComponent(id)}`
}
