/** `carrel course key` and `carrel images key`: what opens a private repository. */
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { z } from 'zod'
import { type Definition, defineCommand } from '../command.ts'
import { flag, type Options, text, UsageError, type Values } from '../options.ts'
import { isConfirmed } from './confirm.ts'
import { type AdminClient, hubOptions, withHub } from './hub-client.ts'
import { print, printFields, shown, understood } from './lines.ts'

const hostKeys = z.array(z.object({ type: z.string(), fingerprint: z.string() }))
const answer = z.object({
  repository: z.string(),
  key: z
    .object({
      ...{ kind: z.enum(['token', 'ssh']), repository: z.string(), user: z.string().nullable() },
      ...{ public_key: z.string().nullable(), fingerprint: z.string().nullable(), host_keys: hostKeys },
      ...{ set: z.string(), set_by: z.string(), used: z.string().nullable(), failed: z.string().nullable() },
      ...{ failure: z.string().nullable(), problem: z.string().nullable() },
    })
    .nullable(),
})
type Answer = z.output<typeof answer>

const options = {
  ...hubOptions,
  tokenFile: { value: 'FILE', help: 'Give the token that is in this file.', schema: text },
  tokenStdin: { help: 'Give the token that comes on the input.', schema: flag },
  user: {
    value: 'NAME',
    help: 'The user name that goes with the token, where the host wants a certain one.',
    schema: text,
  },
  ssh: { help: 'Make a pair of keys, and show its public half, which the host gets as a deploy key.', schema: flag },
  sshKeyFile: { value: 'FILE', help: 'Give the private key that is in this file. It has no passphrase.', schema: text },
  hostKey: { value: 'FINGERPRINT', help: 'Confirm this key of the host: SHA256:…', schema: text },
  knownHosts: { value: 'FILE', help: 'Confirm the keys of the host that this file has for it.', schema: text },
  remove: { help: 'Take the key away.', schema: flag },
  yes: { help: 'Replace or remove the key that there is without asking.', schema: flag },
} satisfies Options

type Given = Values<typeof options>

/** Returns the command for the repositories of courses, or of images. `pathOf` is the address of a key at the hub. */
export function gitKeyCommand(what: 'course' | 'images', pathOf: (name: string) => string): Definition<typeof options> {
  const self = `carrel ${what} key`
  return defineCommand({
    name: 'key',
    args: '<NAME>',
    summary: 'Gives a private repository its token or deploy key, and shows what it has',
    description: `Shows what opens the repository, who has given it, and whether it works. With an option it is given or taken away. The hub tries at once what is given, and this command tells how that went. It asks before a key comes in the place of another one, or is taken away. A token or a key is for this one repository; where the address is changed, it is not used. No one sees it again.

SSH: make a pair with --ssh, add its public half at the host as a deploy key that may only read, compare the fingerprint of the host with what its operator publishes, and confirm it with --host-key.`,
    examples: {
      [`${self} python --token-file token.txt`]: 'Gives a token that may read the repository',
      [`${self} python --ssh`]: 'Makes a deploy key, and shows the keys of the host to compare',
      [`${self} python --host-key SHA256:…`]: 'Confirms the key of the host',
    },
    options,
    run(values, { args, env }) {
      const [name, ...others] = args
      if (!name || others.length > 0) throw new UsageError('name one, as the list shows it')
      return withHub(values, env, async (hub) => {
        const found = await act(hub, pathOf(name), values)
        if (found === undefined) return print('Nothing was done.')
        const isUnconfirmed = found.key?.kind === 'ssh' && found.key.host_keys.length === 0
        const looked = isUnconfirmed ? await lookAtHost(hub, pathOf(name)) : undefined
        if (values.json) return print(JSON.stringify({ ...found, ...looked }, null, 2))
        show(found)
        if (gives(values) || confirms(values)) showTried(found)
        if (looked !== undefined) showHost(looked, `${self} ${shown(name)} --host-key FINGERPRINT`)
      })
    },
  })
}

