import { z } from 'zod'
import { defineCommand, type Group } from '../command.ts'
import { text, UsageError } from '../options.ts'
import { type AdminClient, hubOptions, withHub } from './hub-client.ts'
import { print, shown } from './lines.ts'

const server = z.object({
  name: z.string(),
  ready: z.boolean(),
  pending: z.string().nullable(),
  started: z.string().nullable(),
  last_activity: z.string().nullable(),
})
const page = z.object({
  items: z.array(z.object({ name: z.string(), servers: z.record(z.string(), server) })),
  _pagination: z.object({ next: z.object({ offset: z.int() }).nullable() }),
})

interface Listed {
  user: string
  course: string
  state: string
  started: string | null
  lastActivity: string | null
}

const list = defineCommand({
  name: 'list',
  summary: 'Shows the servers that run, start or stop',
  options: hubOptions,
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const servers = await listServers(hub)
      if (values.json) return print(JSON.stringify(servers, null, 2))
      for (const { user, course, state, lastActivity } of servers) {
        print([shown(user), course, state, lastActivity ?? '-'].join('\t'))
      }
      if (servers.length === 0) print('No server runs.')
    }),
})

const stop = defineCommand({
  name: 'stop',
  args: '<USER> <COURSE>',
  summary: 'Stops one server',
  description:
    'Stops the server of this user in this course. What is saved stays; what was typed since, and the variables of running notebooks, are lost. Does nothing to a server that does not run.',
  examples: { 'carrel servers stop ann demo': "Stops ann's notebooks in the course demo" },
  options: {
    ...hubOptions,
    reason: { value: 'TEXT', help: 'The reason, for the history.', schema: text },
  },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [user, course] = args
      if (!user || !course) throw new UsageError('name the user and the course')
      const path = `/hub/api/users/${encodeURIComponent(user)}/servers/${encodeURIComponent(course)}`
      const { status } = await hub.call({ method: 'DELETE', path, body: { reason: values.reason ?? '' } })
      const state = status === 204 ? 'stopped' : 'stopping'
      print(values.json ? JSON.stringify({ user, course, state }) : `${shown(user)} ${course}: ${state}`)
    }),
})

export const command: Group = {
  name: 'servers',
  summary: 'Lists and stops the servers of a running hub',
  commands: [list, stop],
}

async function listServers(hub: AdminClient): Promise<Listed[]> {
  const found = new Map<string, Listed>()
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const { data } = await hub.call({
      method: 'GET',
      path: `/hub/api/users?state=active&limit=200&offset=${offset}`,
      headers: { accept: 'application/jupyterhub-pagination+json' },
    })
    const read = page.safeParse(data)
    if (!read.success) throw new Error('the list of users is not understood. Is this the address of a hub?')
    for (const user of read.data.items) {
      for (const { name, ready, pending, started, last_activity } of Object.values(user.servers)) {
        const state = pending === 'spawn' ? 'starting' : pending === 'stop' ? 'stopping' : ready ? 'ready' : 'unknown'
        found.set(`${user.name}/${name}`, {
          ...{ user: user.name, course: name, state, started, lastActivity: last_activity },
        })
      }
    }
    const next: number | undefined = read.data._pagination.next?.offset
    if (next !== undefined && next <= offset) throw new Error("the hub's list of users does not end")
    offset = next
  }
  return [...found.values()]
}
