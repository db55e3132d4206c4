/** What the strip asks the hub: judged here, and sent on with the proxy's own token and the owner's seat. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { deskApiPrefix, deskSeatHeader, writeDeskSeat } from '../../seats/desk.ts'
import { proxyAuthHeader } from '../../seats/links.ts'
import type { Access } from '../../seats/route.ts'
import type { Judgement } from '../../seats/rules.ts'
import type { Seat } from '../../seats/seat.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { type Fault, pageLanguage } from '../replies/reply.ts'

/** A question to the hub in the place of a client's request. */
export interface HubQuestion {
  url: string
  headers: OutgoingHttpHeaders
  headersFor(status: number, headers: IncomingHttpHeaders): OutgoingHttpHeaders
}

const bodyBytes = 64 * 1024

/** How many questions one server's strips may ask. Script in the server can ask as they do. */
export const deskPace = { burst: 60, perSecond: 3 }

/**
 * Returns the question for the hub, or why there is none. Only a page of the server's own asks, with the seat of its owner, or with
 * that of a guest and one question only: a link from elsewhere, a typed address and an API token do not. `rest` is path and query behind `_carrel/desk/api/`.
 */
export function deskQuestion(
  context: Pick<SiteContext, 'token' | 'deskQuestions'>,
  exchange: Exchange,
  { access, decision, rest }: { access: Access; decision: Judgement; rest: string },
): HubQuestion | Fault {
  const { upgrade, framing } = exchange
  if (decision.kind !== 'pass' || (decision.row !== '5b' && decision.row !== '5e') || upgrade !== undefined)
    return foreign
  const isOwner = decision.seat.user === access.user
  if (isOwner ? access.strip !== true : rest !== guestQuestion) return notHis
  if (!/^[a-z][a-z-]*(\/[A-Za-z0-9-]{1,64})*(\?[\x21-\x7e]{0,4000})?$/.test(rest)) return nothingAsked
  if (framing['transfer-encoding'] !== undefined || Number(framing['content-length'] ?? 0) > bodyBytes) return tooLong
  const wait = context.deskQuestions.take(access.server)
  if (wait > 0) return { ...tooMany, headers: { 'retry-after': String(wait) } }
  const headers = toHub(context.token, exchange, decision.seat)
  const url = deskApiPrefix + rest
  if (!rest.startsWith(pageToRead)) return { url, headers, headersFor: fromHub }
  return {
    url,
    headers: { ...headers, 'accept-encoding': exchange.headers['accept-encoding'] },
    headersFor: documentFromHub,
  }
}

/** What a guest may ask: whose notebook it is. */
const guestQuestion = 'whose'

/** The one answer that shows in a frame of the desk: the course's notebook to read. */
const pageToRead = 'reading/page?'

/** Returns only what the hub has to know. It sees no cookie and no other header of the client's. */
function toHub(token: string, exchange: Exchange, { server, run, user, id }: Seat): OutgoingHttpHeaders {
  const { headers, client, trace } = exchange
  return {
    host: exchange.hosts[0] ?? '',
    authorization: `token ${token}`,
    [proxyAuthHeader]: token,
    [deskSeatHeader]: writeDeskSeat({ server, run, user, seat: id }),
    'x-forwarded-for': client,
    'x-request-id': exchange.id,
    traceparent: trace().traceparent,
    accept: 'application/json',
    'accept-language': pageLanguage(exchange),
    'content-type': headers['content-type'],
  }
}

const kept = ['content-type', 'content-length', 'content-disposition', 'retry-after'] as const

/** Returns headers under which nothing of the hub shows as a page of the server's host. */
function fromHub(_status: number, headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return {
    ...Object.fromEntries(kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
  }
}

/** Returns the headers of a document that the hub has put into a sandbox, where it has an origin of its own; of all else the usual ones. */
function documentFromHub(status: number, headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const policy = String(headers['content-security-policy'] ?? '')
  const isShut = policy.includes("default-src 'none'") && /(^|; )sandbox( |;|$)/.test(policy)
  if (status !== 200 || !isShut) return fromHub(status, headers)
  const packed = headers['content-encoding'] && { 'content-encoding': headers['content-encoding'] }
  return { ...fromHub(status, headers), ...packed, 'content-security-policy': policy }
}

const title = say`This request was refused`
const foreign: Fault = {
  ...{ status: 403, code: 'request_foreign', title },
  message: say`Only the page around a notebook asks here. Open the notebook through the hub.`,
}
const notHis: Fault = {
  ...{ status: 403, code: 'not_owner', title },
  message: say`Only the owner of the notebook asks here, and only where the course shows the strip.`,
}
const nothingAsked: Fault = {
  ...{ status: 404, code: 'not_found', title: say`Nothing is here` },
  message: say`There is nothing at this address. Reload the page of the notebook.`,
}
const tooLong: Fault = {
  ...{ status: 413, code: 'body_too_large', title },
  message: say`This request is too long. Reload the page of the notebook.`,
}
const tooMany: Fault = {
  ...{ status: 429, code: 'too_many', title },
  message: say`Too many requests came from this notebook. Try again in a moment.`,
}