/** Does what the options say; undefined where a key would be forgotten, and the person does not want that. */
async function act(hub: AdminClient, path: string, values: Given): Promise<Answer | undefined> {
  const { tokenFile, tokenStdin, ssh, sshKeyFile, hostKey, remove, user } = values
  const wishes = [tokenFile !== undefined, tokenStdin, ssh, sshKeyFile !== undefined, hostKey !== undefined, remove]
  if (wishes.filter(Boolean).length > 1) throw new UsageError('say one of the options that give, confirm or remove')
  const isToken = tokenFile !== undefined || tokenStdin
  if (user !== undefined && !isToken) throw new UsageError('--user goes with a token')
  const known_hosts = values.knownHosts === undefined ? undefined : await readFile(values.knownHosts, 'utf8')
  const isOfSsh = ssh || sshKeyFile !== undefined
  if (known_hosts !== undefined && !isOfSsh && wishes.some(Boolean))
    throw new UsageError('--known-hosts goes alone, or with --ssh or --ssh-key-file')
  if (!(await mayForget(hub, path, values))) return undefined
  const call = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE', to: string, body?: object) =>
    understood(answer, (await hub.call({ method, path: to, ...(body && { body }) })).data)
  const hosts = known_hosts === undefined ? {} : { known_hosts }
  if (isToken) return call('PUT', path, { token: await tokenIn(tokenFile), ...(user !== undefined && { user }) })
  if (ssh) return call('POST', path, hosts)
  if (sshKeyFile !== undefined) return call('PUT', path, { private_key: await readFile(sshKeyFile, 'utf8'), ...hosts })
  if (hostKey !== undefined) return call('PUT', `${path}/host`, { fingerprint: hostKey })
  if (known_hosts !== undefined) return call('PUT', `${path}/host`, { known_hosts })
  return call(remove ? 'DELETE' : 'GET', path)
}

function gives({ tokenFile, tokenStdin, ssh, sshKeyFile }: Given): boolean {
  return tokenFile !== undefined || tokenStdin || ssh || sshKeyFile !== undefined
}

function confirms({ hostKey, knownHosts }: Given): boolean {
  return hostKey !== undefined || knownHosts !== undefined
}

/** Returns whether a key that there is may be replaced or removed, or whether none would be. */
async function mayForget(hub: AdminClient, path: string, values: Given): Promise<boolean> {
  if (values.yes || !(gives(values) || values.remove)) return true
  const { key } = understood(answer, (await hub.call({ method: 'GET', path })).data)
  if (key === null) return true
  const what = key.kind === 'token' ? 'token' : 'deploy key'
  return isConfirmed(`The ${what} that ${shown(key.set_by)} has given (${key.set}) would be forgotten.`)
}

/** Returns the token of a file or of the input. A text of several lines is none. */
async function tokenIn(file: string | undefined): Promise<string> {
  const token = (file === undefined ? await readAll(process.stdin) : await readFile(file, 'utf8')).trim()
  if (token !== '' && !/\s/.test(token)) return token
  throw new UsageError(`${file ?? 'the input'} is no token: it is ${token === '' ? 'empty' : 'more than one word'}`)
}

/** What a host shows that does not answer is told, and does not hide the public half. */
async function lookAtHost(hub: AdminClient, path: string) {
  try {
    const { data } = await hub.call({ method: 'POST', path: `${path}/host`, body: {} })
    return { host_shows: understood(z.object({ host_keys: hostKeys }), data).host_keys, host_problem: null }
  } catch (error) {
    return { host_shows: [], host_problem: (error as Error).message }
  }
}

function show({ repository, key }: Answer): void {
  if (key === null) {
    print(`${shown(repository)}: no token and no deploy key.`)
    return
  }
  const { kind, user, public_key, fingerprint, host_keys, set, set_by, used, failed, failure, problem } = key
  printFields({
    repository: key.repository,
    kind: kind === 'token' ? 'token' : 'deploy key',
    user,
    public_key,
    fingerprint,
  })
  if (host_keys.length > 0) printFields({ host_keys: host_keys.map((one) => one.fingerprint) })
  printFields({ set: `${set} by ${set_by}`, used, failed: failed && `${failed}: ${failure}`, problem })
}

function showTried({ key }: Answer): void {
  if (key === null || (key.used === null && key.failed === null)) return
  print(key.failed === null ? 'It opens the repository.' : 'It does not open the repository.')
}

function showHost({ host_shows, host_problem }: Awaited<ReturnType<typeof lookAtHost>>, command: string): void {
  if (host_problem === null) {
    print('The host shows these keys. Compare one with what its operator publishes, and confirm it:')
    for (const { type, fingerprint } of host_shows) print(`  ${shown(fingerprint)} (${shown(type)})`)
    print(`  ${command}`)
  } else print(`The host could not be asked for its key: ${shown(host_problem)}`)
}
