import type Koa from 'koa'
import { amountText, bytesText } from '../../courses/amount.ts'
import { type Html, html } from '../../net/html.ts'
import { retold } from '../../words/kept.ts'
import type { Text } from '../../words/text.ts'
import type { ServerState } from '../db/servers/server-states.ts'
import type { User } from '../db/users.ts'
import { shownName, stateText } from './format.ts'
import { momentTime } from './fragments.ts'
import { sendPage } from './page.ts'

/** What those who help are told of a server. Times are ISO 8601; null is what is not known, or is not. */
export interface SupportFacts {
  code: string
  until: string
  course: { name: string; title: string | null }
  /** What the reader may call the server's owner. */
  owner: string
  server: string
  run: number
  state: ServerState
  image: string | null
  asked: string | null
  started: string | null
  ended: string | null
  last_activity: string | null
  /** What a ready server does, in words. */
  activity: string | null
  ends: { seconds: number; why: string; says: Text } | null
  memory: { bytes: number; limit: number | null } | null
  failure: { message: string; detail: string | null; reference: string } | null
  troubles: { kind: string; at: string; message: string }[]
  /** The page on which the reader may open or stop the server. */
  page: string | null
}

export interface SupportPage {
  user: User
  typed: string
  facts?: SupportFacts
  /** Why the code tells nothing. */
  problem?: string
}

/** Sends the page on which a code is looked up, with what it has found. */
export function sendSupportPage(ctx: Koa.Context, { user, typed, facts, problem }: SupportPage): void {
  sendPage(ctx, {
    title: facts === undefined ? 'Support codes' : `Support code ${facts.code}`,
    userName: shownName(user),
    body: html`
${problem !== undefined && html`<p class="notice" role="alert">${problem}</p>`}
<p>A learner reads her code above the notebook, behind “Help”. It names her server, and tells nothing to others.</p>
<form method="post" action="/hub/support" class="filter">
<div><label for="code">Support code</label><input id="code" name="code" value="${typed}" maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" required></div>
<button>Look up</button></form>
${facts !== undefined && found(facts)}`,
  })
}

function found(facts: SupportFacts): Html {
  const { course, owner, state, activity, ends, memory, failure, troubles, page } = facts
  const rows: [name: string, value: Html | string | undefined][] = [
    ['Course', course.title ?? course.name],
    ['Owner', owner],
    ['State', stateText[state]],
    ['Asked for', timeOf(facts.asked)],
    ['Started', timeOf(facts.started)],
    ['Ended', timeOf(facts.ended)],
    ['Last active', timeOf(facts.last_activity)],
    ['Now', activity ?? undefined],
    ['End', ends === null ? undefined : `It ${ends.says}.`],
    ['Memory', memory === null ? undefined : memoryText(memory)],
    ['Image', facts.image === null ? undefined : html`<code>${facts.image}</code>`],
    ['Server', html`<code>${facts.server}-${facts.run}</code>`],
    ['Code', html`holds until ${timeOf(facts.until)}`],
  ]
  return html`<h2>${course.title ?? course.name} of ${owner}</h2>
${
  failure !== null &&
  html`<p>Last failure: ${retold(failure.message)} <span class="quiet">Reference: <code>${failure.reference}</code></span></p>
${failure.detail !== null && html`<details><summary>Details for staff</summary><pre>${failure.detail}</pre></details>`}`
}
${troubles.map(({ message, at }) => html`<p>Told to its owner ${timeOf(at)}: ${retold(message)}</p>`)}
<dl>${rows.map(([name, value]) => value !== undefined && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${page !== null && html`<p><a href="${page}">Show it in the list, to open or stop it</a></p>`}`
}

function memoryText({ bytes, limit }: NonNullable<SupportFacts['memory']>): string {
  return limit === null ? bytesText(bytes) : `${bytesText(bytes)} of ${amountText(limit)}`
}

function timeOf(iso: string | null): Html | undefined {
  return iso === null ? undefined : momentTime(Date.parse(iso))
}
