import type Koa from 'koa'
import { createBuckets, type Pace } from '../../net/bucket.ts'
import { say } from '../../words/text.ts'
import { TooMany } from '../errors.ts'
import { deskCalling } from './caller.ts'

/** How often the desks of one server may ask what costs little, such as their state. Several tabs of one server share this. */
export const askPace: Pace = { burst: 30, perSecond: 1 / 2 }
/** How often they may ask for what costs more: for files, and for what changes something. */
export const deedPace: Pace = { burst: 10, perSecond: 1 / 6 }
/** A user has so many servers' paces at most, however many servers and runs there are. */
const serversOfUser = 4

/** Limits how often the desks of a server, and all desks of a user, may ask. Stands behind `requireDesk`. */
export function deskPaced({ burst, perSecond }: Pace): Koa.Middleware {
  const ofServers = createBuckets({ burst, perSecond })
  const ofUsers = createBuckets({ burst: burst * serversOfUser, perSecond: perSecond * serversOfUser })
  return function paced(ctx, next) {
    const { server, user } = deskCalling(ctx)
    const seconds = ofServers.take(server.id) || ofUsers.take(user.id)
    if (seconds === 0) return next()
    throw new TooMany(seconds, say`This page asks very often. Wait a moment, and try again.`)
  }
}
