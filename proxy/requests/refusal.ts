/** Answers requests that the rules of admission do not let pass to a server. */

import type { OutgoingHttpHeaders } from 'node:http'
import { openLink } from '../../seats/links.ts'
import type { Access } from '../../seats/route.ts'
import type { Judgement } from '../../seats/rules.ts'
import { withoutToken } from '../../seats/spelling.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import { leave, linkOut } from '../desk/leave.ts'
import type { Exchange } from '../exchange.ts'
import { frameAncestors } from '../forward/headers-out.ts'
import { reply, replyFault } from '../replies/reply.ts'
import { toHub } from './seated.ts'

export function replyRefusal(
  context: SiteContext,
  exchange: Exchange,
  decision: Exclude<Judgement, { kind: 'pass' }>,
  { access, headers = {} }: { access: Access; headers?: OutgoingHttpHeaders | undefined },
) {
  switch (decision.kind) {
    case 'launch':
      return leave(context, exchange, access, openLink(withoutToken(exchange.url)))
    case 'preflight':
      return reply(exchange, 204, decision.allow === undefined ? {} : preflightHeaders(decision.allow))
    case 'refuse':
      return replyFault(exchange, {
        status: decision.status,
        code: decision.code,
        title: say`This request was refused`,
        message: decision.message,
        next: linkOut(context, exchange, access, toHub),
        framing: frameAncestors({ hubUrl: context.site.hubUrl, ancestors: access.ancestors }),
        headers: decision.status === 429 || decision.status === 503 ? { 'retry-after': '5', ...headers } : headers,
      })
  }
}

function preflightHeaders(origin: string) {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
    vary: 'Origin',
  }
}
