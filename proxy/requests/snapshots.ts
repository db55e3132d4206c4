/** Answers at the addresses of snapshots, which hubs keep. No cookie counts here, and none is sent on. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { isSnapshotId, snapshotsApiPrefix, snapshotsPrefix } from '../../seats/files/snapshots.ts'
import { proxyAuthHeader } from '../../seats/links.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { type Fault, replyFault } from '../replies/reply.ts'
import { sendToHub } from './send.ts'

/** Answers below `/_carrel/snapshots/`, and at the host of snapshots, where nothing else is. */
export function answerSnapshot(context: SiteContext, exchange: Exchange): void | Promise<void> {
  const { method, upgrade, path, framing } = exchange
  const id = path.startsWith(snapshotsPrefix) ? path.slice(snapshotsPrefix.length) : ''
  const isRead = upgrade === undefined && ['GET', 'HEAD'].includes(method)
  const isWorker = exchange.headers['service-worker'] !== undefined
  const hasBody = framing['transfer-encoding'] !== undefined || Number(framing['content-length'] ?? 0) > 0
  if (!isRead || isWorker || hasBody || !isSnapshotId(id)) return replyFault(exchange, nothingHere)
  const headers = toHub(context.token, exchange)
  return sendToHub(context, exchange, { url: `${snapshotsApiPrefix}${id}/page`, headers, headersFor: fromHub })
}

function toHub(token: string, exchange: Exchange): OutgoingHttpHeaders {
  const { headers, client, trace } = exchange
  return {
    host: exchange.hosts[0] ?? '',
    authorization: `token ${token}`,
    [proxyAuthHeader]: token,
    'x-forwarded-for': client,
    'x-request-id': exchange.id,
    traceparent: trace().traceparent,
    accept: 'text/html',
    'accept-encoding': headers['accept-encoding'],
    'if-none-match': headers['if-none-match'],
  }
}

const kept = [
  ...['content-type', 'content-length', 'content-encoding', 'vary', 'etag'],
  ...['content-security-policy', 'retry-after'],
] as const

/**
 * What holds for each page whatever the hub says of it. A browser keeps to both policies. There is no Cross-Origin-Opener-Policy:
 * browsers show no page in a sandbox that has one.
 */
const policy = [
  ...["default-src 'none'", 'img-src data:', "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"],
  ...["frame-ancestors 'none'", 'sandbox allow-popups allow-popups-to-escape-sandbox'],
].join('; ')

function fromHub(status: number, headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const told = Object.fromEntries(kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
  const stated = headers['content-security-policy']
  return {
    ...told,
    'content-security-policy': stated === undefined ? policy : [stated, policy].flat().join(', '),
    // Kept, and asked for anew each time, so that what is deleted is seen by no one from then on.
    'cache-control': status === 200 || status === 304 ? 'no-cache' : 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow, noarchive',
  }
}

const nothingHere: Fault = {
  status: 404,
  code: 'not_found',
  title: say`Nothing is here`,
  message: say`This is not the whole address of a shared notebook. Ask for the link again.`,
}
