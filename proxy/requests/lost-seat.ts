/**
 * Answers the scripts of a notebook that is still open in a tab although its browser may not use it any more. The
 * notebook shows these messages in its own dialogs, so they say in plain words what has happened and what to do.
 */
import type { Access } from '../../seats/route.ts'
import { seatMessages } from '../../seats/rules.ts'
import type { SeatCheck } from '../../seats/seat-check.ts'
import { say, type Text, textIn } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { frameAncestors } from '../forward/headers-out.ts'
import { json, replyFault } from '../replies/reply.ts'

type Lost = Exclude<SeatCheck['state'], 'valid'>

const reasons: Record<Exclude<Lost, 'ambiguous'>, Text> = {
  missing: say`This browser cannot use this notebook any more: you are signed out, or were away for long.`,
  invalid: say`This notebook has been started anew since you opened this tab.`,
  expired: say`You were away for long, so this tab cannot use its notebook any more.`,
  ended: say`You are signed out of this notebook in this browser, or may not use it any more.`,
}

/** Returns what a person reads in the notebook, in lines that fit on a phone: the dialog of a kernel does not wrap them. */
function messageFor(state: Lost, hubUrl: string): Text {
  if (state === 'ambiguous') return seatMessages.ambiguous
  const paragraphs = [
    reasons[state],
    say`What was saved is kept. Until you sign in, nothing runs or can be saved here.`,
    say`To go on, sign in in another tab at ${hubUrl} and open this notebook there. Then come back here, save, and reload the page.`,
  ]
  return textIn((language) => paragraphs.map((one) => wrapped(one.plain(language))).join('\n\n'))
}

const lineLetters = 38

/** Returns a text in short lines. An address has one of its own, so that it can be copied. */
function wrapped(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (/^https?:/.test(word)) lines.push(word, '')
    else if (longer.length > lineLetters) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines.filter((line) => line !== '').join('\n')
}

/** Refuses a request of the notebook's own page because of its seat. */
export function refuseLost(
  { site }: SiteContext,
  exchange: Exchange,
  { path, access, state }: { path: string; access: Access; state: Lost },
): void {
  const code = `seat_${state}`
  const message = messageFor(state, site.hubUrl)
  const kernel = askedKernel(exchange, path)
  if (kernel === undefined) {
    const framing = frameAncestors({ hubUrl: site.hubUrl, ancestors: access.ancestors })
    replyFault(exchange, { status: 403, code, title: say`This notebook is closed here`, message, framing })
    return
  }
  // After any refusal JupyterLab says that the kernel has died. Only a kernel that is reported dead has a reason to show.
  exchange.record.why.error = code
  json(exchange, 200, { id: kernel, name: '', execution_state: 'dead', reason: message, traceback: '' })
}

/** Returns the id of the kernel that the page asks about, which it does as soon as its WebSocket was refused. */
function askedKernel({ method, path: asked, upgrade }: Exchange, path: string): string | undefined {
  if (method !== 'GET' || upgrade !== undefined || !asked.startsWith(path)) return undefined
  return /^api\/kernels\/([\w-]{1,64})$/.exec(asked.slice(path.length))?.[1]
}

/** Says whether a script of the server's own pages sends the request, rather than a program or another site. */
export function isOwnScript({ headers, upgrade }: Exchange, origin: string): boolean {
  const site = headers['sec-fetch-site']
  if (upgrade !== undefined) return false
  return site === undefined ? headers.referer?.startsWith(`${origin}/`) === true : site === 'same-origin'
}
