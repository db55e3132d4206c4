/**
 * Remembers the sign-ins that a browser has begun at providers: some at once, since each tab may begin one. Each is used
 * once. Where it was going is kept longer, so that the address of the provider's answer, opened once more, leads there.
 */
import type Koa from 'koa'
import type { BegunSignIn } from '../db/sessions.ts'
import { sessionOf } from './session.ts'

/** As many as one person's tabs may need. Each takes up to some kilobytes of the session. */
const most = 5

export function rememberSignIn(ctx: Koa.Context, begun: BegunSignIn): void {
  const session = sessionOf(ctx)
  session.signIns = [...(session.signIns ?? []), begun].slice(-most)
}

/**
 * Returns the sign-in to which an answer with this key belongs, and uses it up. One that was used already comes without
 * `pending`. Without a key the answer belongs to the last sign-in whose address had none either.
 */
export function takeSignIn(ctx: Koa.Context, key: string | undefined): BegunSignIn | undefined {
  const session = sessionOf(ctx)
  const all = session.signIns ?? []
  const taken = all.findLast((one) => one.key === key)
  if (taken !== undefined) session.signIns = all.map((one) => (one === taken ? usedUp(one) : one))
  return taken
}

/** Returns where the last sign-in that this browser began was going. */
export function lastNext(ctx: Koa.Context): string | undefined {
  return sessionOf(ctx).signIns?.at(-1)?.next
}

/** Returns the sign-ins of this browser as they are when a person has come in: none can be finished any more. */
export function endedSignIns(ctx: Koa.Context): BegunSignIn[] {
  return (sessionOf(ctx).signIns ?? []).map(usedUp)
}

function usedUp({ pending: _, ...rest }: BegunSignIn): BegunSignIn {
  return rest
}
