/**
 * Asks the hub about users' API tokens and remembers its answers for a while. A token that admits has a seat like a
 * browser's. So every event that ends a seat also ends the open connections of the token, at once and at every proxy.
 */
import { createHash } from 'node:crypto'
import { tally } from '../../metrics/tally.ts'
import { createClientBuckets } from '../../net/bucket.ts'
import { isUserToken } from '../../seats/explicit-token.ts'
import type { Access } from '../../seats/route.ts'
import type { TokenCheck } from '../../seats/rules.ts'
import { type Seat, seatMilliseconds, seatProblem } from '../../seats/seat.ts'
import { paceOf, partOf } from '../limits.ts'
import type { ProxyCounters } from '../metrics/counters.ts'
import type { Cause, Hubs } from './hubs.ts'

export interface Admissions {
  /** Judges the tokens that a request shows. `address` is the client's. */
  check(tokens: readonly string[], access: Access, asker: { address: string; cause: Cause }): Promise<TokenCheck>
}

interface Pass {
  seat: Seat
  /** The hub is not asked again before this time. */
  fresh: number
  /** The pass ends at this time, unless a hub admits the token again before. It never outlives the token. */
  ends: number
}

const freshMilliseconds = 30_000
const withoutHubMilliseconds = 5 * 60_000
/** How long a pass is used without a new question after no hub answered. */
const againMilliseconds = 5000
const refusedMilliseconds = 10_000

export const admissionLimits = {
  passes: 10_000,
  refusals: 1000,
  /** How many questions may be on their way to the hub. */
  asking: 256,
  /** How many wrong tokens one client may show. */
  failures: { burst: 200, perSecond: 1 },
}

/** Creates what asks about tokens. Each of several workers has its part of the limits on wrong tokens and questions. */
export function createAdmissions(
  hubs: Pick<Hubs, 'checkToken'>,
  now: () => number,
  counters: Pick<ProxyCounters, 'tokens'>,
  workers = 1,
): Admissions {
  const passes = new Map<string, Pass>()
  const refusals = new Map<string, number>()
  const asking = new Map<string, ReturnType<Hubs['checkToken']>>()
  const askingAtMost = partOf(admissionLimits.asking, workers)
  const failures = createClientBuckets(paceOf(admissionLimits.failures, workers), undefined, () => now() / 1000)

  const askHub = (name: string, token: string, { server, run }: Access, cause: Cause) => {
    const asked = asking.get(name) ?? hubs.checkToken({ token, server, run }, cause).finally(() => asking.delete(name))
    asking.set(name, asked)
    return asked
  }

  const judge: Admissions['check'] = async ([token, ...others], access, { address, cause }) => {
    if (token === undefined) return { state: 'none' }
    if (others.length > 0) return { state: 'ambiguous' }
    if (!isUserToken(token)) return { state: 'refused' }

    // Only a digest is kept, never the token itself.
    const name = createHash('sha256').update(`${access.server} ${access.run} ${token}`).digest('base64')
    const pass = passes.get(name)
    const isGood = pass !== undefined && now() < pass.ends && seatProblem(pass.seat, access, now()) === undefined
    if (isGood && now() < pass.fresh) {
      keep(passes, name, pass, admissionLimits.passes)
      return { state: 'valid', seat: pass.seat }
    }
    if (now() < (refusals.get(name) ?? 0)) return { state: 'refused' }
    // A token that is known or already asked about causes no new question to the hub, so it does not count as a try.
    const isNew = pass === undefined && !asking.has(name)
    if (isNew && (asking.size >= askingAtMost || failures.take(address) > 0)) return { state: 'rate-limited' }

    const answer = await askHub(name, token, access, cause)
    if (isNew && answer !== 'unknown') failures.giveBack(address)
    // The user takes new seats faster than the hub allows. A seat that the token already has stays.
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
  }

  return {
    async check(tokens, access, asker) {
      const judged = await judge(tokens, access, asker)
      tally(counters.tokens, judged.state)
      return judged
    },
  }
}

/** Puts a value at the end of the map, and drops the least recently used value when the map is too large. */
function keep<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
