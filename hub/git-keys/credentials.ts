/** What opens a repository at the moment: the key that its owner has for exactly this address. */
import { type GitCredentials, GitError } from '../../git/git.ts'
import { readRemote } from '../../git/remote-url.ts'
import { say, type Text } from '../../words/text.ts'
import {
  findGitKey,
  type GitKey,
  type GitKeyOwner,
  noteGitKeyFailure,
  noteGitKeyUse,
  putSealedAnew,
} from '../db/repositories/git-keys.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { openSecret, sealSecret } from './seal.ts'
import { repositoryAt } from './target.ts'

/** What reading and using keys needs of a hub. */
export type KeyHub = Pick<Hub, 'db' | 'secrets' | 'log'>

/**
 * Returns what opens the repository; undefined where its owner has no key, or has one for another address. Rejects with a `GitError` where the
 * key cannot be used.
 */
export async function credentialsFor(
  hub: KeyHub,
  owner: GitKeyOwner,
  url: string,
): Promise<GitCredentials | undefined> {
  const key = await keyFor(hub, owner, url)
  return key && (await credentialsOf(hub, key, url))
}

/**
 * Runs `act`, which asks the repository, with what opens it, and notes whether that went well. Rejects as `act` does, and as `credentialsFor`
 * does.
 */
export async function withCredentials<T>(
  hub: KeyHub,
  owner: GitKeyOwner,
  url: string,
  act: (credentials: GitCredentials | undefined) => Promise<T>,
): Promise<T> {
  const key = await keyFor(hub, owner, url)
  if (key === undefined) return act(undefined)
  try {
    const done = await act(await credentialsOf(hub, key, url))
    await note(hub, () => noteGitKeyUse(hub.db, key))
    return done
  } catch (error) {
    if ((error as Error).name === 'GitError') await note(hub, () => noteGitKeyFailure(hub.db, key, messageOf(error)))
    throw error
  }
}

async function keyFor({ db }: KeyHub, owner: GitKeyOwner, url: string): Promise<GitKey | undefined> {
  const key = await findGitKey(db, owner)
  return key?.repository === repositoryAt(url) ? key : undefined
}

async function credentialsOf(hub: KeyHub, key: GitKey, url: string): Promise<GitCredentials> {
  const { keys } = hub.secrets
  const secret = openSecret((kid) => keys.find(kid), aboutOf(key), key)
  if (secret === undefined) throw new GitError(String(lostKeyText(key)))
  if (key.kid !== keys.all[0].kid) {
    const anew = sealSecret(hub, aboutOf(key), secret)
    await note(hub, () => putSealedAnew(hub.db, key, anew))
  }
  if (key.kind === 'token') return { token: secret, ...(key.user !== undefined && { user: key.user }) }
  if (key.knownHosts === undefined) throw new GitError(String(unconfirmedHostText(url)))
  return { key: secret, knownHosts: key.knownHosts }
}

/** What a key is for. Its secret opens for nothing else. */
export function aboutOf({ owner, repository, kind }: Pick<GitKey, 'owner' | 'repository' | 'kind'>): string[] {
  return [owner, repository, kind]
}

/** Returns why a secret does not open, with a remedy. */
export function lostKeyText({ kid, kind }: Pick<GitKey, 'kid' | 'kind'>): Text {
  return kind === 'token'
    ? say`The token of this repository was sealed with the key ${kid} of this installation, which the hub has no more, or the database was changed. Give the token again.`
    : say`The deploy key of this repository was sealed with the key ${kid} of this installation, which the hub has no more, or the database was changed. Make a new one, and add its public half to the repository.`
}

export function unconfirmedHostText(url: string): Text {
  return say`The host key of ${readRemote(url).host} is not confirmed yet. Compare its fingerprint with what the host's operator publishes, and confirm it where the deploy key was made.`
}

/** A note that cannot be written keeps no repository from being asked. */
async function note(hub: KeyHub, write: () => Promise<void>): Promise<void> {
  await write().catch((error: unknown) => {
    hub.log.debug({ reason: messageOf(error) }, 'could not note that the key of a repository was used')
  })
}
