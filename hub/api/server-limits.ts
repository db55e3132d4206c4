import { setTimeout as sleep } from 'node:timers/promises'
import type Koa from 'koa'
import { createBuckets, createClientBuckets, type Pace } from '../../net/bucket.ts'
import { createUnderWay } from '../../net/under-way.ts'
import { TooMany } from '../errors.ts'
import type { ConnectionLimits } from '../http/connections.ts'
import type { Hub } from '../hub.ts'
import { genuineServer } from './server-tokens.ts'

/**
 * Limits on what learners' servers may take of the hub, whose one thread answers all pages too. A server asks a few
 * times when it starts and then every few minutes.
 */
export const serverConnections: ConnectionLimits = { atOnce: 64, pace: { burst: 500, perSecond: 50 } }
export const serverUnanswered = 2
const requestsAtOnce = 4
const ofServer: Pace = { burst: 60, perSecond: 2 }
/** Limits an address that shows no good token. Several servers may have one address. */
const ofAddress: Pace = { burst: 100, perSecond: 10 }
const holdMilliseconds = 1000

/**
 * Counts a request for the server whose token it shows, or else for the address. A request over the limit waits for its
 * refusal, so that a program that asks without end asks once a second on each of its connections.
 */
export function serverLimits(hub: Hub): Koa.Middleware {
  const [servers, addresses] = [createBuckets(ofServer), createClientBuckets(ofAddress)]
  const underWay = createUnderWay()
  return async function limited(ctx, next) {
    ctx.state.genuine = genuineServer(hub, ctx)
    const server = ctx.state.genuine?.server
    const seconds =
      server === undefined ? addresses.take(ctx.req.socket.remoteAddress ?? 'unknown') : servers.take(server)
    const leave =
      seconds > 0 ? undefined : underWay.take(server === undefined ? [] : [{ name: server, most: requestsAtOnce }])
    if (leave === undefined) {
      await sleep(holdMilliseconds, undefined, { ref: false })
      throw new TooMany(Math.max(1, seconds), 'This asks too often. Wait before you ask again.')
    }
    try {
      await next()
    } finally {
      leave()
    }
  }
}
