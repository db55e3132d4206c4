/**
 * Keeps sessions to the person whom a gateway in front names (`header({ … })`). A session that a gateway has opened
 * counts only for requests in which the gateway names its person. Where it names another person, that person has taken
 * over the browser, and the session ends: an old cookie keeps no other person's session.
 */
import type Koa from 'koa'
import { z } from 'zod'
import {
  type GatewayWords,
  gatewaysIn,
  type HeaderAuthenticator,
  type Identity,
} from '../../authenticators/authenticator.ts'
import { gatewayHeader } from '../../seats/links.ts'
import { hashSecret } from '../db/ids.ts'
import { deleteSessions, readSession } from '../db/sessions.ts'
import { cameThroughProxy } from '../http/client.ts'
import type { Hub } from '../hub.ts'
import { readCookies, sessionCookie } from './cookies.ts'
import { endOpen } from './ending.ts'

const wordsSchema = z.strictObject({
  address: z.string(),
  headers: z.union([z.record(z.string(), z.array(z.string())), z.literal('too-long')]),
})

/** Returns the person whom this authenticator's gateway names with this request; undefined for none. May throw. */
export function identityAtGateway(
  hub: Hub,
  ctx: Koa.Context,
  authenticator: HeaderAuthenticator,
): Identity | undefined {
  const words = wordsOf(hub, ctx)
  return words && authenticator.identify(words)
}

/** Looks at the sessions of a request before any is used. Where the config has no gateway, nothing is looked up. */
export function keepToGateway(hub: Hub): Koa.Middleware {
  return async function sessionsOfGateways(ctx, next) {
    if (gatewaysIn(hub.config.authenticators).length > 0) await review(hub, ctx)
    await next()
  }
}

async function review(hub: Hub, ctx: Koa.Context): Promise<void> {
  const uncounted: string[] = []
  for (const id of readCookies(ctx, sessionCookie(hub.hubUrl))) {
    const content = await readSession(hub.db, id)
    if (content?.gateway === undefined) continue
    const { authenticator, subject } = content.gateway
    const named = subjectAt(hub, ctx, authenticator)
    if (named === subject) continue
    // Without a name, some other program may have sent the request: a person's session must not end by that.
    if (named === undefined) uncounted.push(id)
    else await end(hub, id, content.user)
  }
  ctx.state.uncountedSessions = uncounted
}

function subjectAt(hub: Hub, ctx: Koa.Context, name: string): string | undefined {
  const authenticator = gatewaysIn(hub.config.authenticators).find((one) => one.name === name)
  if (authenticator === undefined) return undefined
  try {
    return identityAtGateway(hub, ctx, authenticator)?.subject
  } catch (error) {
    // Words that could mean two persons mean none.
    if ((error as Error).name !== 'AuthenticationError') throw error
    return undefined
  }
}

async function end(hub: Hub, id: string, user: string | undefined): Promise<void> {
  const session = hashSecret(id)
  hub.log.info({ user }, 'a session has ended: the gateway names another person')
  await endOpen(hub, { session }, (trx) => deleteSessions(trx, { session }))
}

function wordsOf(hub: Hub, ctx: Koa.Context): GatewayWords | undefined {
  const sent = ctx.get(gatewayHeader)
  if (sent === '' || !cameThroughProxy(hub, ctx)) return undefined
  return wordsSchema.safeParse(jsonOf(Buffer.from(sent, 'base64url').toString())).data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
