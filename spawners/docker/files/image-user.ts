/** Finds out as which user an image's programs run. */
import { randomBytes } from 'node:crypto'
import { SpawnError } from '../../spawner.ts'
import type { DockerContext, ImageUser } from '../context.ts'
import type { RequestTimes } from '../engine.ts'
import type { Owner } from '../labels.ts'
import { fileInside } from './archive.ts'
import { runPart, withHolder } from './parts.ts'

/**
 * Returns the user as which the programs of an image run: that of the option `user`, else the one that the image names, or the
 * one to which its entry point changes where the image begins as root.
 */
export async function userOfImage(
  docker: DockerContext,
  image: string,
  owner: Owner & { id?: string },
  env: Record<string, string>,
  times: RequestTimes,
): Promise<ImageUser> {
  const { engine, memory, options } = docker
  const found = await engine.request(`look at the image ${image}`, () => engine.docker.getImage(image).inspect(), times)
  const settings = userSettings(env)
  const key = JSON.stringify([found.Id, settings, options.user])
  const known = memory.users.get(key)
  if (known !== undefined) return known
  const named = parseUser(options.user ?? found.Config.User)
  const asRoot = options.user === undefined && ['', '0', 'root'].includes(named.user)
  const hasEntrypoint = (found.Config.Entrypoint?.length ?? 0) > 0
  const user = await (asRoot && hasEntrypoint
    ? userBehindEntrypoint(docker, image, owner, settings, times)
    : userInside(docker, image, named, owner, times))
  memory.users.set(key, user)
  return user
}

/** Returns the variables by which start scripts choose their user, as Jupyter's do (`NB_UID`). Pure. */
export function userSettings(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('NB_')))
}

/** Asks a program behind the image's entry point, which may have changed to another user. */
async function userBehindEntrypoint(
  docker: DockerContext,
  image: string,
  owner: Owner & { id?: string },
  env: Record<string, string>,
  times: RequestTimes,
): Promise<ImageUser> {
  const command = ['sh', '-c', 'echo "carrel-user $(id -u) $(id -g)"']
  const { lines } = await runPart(docker, owner, { part: 'user', image, command, env }, times)
  for (const line of lines.toReversed()) {
    const [, uid, gid] = /^carrel-user (\d+) (\d+)$/.exec(line.trim()) ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid), drops: uid !== '0' }
  }
  return { uid: 0, gid: 0, drops: false }
}

async function userInside(
  docker: DockerContext,
  image: string,
  named: NamedUser,
  owner: Owner & { id?: string },
  times: RequestTimes,
): Promise<ImageUser> {
  const plain = numericUser(named)
  if (plain !== undefined) return plain
  const name = `${owner.name}-names-${randomBytes(4).toString('hex')}`
  const spec = { part: 'names', image, command: ['true'] }
  return withHolder(docker, name, owner.labels, spec, times, async (id) => {
    const read = async (path: string) => (await fileInside(docker.engine, id, path, times)) ?? ''
    return resolveUser(named, await read('/etc/passwd'), await read('/etc/group'))
  })
}

interface NamedUser {
  user: string
  group: string | undefined
}

/** Reads the user that an image names: `1000`, `jovyan`, `1000:100`, `jovyan:users`, or nothing for root. Pure. */
export function parseUser(text: string | undefined): NamedUser {
  const [user = '', group] = (text ?? '').split(':')
  return { user, group: group === '' ? undefined : group }
}

function numericUser({ user, group }: NamedUser): ImageUser | undefined {
  if (user === '' && group === undefined) return { uid: 0, gid: 0, drops: false }
  if (!/^\d+$/.test(user) || group === undefined || !/^\d+$/.test(group)) return
  return { uid: Number(user), gid: Number(group), drops: false }
}

/** Looks names up as the engine does. A number without a line in `passwd` has the group 0. Pure. */
export function resolveUser({ user, group }: NamedUser, passwd: string, groups: string): ImageUser {
  const lines = (text: string) => text.split('\n').map((line) => line.split(':'))
  const account =
    lines(passwd).find(([name]) => name === user && user !== '') ??
    lines(passwd).find(([, , uid]) => uid === (user === '' ? '0' : user))
  const uid = /^\d+$/.test(user) && account?.[0] !== user ? Number(user) : numberOf(account?.[2])
  if (uid === undefined && user !== '') throw unknownIn('passwd', `the user ${user}`)
  if (group === undefined) return { uid: uid ?? 0, gid: numberOf(account?.[3]) ?? 0, drops: false }
  const gid = numberOf(lines(groups).find(([name]) => name === group)?.[2]) ?? numberOf(group)
  if (gid === undefined) throw unknownIn('group', `the group ${group}`)
  return { uid: uid ?? 0, gid, drops: false }
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function unknownIn(file: string, who: string): SpawnError {
  const detail = `the image names ${who}, whom its /etc/${file} lacks`
  return new SpawnError('The image of this course has no user.', { detail, lasts: true })
}
