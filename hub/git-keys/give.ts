/** Gives a repository what opens it, and takes that away. The secret goes one way: nothing here returns one. */
import { checkCredentials } from '../../git/credentials.ts'
import { readRemote } from '../../git/remote-url.ts'
import { type KeyPair, makeKeyPair, readKeyPair } from '../../git/ssh/key-pair.ts'
import { knownHostsOf, nameInKnownHosts, readKnownHosts } from '../../git/ssh/known-hosts.ts'
import { fingerprintOf, written } from '../../git/ssh/public-key.ts'
import { retold } from '../../words/kept.ts'
import { type Said, say } from '../../words/text.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent, type NewEvent } from '../db/events.ts'
import { findGitKey, type GitKey, putGitKey, putKnownHosts, removeGitKey } from '../db/repositories/git-keys.ts'
import type { Precondition } from '../db/sessions.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { aboutOf } from './credentials.ts'
import { sealSecret } from './seal.ts'
import { type KeyTarget, repositoryAt } from './target.ts'

/** A person, or the operator, who gives or removes a key. */
export interface KeyGiver {
  /** Id of the user, or `operator`. */
  id: string
  /** The user's name; '' for the operator. */
  name: string
  /** Whether the right to act still holds in a transaction. */
  precondition: Precondition
}

export type GivenKey =
  | { token: string; user?: string | undefined }
  /** A private key as a file has it. */
  | { privateKey: string; knownHosts?: string | undefined }
  /** A pair that is made here. */
  | { make: true; knownHosts?: string | undefined }

/**
 * Gives the repository a key, for the address that the target has now. It comes in the place of the one that there was; throws 409 where
 * there is one and the person was not asked whether to replace it.
 */
export async function giveKey(
  hub: Hub,
  target: KeyTarget,
  by: KeyGiver,
  given: GivenKey,
  { replaces = true }: { replaces?: boolean } = {},
): Promise<void> {
  const { kind, secret, ...shown } = inWords(() => readGiven(target, given))
  const { owner, url } = target
  const repository = inWords(() => repositoryAt(url))
  await hub.db.transaction(async (trx) => {
    await requireHolding(trx, by)
    const before = await findGitKey(trx, owner)
    if (before !== undefined && !replaces) throw keyIsThere()
    const sealed = sealSecret(hub, aboutOf({ owner, repository, kind }), secret)
    const kept = kind === 'ssh' ? { knownHosts: shown.knownHosts ?? keptHosts(before, url) } : undefined
    await putGitKey(trx, {
      ...{ owner, repository, kind, ...sealed, user: shown.user, publicKey: shown.publicKey, knownHosts: undefined },
      ...{ ...kept, setBy: by.id, setter: by.name },
    })
    await note(trx, target, by, 'git-key-set', { key: kind, repository, ...(shown.print && { public: shown.print }) })
  })
  hub.log.info({ owner, by: by.id, kind, repository }, 'a repository got a key')
}

interface Read {
  kind: GitKey['kind']
  secret: string
  user: string | undefined
  publicKey: string | undefined
  knownHosts: string | undefined
  /** The fingerprint of the public half. */
  print: string | undefined
}

function readGiven({ owner, url }: KeyTarget, given: GivenKey): Read {
  const remote = readRemote(url)
  if ('token' in given) {
    const { token, user } = given
    if (remote.protocol === 'ssh')
      throw needs(say`The address is asked by SSH, which takes no token: make a deploy key.`)
    checkCredentials(remote, { token, ...(user !== undefined && { user }) })
    return { kind: 'token', secret: token, user, publicKey: undefined, knownHosts: undefined, print: undefined }
  }
  if (remote.protocol !== 'ssh')
    throw needs(say`A deploy key is for SSH. Write the address as ssh://git@${remote.host}/path, or give a token.`)
  const pair: KeyPair = 'make' in given ? makeKeyPair(`carrel ${owner}`) : readKeyPair(given.privateKey)
  const hosts = given.knownHosts === undefined ? undefined : readKnownHosts(given.knownHosts, remote)
  return {
    ...{ kind: 'ssh', secret: pair.text, user: undefined },
    publicKey: written(pair.publicKey),
    knownHosts: hosts && knownHostsOf(remote, hosts),
    print: fingerprintOf(pair.publicKey),
  }
}

/** Another key for the same host needs no other look at it. */
function keptHosts(before: GitKey | undefined, url: string): string | undefined {
  if (before?.knownHosts === undefined) return undefined
  const isSame = nameInKnownHosts(readRemote(before.repository)) === nameInKnownHosts(readRemote(url))
  return isSame ? before.knownHosts : undefined
}

/** Takes the key away. Throws 404 where there is none. */
export async function takeKeyAway(hub: Hub, target: KeyTarget, by: KeyGiver): Promise<void> {
  await hub.db.transaction(async (trx) => {
    await requireHolding(trx, by)
    if (!(await removeGitKey(trx, target.owner))) throw noKeyHere()
    await note(trx, target, by, 'git-key-removed', {})
  })
  hub.log.info({ owner: target.owner, by: by.id }, 'the key of a repository was removed')
}

/** Writes that the host is known by these lines of known_hosts, which a person has compared. */
export async function confirmHost(hub: Hub, target: KeyTarget, by: KeyGiver, knownHosts: string): Promise<void> {
  const remote = inWords(() => readRemote(target.url))
  const keys = inWords(() => readKnownHosts(knownHosts, remote))
  await hub.db.transaction(async (trx) => {
    await requireHolding(trx, by)
    const key = await findGitKey(trx, target.owner)
    if (key?.kind !== 'ssh' || key.repository !== repositoryAt(target.url)) throw noKeyHere()
    if (!(await putKnownHosts(trx, key, knownHostsOf(remote, keys))))
      throw new HttpError(
        409,
        'changed_meanwhile',
        say`The key was changed meanwhile, so nothing was done. Look at it again.`,
      )
    const prints = keys.map(fingerprintOf).join(' ').slice(0, 500)
    await note(trx, target, by, 'git-host-confirmed', { host: nameInKnownHosts(remote), keys: prints })
  })
}

/** Throws what git says of it as an answer to the one who gives it. */
export function inWords<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw asAnswer(error)
  }
}

export function asAnswer(error: unknown): unknown {
  const { name, message, passes } = error as { name?: string; message?: string; passes?: boolean }
  if (name !== 'GitError') return error
  const said = retold(message ?? '')
  return passes ? new HttpError(424, 'host_away', said) : needs(said)
}

function needs(message: Said): HttpError {
  return new HttpError(400, 'bad_git_key', message)
}

function keyIsThere(): HttpError {
  return new HttpError(409, 'has_git_key', say`The repository has a key already. Look at it before you replace it.`)
}

export function noKeyHere(): HttpError {
  return new HttpError(404, 'no_git_key', say`There is no such key for this repository. Give one first.`)
}

export async function requireHolding(trx: Transaction, by: KeyGiver): Promise<void> {
  if (await by.precondition(trx)) return
  throw new HttpError(
    401,
    'signed_out',
    say`You were signed out meanwhile, so nothing was done. Sign in and try again.`,
  )
}

async function note(
  trx: Transaction,
  { owner, course }: KeyTarget,
  by: KeyGiver,
  kind: NewEvent['kind'],
  detail: Record<string, string>,
): Promise<void> {
  await addEvent(trx, { kind, ...(course !== undefined && { course }), detail: { owner, by: by.id, ...detail } })
}
