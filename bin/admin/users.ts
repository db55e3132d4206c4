import { z } from 'zod'
import { defineCommand, type Group } from '../command.ts'
import { flag, text, UsageError } from '../options.ts'
import { type AdminClient, type HubCall, hubOptions, withHub } from './hub-client.ts'
import { print, shown } from './lines.ts'

const user = z.object({
  name: z.string(),
  temporary: z.boolean(),
  admin: z.boolean(),
  groups: z.array(z.string()),
  last_activity: z.string(),
  servers: z.record(z.string(), z.unknown()),
})
const page = z.object({
  items: z.array(user),
  _pagination: z.object({ next: z.object({ offset: z.int() }).nullable() }),
})

const list = defineCommand({
  name: 'list',
  summary: 'Shows the users, and in which courses they have a server that runs',
  options: {
    ...hubOptions,
    name: { value: 'TEXT', help: 'Only users whose name contains this.', schema: text },
  },
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const all = await listUsers(hub, values.name ?? '')
      if (values.json) return print(JSON.stringify(all, null, 2))
      for (const { name, temporary, admin, servers, last_activity } of all) {
        const kind = temporary ? 'temporary' : admin ? 'admin' : '-'
        print([shown(name), kind, Object.keys(servers).join(',') || '-', last_activity].join('\t'))
      }
      if (all.length === 0) print('There is no such user.')
    }),
})

/** What a command does to one user, and what it says afterwards. */
interface Act {
  name: string
  summary: string
  description: string
  call(path: string): HubCall
  done: string
  /** What is lost for good, after “this removes”, for a command that does nothing without `--yes`. */
  loses?: (who: string) => string
}

const acts: Act[] = [
  {
    name: 'sign-out',
    summary: 'Signs a user out in every browser',
    description: 'What is open closes, and what is not saved there is lost. Servers and API tokens go on.',
    call: (path) => ({ method: 'POST', path: `${path}/sign-out` }),
    done: 'is signed out in every browser.',
  },
  {
    name: 'block',
    summary: 'Keeps a user out until "unblock"',
    description:
      'Signs the user out, stops the servers, and lets neither sign-ins nor API tokens in. What is saved stays.',
    call: (path) => ({ method: 'PATCH', path, body: { blocked: true } }),
    done: 'is blocked.',
  },
  {
    name: 'unblock',
    summary: 'Lets a blocked user in again',
    description: 'The user may sign in again, and API tokens work again.',
    call: (path) => ({ method: 'PATCH', path, body: { blocked: false } }),
    done: 'may come in again.',
  },
  {
    name: 'remove-versions',
    summary: 'Removes the earlier versions of a user’s notebooks',
    description:
      'Removes what was kept of the notebooks of a user in all courses whenever one was replaced. The notebooks themselves stay. Nothing brings the versions back. Without --yes it only says so.',
    call: (path) => ({ method: 'DELETE', path: `${path}/versions` }),
    done: 'has no earlier versions of notebooks any more.',
    loses: (who) =>
      `all earlier versions of notebooks of ${who}, for good. Nothing was removed. Repeat it with --yes if you mean that`,
  },
  {
    name: 'remove',
    summary: 'Removes a user with all notebooks and files',
    description:
      'Removes the account, its API tokens, its notebooks and all files in them. Nothing brings them back. Files that last stay (see "carrel homes"), but for those of a temporary user. Without --yes it only says so.',
    call: (path) => ({ method: 'DELETE', path }),
    done: 'is being removed. The files go once all notebooks have stopped.',
    loses: (who) =>
      `${who} for good, with all notebooks and the files in them. Files that last stay, but for those of a temporary user: "carrel homes list --user" shows them. Nothing was removed. Repeat it with --yes if you mean that; to keep a person out and lose nothing, use "carrel users block"`,
  },
]

const changes = acts.map(({ name, summary, description, call, done, loses }) =>
  defineCommand({
    name,
    args: '<USER>',
    summary,
    description,
    options: { ...hubOptions, ...(loses !== undefined && { yes: { help: 'Remove what it names.', schema: flag } }) },
    run: (values, { args: [who], env }) =>
      withHub(values, env, async (hub) => {
        if (!who) throw new UsageError('name the user')
        if (loses !== undefined && !('yes' in values && values.yes)) {
          throw new UsageError(`this removes ${loses(shown(who))}`)
        }
        const { data } = await hub.call(call(`/hub/api/users/${encodeURIComponent(who)}`))
        if (values.json) return print(JSON.stringify(data))
        print(`${shown(who)} ${done}`)
        const away = z.object({ unconfirmed_proxies: z.int() }).safeParse(data).data?.unconfirmed_proxies ?? 0
        if (away > 0) print(`${away} of the proxies did not confirm. They close what is open as soon as they are back.`)
      }),
  }),
)

export const command: Group = {
  name: 'users',
  summary: 'Lists, signs out, blocks and removes any users of a running hub',
  commands: [list, ...changes],
}

async function listUsers(hub: AdminClient, name: string): Promise<z.output<typeof user>[]> {
  const all: z.output<typeof user>[] = []
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const query = new URLSearchParams({ name_filter: name, sort: 'id', limit: '200', offset: String(offset) })
    const { data } = await hub.call({
      method: 'GET',
      path: `/hub/api/users?${query}`,
      headers: { accept: 'application/jupyterhub-pagination+json' },
    })
    const read = page.safeParse(data)
    if (!read.success) throw new Error('the list of users is not understood. Is this the address of a hub?')
    all.push(...read.data.items)
    const next: number | undefined = read.data._pagination.next?.offset
    if (next !== undefined && next <= offset) throw new Error("the hub's list of users does not end")
    offset = next
  }
  return all
}
