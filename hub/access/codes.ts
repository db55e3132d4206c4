/**
 * Codes: what one page of ours may say to another in the browser, where no cookie goes along. A code is signed, so that
 * making one writes nothing and an unused one leaves no trace. `useCode` accepts a code only once, because using it is
 * written down.
 */
import { z } from 'zod'
import { signingKey } from '../../seats/keys.ts'
import { opened, type SignedKind, sealed } from '../../seats/signed.ts'
import { readClock } from '../db/clock.ts'
import { markUsed } from '../db/codes.ts'
import { hashSecret, newId } from '../db/ids.ts'
import type { Hub } from '../hub.ts'

const text = z.string()
/** The user and session that the code was made in, and the gate and the gateway by which that user came in. */
const whose = {
  ...{ user: text, session: text, gate: text.optional() },
  gateway: z.strictObject({ authenticator: text, subject: text }).optional(),
}

const codes = z.discriminatedUnion('for', [
  /**
   * Stands in a launch page and proves that an LMS page held this link, which the page's own POST cannot show. May be
   * sent again.
   */
  z.strictObject({ for: z.literal('page'), link: text, authenticator: text }),
  /** Proves in a new tab that an LMS page held this link. The tab is opened where a frame may keep nothing. */
  z.strictObject({ for: z.literal('tab'), link: text, authenticator: text }),
  /** Lets a new tab take over the user of the frame that opened it. */
  z.strictObject({ for: z.literal('move'), link: text, ...whose }),
  /**
   * Goes from a sign-in window to the frame that opened the window. `challenge` is the SHA-256 of a verifier that only
   * that frame knows.
   */
  z.strictObject({ for: z.literal('frame'), challenge: text, ...whose }),
  /** Says on a page what the button before it has done, to the session that pressed it. Is shown, never used up. */
  z.strictObject({ for: z.literal('notice'), session: text, text, problem: text.optional() }),
  /**
   * Comes back from a provider that was told of a sign-out, and says what the page is to say. The session has ended, so
   * nothing else could.
   */
  z.strictObject({ for: z.literal('signed-out'), everywhere: z.boolean(), provider: text, next: text.optional() }),
])

export type Code = z.output<typeof codes>
export type CodeFor<K extends Code['for']> = Extract<Code, { for: K }>

const minutes = 60_000
const lives: Record<Code['for'], number> = {
  page: 15 * minutes,
  tab: 15 * minutes,
  move: 15 * minutes,
  frame: minutes,
  notice: minutes,
  'signed-out': 15 * minutes,
}

export const codeKind = {
  purpose: 'code',
  payload: z.strictObject({ code: codes, id: text, until: z.number() }),
} satisfies SignedKind<unknown>

export async function signCode(hub: Hub, code: Code): Promise<string> {
  const until = (await readClock(hub.db)) + lives[code.for]
  return sealed(codeKind, signingKey(hub.secrets.keys.all[0], 'code'), { code, id: newId(), until })
}

/**
 * Returns the code; undefined for anything that this installation did not sign for this purpose, or signed too long
 * ago.
 */
export async function readCode<K extends Code['for']>(
  hub: Hub,
  purpose: K,
  given: string,
): Promise<CodeFor<K> | undefined> {
  return (await verify(hub, purpose, given))?.code
}

/**
 * Returns the code the first time that it is used, and undefined each further time, whatever the number of hubs that
 * are asked.
 */
export async function useCode<K extends Code['for']>(
  hub: Hub,
  purpose: K,
  given: string,
): Promise<CodeFor<K> | undefined> {
  const found = await verify(hub, purpose, given)
  if (found === undefined) return undefined
  return (await markUsed(hub.db, hashSecret(found.id), found.until)) ? found.code : undefined
}

async function verify<K extends Code['for']>(hub: Hub, purpose: K, given: string) {
  const find = (kid: string) => {
    const key = hub.secrets.keys.find(kid)
    return key && signingKey(key, 'code')
  }
  const found = opened(codeKind, find, given)
  if (found === undefined || found.code.for !== purpose || found.until <= (await readClock(hub.db))) return undefined
  return { ...found, code: found.code as CodeFor<K> }
}
