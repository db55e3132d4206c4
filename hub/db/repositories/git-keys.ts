/** What opens private repositories: one row for each owner, with the secret sealed. */
import { type Database, now, nowPlus, storable } from '../dialect.ts'

/** Whose repository it is: a course, by its id, or an image that the hub builds, by its name. */
export type GitKeyOwner = `course:${string}` | `image:${string}`

export interface GitKey {
  owner: GitKeyOwner
  /** The address of the repository that it opens. It is for no other. */
  repository: string
  kind: 'token' | 'ssh'
  /** The id of the installation's key with which the secret is sealed. */
  kid: string
  sealed: string
  /** The user name that goes with a token. */
  user: string | undefined
  /** The public half of a pair. */
  publicKey: string | undefined
  /** The keys of the host that a person has confirmed, as lines of known_hosts. */
  knownHosts: string | undefined
  /** Id of the user who has given it, or `operator`; and the name by then, '' for the operator. */
  setBy: string
  setter: string
  set: number
  /** When it has opened the repository last, and when and why it has not since. */
  used: number | undefined
  failed: number | undefined
  failure: string | undefined
}

interface Row {
  owner: GitKeyOwner
  repository: string
  kind: 'token' | 'ssh'
  kid: string
  sealed: string
  user: string | null
  public_key: string | null
  known_hosts: string | null
  set_by: string
  setter: string
  set_at: number | string
  used_at: number | string | null
  failed_at: number | string | null
  failure: string | null
}

export async function findGitKey(db: Database, owner: GitKeyOwner): Promise<GitKey | undefined> {
  const row: Row | undefined = await db('git_keys').where({ owner }).first()
  return row && toGitKey(row)
}

/** Puts a key in the place of the one that the owner had. */
export async function putGitKey(db: Database, key: Omit<GitKey, 'set' | 'used' | 'failed' | 'failure'>): Promise<void> {
  const { user = null, publicKey: public_key = null, knownHosts: known_hosts = null, setBy: set_by, ...others } = key
  const fresh = { used_at: null, failed_at: null, failure: null }
  await db('git_keys')
    .insert({ ...others, user, public_key, known_hosts, set_by, set_at: now(db), ...fresh })
    .onConflict('owner')
    .merge()
}

/** Writes the confirmed keys of the host, while the row still has this secret. Returns whether it had. */
export async function putKnownHosts(
  db: Database,
  { owner, sealed }: Pick<GitKey, 'owner' | 'sealed'>,
  knownHosts: string,
): Promise<boolean> {
  return (await db('git_keys').where({ owner, sealed }).update({ known_hosts: knownHosts })) > 0
}

/** Writes the same secret as it is sealed anew, unless it was replaced meanwhile. */
export async function putSealedAnew(
  db: Database,
  { owner, sealed }: Pick<GitKey, 'owner' | 'sealed'>,
  anew: Pick<GitKey, 'kid' | 'sealed'>,
): Promise<void> {
  await db('git_keys').where({ owner, sealed }).update(anew)
}

/** Returns the keys that are sealed with another key of the installation than this one. */
export async function gitKeysSealedOtherwise(db: Database, kid: string): Promise<GitKey[]> {
  const rows: Row[] = await db('git_keys').whereNot({ kid }).orderBy('owner')
  return rows.map(toGitKey)
}

/** Notes that a key has opened its repository. */
export async function noteGitKeyUse(db: Database, { owner, sealed }: Pick<GitKey, 'owner' | 'sealed'>): Promise<void> {
  await db('git_keys')
    .where({ owner, sealed })
    .update({ used_at: now(db), failed_at: null, failure: null })
}

/** Notes why a key has not opened its repository. */
export async function noteGitKeyFailure(
  db: Database,
  { owner, sealed }: Pick<GitKey, 'owner' | 'sealed'>,
  failure: string,
): Promise<void> {
  await db('git_keys')
    .where({ owner, sealed })
    .update({ failed_at: now(db), failure: storable(failure, 500) })
}

/** Removes the key of an owner. Returns whether there was one. */
export async function removeGitKey(db: Database, owner: GitKeyOwner): Promise<boolean> {
  return (await db('git_keys').where({ owner }).delete()) > 0
}

/** Returns the ids of the courses whose keys were neither given nor used for longer than this. */
export async function coursesWithIdleKeys(db: Database, milliseconds: number): Promise<string[]> {
  const before = nowPlus(db, -milliseconds)
  const owners: string[] = await db('git_keys')
    .where('owner', 'like', 'course:%')
    .where('set_at', '<', before)
    .where((used) => used.whereNull('used_at').orWhere('used_at', '<', before))
    .pluck('owner')
  return owners.map((owner) => owner.slice('course:'.length))
}

function toGitKey(row: Row): GitKey {
  const { public_key, known_hosts, set_by, set_at, used_at, failed_at, ...others } = row
  const time = (at: number | string | null) => (at === null ? undefined : Number(at))
  return {
    ...others,
    user: row.user ?? undefined,
    publicKey: public_key ?? undefined,
    knownHosts: known_hosts ?? undefined,
    setBy: set_by,
    set: Number(set_at),
    used: time(used_at),
    failed: time(failed_at),
    failure: row.failure ?? undefined,
  }
}
