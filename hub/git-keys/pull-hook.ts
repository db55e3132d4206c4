/** The address at which the host of a course's repository says that there was a push, and how a call proves itself. */
import { createHmac } from 'node:crypto'
import { isSameSecret } from '../../net/same-secret.ts'
import { say, type Text } from '../../words/text.ts'
import { addEvent } from '../db/events.ts'
import { hashSecret, newSecret } from '../db/ids.ts'
import { findPullHook, type PullHook, putPullHook, removePullHook } from '../db/repositories/pull-hooks.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { KeyHub } from './credentials.ts'
import { type KeyGiver, requireHolding } from './give.ts'
import { openSecret, sealSecret } from './seal.ts'

/** The beginning of each address, before 43 random characters. */
export const hookPath = '/hub/hooks/'

/** A course for whose repository there may be a hook. */
export interface HookedCourse {
  id: string
  slug: string
}

/** What is told of a hook once, when it is made. */
export interface NewPullHook {
  address: string
  /** The secret with which the host signs, or that it sends. Undefined where the address alone is enough. */
  secret: string | undefined
}

/** Makes a hook, in the place of the one that there was. With `signed: false` all who know the address may call it. */
export async function makePullHook(
  hub: Hub,
  { id, slug }: HookedCourse,
  by: KeyGiver,
  { signed }: { signed: boolean },
): Promise<NewPullHook> {
  const [random, secret] = [newSecret(), newSecret()]
  const hash = hashSecret(random)
  await hub.db.transaction(async (trx) => {
    await requireHolding(trx, by)
    const sealed = sealSecret(hub, aboutHook({ course: id, hash }), secret)
    await putPullHook(trx, { course: id, hash, ...sealed, signed, madeBy: by.id, maker: by.name })
    await addEvent(trx, { kind: 'pull-hook-made', course: slug, detail: { by: by.id, signed } })
  })
  return { address: `${hub.hubUrl}${hookPath}${random}`, secret: signed ? secret : undefined }
}

/** Removes the hook of a course. Throws 404 where there is none. */
export async function takeHookAway(hub: Hub, { id, slug }: HookedCourse, by: KeyGiver): Promise<void> {
  await hub.db.transaction(async (trx) => {
    await requireHolding(trx, by)
    if (!(await removePullHook(trx, id)))
      throw new HttpError(404, 'no_pull_hook', say`There is no such address for this course. Make one first.`)
    await addEvent(trx, { kind: 'pull-hook-removed', course: slug, detail: { by: by.id } })
  })
}

/** What is told of a hook at any time. The address and the secret are not among it. */
export interface ToldHook {
  signed: boolean
  made: number
  /** The name of the person who has made it; `operator` for the operator. */
  madeBy: string
  called: number | undefined
  problem: Text | undefined
}

export async function toldHook(hub: KeyHub, { id }: { id: string }): Promise<ToldHook | undefined> {
  const hook = await findPullHook(hub.db, { course: id })
  if (hook === undefined) return undefined
  const { signed, made, maker, called } = hook
  return {
    ...{ signed, made, called, madeBy: maker === '' ? 'operator' : maker },
    problem: secretOf(hub, hook) === undefined ? lostHook : undefined,
  }
}

const lostHook = say`The secret of this address was sealed with a key of the installation that is gone. Make a new address.`

/** What a call at the address of a hook has said. */
export interface HookCall {
  /** The random part of the address. */
  random: string
  body: Buffer
  /** Returns the value of a header, or ''. */
  header(name: string): string
}

/**
 * Returns the hook that a call has proved to know; undefined for an address that there is not, and `refused` for a call without the right signature. An
 * address that there is not takes as much time.
 */
export async function provedHook(hub: KeyHub, call: HookCall): Promise<PullHook | 'refused' | undefined> {
  const hook = await findPullHook(hub.db, { hash: hashSecret(call.random) })
  const secret = (hook && secretOf(hub, hook)) ?? newSecret()
  const isProved = proves(call, secret)
  if (hook === undefined) return undefined
  return isProved || !hook.signed ? hook : 'refused'
}

/** Compares with all that hosts send, each in constant time. */
function proves({ body, header }: HookCall, secret: string): boolean {
  const digest = createHmac('sha256', secret).update(body).digest('hex')
  const matches = [
    // GitHub, and Bitbucket. GitHub's header without a number is an older one with SHA-1.
    isSameSecret(header('X-Hub-Signature-256').toLowerCase(), `sha256=${digest}`),
    isSameSecret(header('X-Hub-Signature').toLowerCase(), `sha256=${digest}`),
    isSameSecret(header('X-Gitea-Signature').toLowerCase(), digest),
    isSameSecret(header('X-Forgejo-Signature').toLowerCase(), digest),
    isSameSecret(header('X-Gitlab-Token'), secret),
  ]
  return matches.includes(true)
}

function secretOf({ secrets }: Pick<KeyHub, 'secrets'>, hook: PullHook): string | undefined {
  return openSecret((kid) => secrets.keys.find(kid), aboutHook(hook), hook)
}

/** What the secret of a hook is for. */
export function aboutHook({ course, hash }: Pick<PullHook, 'course' | 'hash'>): string[] {
  return ['pull hook', course, hash]
}
