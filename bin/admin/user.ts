import { z } from 'zod'
import { defineCommand, type Group } from '../command.ts'
import { flag, UsageError } from '../options.ts'
import { accountOptions, localAccountOptions } from './account-options.ts'
import { type AdminClient, withHub } from './hub-client.ts'
import { print, shown } from './lines.ts'
import { peopleCommands } from './people.ts'
import { readNewPassword } from './typed-secret.ts'

const account = z.object({ name: z.string(), has_password: z.boolean(), link_ends: z.string().nullable() })
const page = z.object({ accounts: z.array(account), next: z.string().nullable() })
const made = z.object({ name: z.string(), link: z.string(), link_ends: z.string() })
const added = z.object({ accounts: z.array(made), existing: z.array(z.string()) })
const accountsAtOnce = 100

const add = defineCommand({
  name: 'add',
  args: '<NAME...>',
  summary: 'Adds accounts, and shows a link for each',
  description:
    'Adds an account for each name, and shows a link by which its person sets the password, once, within three days. The links are shown this once. Names that have an account already keep it as it is. Where a name cannot be, no account is made.',
  examples: { 'carrel user add ann bob': 'Adds two accounts' },
  options: accountOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const links: z.output<typeof made>[] = []
      const existing: string[] = []
      for (let from = 0; from < named(args).length; from += accountsAtOnce) {
        const names = args.slice(from, from + accountsAtOnce)
        const answer = await ask(hub, added, { method: 'POST', path: '', body: { ...which(values), names } })
        links.push(...answer.accounts)
        existing.push(...answer.existing)
        // Said as they come: links are shown once, and a later call may fail.
        if (!values.json) for (const one of answer.accounts) print(`${shown(one.name)}\t${one.link}`)
      }
      if (values.json) return print(JSON.stringify({ accounts: links, existing }, null, 2))
      for (const name of existing) {
        print(`${shown(name)} has an account already. carrel user passwd --link ${shown(name)} makes a link.`)
      }
    }),
})

const passwd = defineCommand({
  name: 'passwd',
  args: '<NAME>',
  summary: 'Sets the password of an account, or makes a link for it',
  description:
    'Asks for the new password at the terminal, or reads it as a line of the input. The person is signed out everywhere, and what is open and not saved is lost. With --link it shows a link instead, by which the person sets the password, once, within three days; until then the old one stays good, and nothing ends.',
  examples: {
    'carrel user passwd ann': 'Asks for a password',
    'carrel user passwd --link ann': "Shows a link for ann's person",
    'pass show ann | carrel user passwd ann': 'Takes it from another program',
  },
  options: { ...accountOptions, link: { help: 'Make a link for the person instead.', schema: flag } },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [name = ''] = named(args)
      const path = `/${encodeURIComponent(name)}`
      if (values.link) {
        const answer = await ask(hub, made, { method: 'POST', path: `${path}/link`, body: which(values) })
        return print(values.json ? JSON.stringify(answer) : `${shown(answer.name)}\t${answer.link}`)
      }
      const password = await readNewPassword(shown(name), { input: process.stdin, output: process.stderr })
      const done = z.object({ name: z.string(), unconfirmed_proxies: z.number() })
      const answer = await ask(hub, done, {
        method: 'PUT',
        path: `${path}/password`,
        body: { ...which(values), password },
      })
      print(
        values.json
          ? JSON.stringify(answer)
          : `${shown(answer.name)} has the new password, and is signed out everywhere.`,
      )
    }),
})

const signIn = defineCommand({
  name: 'sign-in',
  args: '<NAME>',
  summary: 'Shows a link that signs in as an account, once',
  description:
    'Makes a link that signs in as this account, once, within 15 minutes; an earlier one ends. The password stays as it is. For the operator of the machine only, so it takes no --hub. The history says who made it and who came in by it.',
  examples: { 'carrel user sign-in admin': 'To come in as the admin of a start without a config' },
  options: localAccountOptions,
  run: (values, { args, env }) =>
    withHub({ data: values.data, hub: undefined }, env, async (hub) => {
      const [name = ''] = named(args)
      const path = `/${encodeURIComponent(name)}/sign-in-link`
      const answer = await ask(hub, made, { method: 'POST', path, body: which(values) })
      print(values.json ? JSON.stringify(answer) : answer.link)
    }),
})

const remove = defineCommand({
  name: 'remove',
  args: '<NAME...>',
  summary: 'Removes accounts with their notebooks and files',
  description:
    'Removes each account, with its API tokens, its notebooks and all files in them. Nothing brings them back. Files that last stay (see "carrel homes"), and no later account has them, also none of this name. Without --yes it only says so. To keep a person out and lose nothing, block the user at /hub/admin instead.',
  options: { ...accountOptions, yes: { help: 'Remove them.', schema: flag } },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const names = named(args)
      if (!values.yes) {
        throw new UsageError(
          `this removes ${names.map(shown).join(', ')} for good, with all notebooks and the files in them. Files that last stay: "carrel homes list --user" shows them. Nothing was removed. Repeat it with --yes if you mean that`,
        )
      }
      const done = z.object({ name: z.string(), unconfirmed_proxies: z.number() })
      const answers: z.output<typeof done>[] = []
      for (const name of names) {
        const path = `/${encodeURIComponent(name)}`
        const answer = await ask(hub, done, { method: 'DELETE', path, body: which(values) })
        answers.push(answer)
        if (!values.json) print(`${shown(answer.name)} is being removed.`)
      }
      if (values.json) print(JSON.stringify(answers, null, 2))
    }),
})

const list = defineCommand({
  name: 'list',
  summary: 'Shows the accounts',
  options: accountOptions,
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const all = await listAccounts(hub, values.authenticator)
      if (values.json) return print(JSON.stringify(all, null, 2))
      for (const { name, has_password, link_ends } of all) {
        const link = link_ends === null ? '-' : `link until ${link_ends}`
        print([shown(name), has_password ? 'password' : 'no password', link].join('\t'))
      }
      if (all.length === 0) print('There are no accounts.')
    }),
})

export const command: Group = {
  name: 'user',
  summary: 'Adds, lists and removes accounts with passwords, at a running hub',
  commands: [add, passwd, signIn, remove, list, ...peopleCommands],
}

async function listAccounts(hub: AdminClient, authenticator: string | undefined): Promise<z.output<typeof account>[]> {
  const all: z.output<typeof account>[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const query = new URLSearchParams({
      limit: '1000',
      ...(authenticator !== undefined && { authenticator }),
      ...(after !== undefined && { after }),
    })
    const { accounts, next }: z.output<typeof page> = await ask(hub, page, { method: 'GET', path: `?${query}` })
    all.push(...accounts)
    if (next !== null && next === after) throw new Error("the hub's list of accounts does not end")
    after = next
  }
  return all
}

async function ask<T>(
  hub: AdminClient,
  answer: z.ZodType<T>,
  { method, path, body }: { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: string; body?: object },
): Promise<T> {
  const { data } = await hub.call({ method, path: `/hub/api/accounts${path}`, ...(body && { body }) })
  const read = answer.safeParse(data)
  if (read.success) return read.data
  throw new Error('the answer is not understood. Is this the address of a hub of this version?')
}

function which({ authenticator }: { authenticator?: string | undefined }): { authenticator?: string } {
  return authenticator === undefined ? {} : { authenticator }
}

function named(args: string[]): string[] {
  if (args.length === 0 || args.includes('')) throw new UsageError('name the account')
  return args
}
