/**
 * What the hub says about users' API tokens, remembered for a while. A token that admits has a seat like a browser's,
 * so that whatever ends seats ends what the token has open, at once and at every proxy.
 */
import { createHash } from 'node:crypto'
import { createClientBuckets } from '../../net/bucket.ts'
import { isUserToken } from '../../seats/explicit-token.ts'
import type { Access } from '../../seats/route.ts'
import type { TokenCheck } from '../../seats/rules.ts'
import { type Seat, seatMilliseconds, seatProblem } from '../../seats/seat.ts'
import type { Hubs } from './hubs.ts'

export interface Admissions {
  /** Judges the tokens that a request shows. `address` is the client's. */
  check(tokens: readonly string[], access: Access, asker: { address: string; request: string }): Promise<TokenCheck>
}

interface Pass {
  seat: Seat
  /** The hub is not asked again before this … */
  fresh: number
  /** … and this is the end where no hub answers, or of the token itself. */
  ends: number
}

const freshMilliseconds = 30_000
const withoutHubMilliseconds = 5 * 60_000
/** Where no hub answered, the next request that asks is this much later. */
const againMilliseconds = 5000
const refusedMilliseconds = 10_000

export const admissionLimits = {
  passes: 10_000,
  refusals: 1000,
  /** Questions that may be on their way to the hub. */
  asking: 256,
  /** Wrong tokens of one client. */
  failures: { burst: 200, perSecond: 1 },
}

export function createAdmissions(hubs: Pick<Hubs, 'checkToken'>, now: () => number): Admissions {
  const passes = new Map<string, Pass>()
  const refusals = new Map<string, number>()
  const asking = new Map<string, ReturnType<Hubs['checkToken']>>()
  const failures = createClientBuckets(admissionLimits.failures, undefined, () => now() / 1000)

  const askHub = (name: string, token: string, { server, run }: Access, request: string) => {
    const asked =
      asking.get(name) ?? hubs.checkToken({ token, server, run }, request).finally(() => asking.delete(name))
    asking.set(name, asked)
    return asked
  }

  return {
    async check([token, ...others], access, { address, request }) {
      if (token === undefined) return { state: 'none' }
      if (others.length > 0) return { state: 'ambiguous' }
      if (!isUserToken(token)) return { state: 'refused' }

      // The token itself is nowhere kept.
      const name = createHash('sha256').update(`${access.server} ${access.run} ${token}`).digest('base64')
      const pass = passes.get(name)
      const isGood = pass !== undefined && now() < pass.ends && seatProblem(pass.seat, access, now()) === undefined
      if (isGood && now() < pass.fresh) {
        keep(passes, name, pass, admissionLimits.passes)
        return { state: 'valid', seat: pass.seat }
      }
      if (now() < (refusals.get(name) ?? 0)) return { state: 'refused' }
      // What is known, or asked about already, costs the hub nothing new: only then does it count who asks.
      const isNew = pass === undefined && !asking.has(name)
      if (isNew && (asking.size >= admissionLimits.asking || failures.take(address) > 0))
        return { state: 'rate-limited' }

      const answer = await askHub(name, token, access, request)
      if (isNew && answer !== 'unknown') failures.giveBack(address)
      // It takes seats faster than the hub gives them; what it has stays.
      if (answer === 'rate-limited') return isGood ? { state: 'valid', seat: pass.seat } : { state: 'rate-limited' }
      if (answer === 'unreachable') {
        if (!isGood) return { state: 'undecided' }
        pass.fresh = now() + againMilliseconds
        return { state: 'valid', seat: pass.seat }
      }
      if (answer === 'unknown') {
        passes.delete(name)
        keep(refusals, name, now() + refusedMilliseconds, admissionLimits.refusals)
        return { state: 'refused' }
      }
      const seat: Seat = { ...answer.seat, framed: false, expires: now() + seatMilliseconds }
      const life = Math.min(withoutHubMilliseconds, answer.milliseconds)
      keep(passes, name, { seat, fresh: now() + freshMilliseconds, ends: now() + life }, admissionLimits.passes)
      return { state: 'valid', seat }
    },
  }
}

/** Puts a value at the end, and drops what was not used for longest. */
function keep<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
