import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import { retold, retoldClause } from '../../words/kept.ts'
import { type Said, say, type Text } from '../../words/text.ts'
import type { ServerState } from '../db/servers/server-states.ts'
import type { User } from '../db/users.ts'
import { memoryText, shownName, stateText } from './format.ts'
import { momentTime } from './fragments.ts'
import { sendPage } from './page.ts'

/** What those who help are told of a server. Times are ISO 8601; null is what is not known, or is not. */
export interface SupportFacts {
  code: string
  until: string
  course: { name: string; title: string | null }
  /** What the reader may call the server's owner. */
  owner: Said
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
  problem?: Said
}

/** Sends the page on which a code is looked up, with what it has found. */
export function sendSupportPage(ctx: Koa.Context, { user, typed, facts, problem }: SupportPage): void {
  sendPage(ctx, {
    title: facts === undefined ? say`Support codes` : say`Support code ${facts.code}`,
    userName: shownName(user),
    body: html`
${problem !== undefined && html`<p class="notice" role="alert">${problem}</p>`}
<p>${say`A learner reads her code above the notebook, behind “Help”. It names her server, and tells nothing to others.`}</p>
<form method="post" action="/hub/support" class="filter">
<div><label for="code">${say`Support code`}</label><input id="code" name="code" value="${typed}" maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" required></div>
<button>${say`Look up`}</button></form>
${facts !== undefined && found(facts)}`,
  })
}

function found(facts: SupportFacts): Html {
  const { course, owner, state, activity, ends, memory, failure, troubles, page } = facts
  const rows: [name: Text, value: Html | Said | undefined][] = [
    [say`Course`, course.title ?? course.name],
    [say`Owner`, owner],
    [say`State`, stateText[state]],
    [say`Asked for`, timeOf(facts.asked)],
    [say`Started`, timeOf(facts.started)],
    [say`Ended`, timeOf(facts.ended)],
    [say`Last active`, timeOf(facts.last_activity)],
    [say`At the moment`, activity === null ? undefined : retoldClause(activity)],
    [say`End`, ends === null ? undefined : say`The notebook ${ends.says}.`],
    [say`Memory`, memory === null ? undefined : memoryText(memory)],
    [say`Image`, facts.image === null ? undefined : html`<code>${facts.image}</code>`],
    [say`Server`, html`<code>${facts.server}-${facts.run}</code>`],
    [say`Code`, say`holds until ${timeOf(facts.until)}`],
  ]
  return html`<h2>${say`${course.title ?? course.name} of ${owner}`}</h2>
${
  failure !== null &&
  html`<p>${say`Last failure: ${retold(failure.message)}`} <span class="quiet">${say`Reference: ${html`<code>${failure.reference}</code>`}`}</span></p>
${failure.detail !== null && html`<details><summary>${say`Details for staff`}</summary><pre>${failure.detail}</pre></details>`}`
}
${troubles.map(({ message, at }) => html`<p>${say`Told to its owner ${timeOf(at)}: ${retold(message)}`}</p>`)}
<dl>${rows.map(([name, value]) => value !== undefined && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${page !== null && html`<p><a href="${page}">${say`Show it in the list, to open or stop it`}</a></p>`}`
}

function timeOf(iso: string | null): Html | undefined {
  return iso === null ? undefined : momentTime(Date.parse(iso))
}
