/** What is told of the key of a repository, by the API and to pages. The secret is not among it. */
import { readRemote } from '../../git/remote-url.ts'
import { fingerprintOf, type PublicKey, readPublicKey } from '../../git/ssh/public-key.ts'
import { type Said, say, type Text } from '../../words/text.ts'
import { findGitKey, type GitKey } from '../db/repositories/git-keys.ts'
import { messageOf } from '../errors.ts'
import { aboutOf, type KeyHub, lostKeyText, unconfirmedHostText } from './credentials.ts'
import { openSecret } from './seal.ts'
import { type KeyTarget, repositoryAt } from './target.ts'

export interface ToldKey {
  kind: GitKey['kind']
  /** The address that it opens. */
  repository: string
  user: string | undefined
  /** The public half of a pair as hosts take it, and its fingerprint. */
  publicKey: string | undefined
  fingerprint: string | undefined
  /** The confirmed keys of the host. */
  hostKeys: ToldHostKey[]
  /** The name of the person who has given it; `operator` for the operator. */
  setBy: string
  set: number
  used: number | undefined
  failed: number | undefined
  failure: string | undefined
  /** Why it cannot open the repository, with a remedy. */
  problem: Said | undefined
}

export interface ToldHostKey {
  type: string
  fingerprint: string
}

/** Returns what is told of the key of a repository; undefined where there is none. */
export async function toldKey(hub: KeyHub, target: KeyTarget): Promise<ToldKey | undefined> {
  const key = await findGitKey(hub.db, target.owner)
  if (key === undefined) return undefined
  const { kind, repository, user, publicKey, setter, set, used, failed, failure } = key
  const [half] = keysIn(`host ${publicKey ?? ''}`)
  return {
    ...{ kind, repository, user, publicKey, set, used, failed, failure },
    fingerprint: half && fingerprintOf(half),
    hostKeys: keysIn(key.knownHosts ?? '').map(toldHostKey),
    setBy: setter === '' ? 'operator' : setter,
    problem: problemOfKey(hub, key, target.url),
  }
}

export function toldHostKey(key: PublicKey): ToldHostKey {
  return { type: key.type, fingerprint: fingerprintOf(key) }
}

function keysIn(lines: string): PublicKey[] {
  return lines.split('\n').flatMap((line) => {
    const [, type = '', base64 = ''] = line.split(' ')
    return readPublicKey(type, base64) ?? []
  })
}

function problemOfKey({ secrets }: KeyHub, key: GitKey, url: string): Said | undefined {
  try {
    const now = repositoryAt(url)
    if (key.repository !== now) return otherRepository(key, url)
    if (openSecret((kid) => secrets.keys.find(kid), aboutOf(key), key) === undefined) return lostKeyText(key)
    return key.kind === 'ssh' && key.knownHosts === undefined ? unconfirmedHostText(url) : undefined
  } catch (error) {
    return messageOf(error)
  }
}

function otherRepository({ repository }: GitKey, url: string): Text {
  const [its, now] = [readRemote(repository), readRemote(url)]
  const isSameHost = its.host === now.host && its.port === now.port && its.protocol === now.protocol
  return isSameHost
    ? say`This key is for ${its.url}, and the repository is ${now.url} now. It is not used, and was not sent there. Give one for the new address, or remove this one.`
    : say`This key is for the host ${its.host}, and the repository is at ${`${now.protocol}://${now.host}`} now. It is not used, and was not sent there. Give one for the new address, or remove this one.`
}
