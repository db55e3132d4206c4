/** Requests below `<server path>_carrel/desk/`: the page with the strip, that of a guest, and what both ask the hub. */
import { randomBytes } from 'node:crypto'
import { deskApiPart, deskPart, isForDesk } from '../../seats/desk.ts'
import { openLink } from '../../seats/links.ts'
import type { Access } from '../../seats/route.ts'
import type { Judgement } from '../../seats/rules.ts'
import { withoutToken } from '../../seats/spelling.ts'
import type { SiteContext } from '../context.ts'
import { deskQuestion } from '../desk/api.ts'
import { guestPage } from '../desk/guest-page.ts'
import { leave } from '../desk/leave.ts'
import { deskPage } from '../desk/page.ts'
import type { Exchange } from '../exchange.ts'
import { frameAncestors } from '../forward/headers-out.ts'
import { pageLanguage, redirect, replyFault, replyPage } from '../replies/reply.ts'
import { replyRefusal } from './refusal.ts'
import { nothingHere, onlyRead } from './seated.ts'
import { sendToHub } from './send.ts'

/** A server, and the judgement of the rules about a request to it, which holds for its desk as well. */
export interface DeskRequest {
  path: string
  access: Access
  decision: Judgement
}

export function atDesk(context: SiteContext, exchange: Exchange, desk: DeskRequest): void | Promise<void> {
  if (exchange.path.startsWith(desk.path + deskApiPart)) return ask(context, exchange, desk)
  return show(context, exchange, desk)
}

function ask(context: SiteContext, exchange: Exchange, { path, access, decision }: DeskRequest): void | Promise<void> {
  if (decision.kind !== 'pass' && decision.kind !== 'launch')
    return replyRefusal(context, exchange, decision, { access })
  const rest = exchange.url.slice(path.length + deskApiPart.length)
  const question = deskQuestion(context, exchange, { access, decision, rest })
  return 'url' in question ? sendToHub(context, exchange, question) : replyFault(exchange, question)
}

function show(context: SiteContext, exchange: Exchange, { path, access, decision }: DeskRequest) {
  const { site, stripFiles } = context
  const landing = withoutToken(exchange.url).slice(path.length + deskPart.length)
  if (!isForDesk(landing)) return replyFault(exchange, nothingHere)
  // The hub judges the page itself, and puts the strip around it again.
  if (decision.kind === 'launch') return leave(context, exchange, undefined, openLink(path + landing))
  if (decision.kind !== 'pass') return replyRefusal(context, exchange, decision, { access })
  if (exchange.upgrade !== undefined || !['GET', 'HEAD'].includes(exchange.method))
    return replyFault(exchange, onlyRead)
  const isOwner = decision.seat.user === access.user
  if (isOwner && access.strip !== true) return redirect(exchange, path + landing)
  const nonce = randomBytes(16).toString('base64')
  const language = pageLanguage(exchange)
  const shown = { path, landing, hubUrl: site.hubUrl, nonce, language, staticBase: stripFiles.base(language) }
  const content = isOwner ? deskPage(shown) : guestPage(shown)
  const framing = frameAncestors({ hubUrl: site.hubUrl, ancestors: access.ancestors })
  return replyPage(exchange, 200, content, { framing, nonce, asks: true, isDesk: true })
}
