import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { say, type Text } from '../../../words/text.ts'
import type { PastEvent } from '../../db/events.ts'
import type { User } from '../../db/users.ts'
import { nameForAdmins, shownName } from '../format.ts'
import { momentTime } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { type EventArea, eventAreas, eventKindsIn, eventWords } from './event-words.ts'
import { userAddress } from './users.ts'

/** Which events a page shows, as the address says it: '' for all. */
export interface EventsView {
  /** A kind, or the area of several. */
  kind: string
  /** Name or id of the user whom the events are about. */
  user: string
  /** Name or id of the user who did it, or what stands in place of one. */
  by: string
  course: string
  /** Days, such as 2027-01-18, in UTC. */
  from: string
  to: string
}

export interface EventsPage {
  admin: User
  view: EventsView
  events: PastEvent[]
  /** Users whom the events name, by id. */
  users: ReadonlyMap<string, User>
  /** Whether the page shows the latest events. */
  isFirst: boolean
  /** Where further events begin; undefined when there are none. */
  next: number | undefined
  /** The time by the database's clock. */
  now: number
}

const path = '/hub/admin/events'

/** Returns the address of a list of events, also as a file of JSON lines. */
export function eventsAddress(
  view: Partial<EventsView>,
  { before, file = path }: { before?: number; file?: string } = {},
) {
  const said = Object.entries({ ...view, before: before === undefined ? '' : String(before) })
  const query = new URLSearchParams(said.filter(([, value]) => value !== ''))
  return query.size === 0 ? file : `${file}?${query}`
}

/** Sends the page of what has happened, for admins. */
export function sendEventsPage(ctx: Koa.Context, page: EventsPage): void {
  const { admin, view, events, isFirst, next } = page
  sendPage(ctx, {
    title: say`Events`,
    wide: true,
    userName: shownName(admin),
    body: html`
<form method="get" action="${path}" role="search" aria-label="${say`This list`}" class="filter many">
<div><label for="kind">${say`What`}</label><select id="kind" name="kind"><option value="">${say`Everything`}</option>${areas.map((area) => areaOptions(area, view.kind))}</select></div>
<div><label for="user">${say`About the user`}</label><input id="user" name="user" type="search" maxlength="400" autocomplete="off" value="${view.user}"></div>
<div><label for="by">${say`Done by`}</label><input id="by" name="by" type="search" maxlength="400" autocomplete="off" value="${view.by}"></div>
<div><label for="course">${say`Course, by its id`}</label><input id="course" name="course" type="search" maxlength="63" value="${view.course}"></div>
<div><label for="from">${say`From (UTC)`}</label><input id="from" name="from" type="date" value="${view.from}"></div>
<div><label for="to">${say`To (UTC)`}</label><input id="to" name="to" type="date" value="${view.to}"></div>
<button>${say`Show`}</button></form>
${(events.length > 0 || next !== undefined) && html`<p><a href="${eventsAddress(view, { file: `${path}.jsonl` })}" download>${say`Download these events`}</a> <span class="quiet">${say`as JSON lines, the latest first`}</span></p>`}
${events.length > 0 ? eventsTable(page) : emptyState(next === undefined ? nothing : html`${say`No event of this part of the history is like that. Earlier ones may be.`}`)}
${(!isFirst || next !== undefined) && html`<nav aria-label="${say`Pages`}" class="row">${!isFirst && html`<a href="${eventsAddress(view)}">${say`Latest events`}</a>`} ${next !== undefined && html`<a href="${eventsAddress(view, { before: next })}" rel="next">${say`Earlier events`}</a>`}</nav>`}`,
  })
}

const nothing = html`${say`No event is like that. Users who are gone have no name any more: give the id. ${html`<a href="${path}">${say`Show all events`}</a>`}`}`
const areas = Object.keys(eventAreas) as EventArea[]

function areaOptions(area: EventArea, chosen: string): Html {
  const option = (value: string, text: Text) =>
    html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`
  return html`<optgroup label="${eventAreas[area]}">${option(area, say`${eventAreas[area]}: all`)}${eventKindsIn(area).map((kind) => option(kind, eventWords[kind].text))}</optgroup>`
}

/** Returns a table of events. That of the page of one user does not name this user in each row. */
export function eventsTable(
  { events, users, now }: Pick<EventsPage, 'events' | 'users' | 'now'>,
  { ofOne = false } = {},
): Html {
  return listTable<PastEvent>({
    caption: say`Events`,
    rows: events,
    columns: [
      { head: say`When`, cell: ({ at }) => whenTime(at, now) },
      { head: say`What`, kind: 'name', cell: ({ kind }) => eventWords[kind]?.text ?? kind },
      ...(ofOne
        ? []
        : [{ head: say`User`, cell: ({ user }: PastEvent) => user !== undefined && userLink(user, users) }]),
      { head: say`Course`, cell: ({ course }) => course ?? false },
      { head: say`Done by`, cell: ({ detail: { by } }) => by !== undefined && userLink(String(by), users) },
      { head: say`Details`, cell: detailsOf },
    ],
  })
}

const dayMilliseconds = 86_400_000

function whenTime(at: number, now: number): Html {
  return now - at < dayMilliseconds ? agoTime(Math.max(0, now - at)) : momentTime(at)
}

/** Returns a user by name. One who is gone has no name any more, and what is no user's id is a word of its own, such as `operator`. */
function userLink(id: string, users: ReadonlyMap<string, User>): Html {
  const user = users.get(id)
  return user === undefined ? html`<code>${id}</code>` : html`<a href="${userAddress(user)}">${nameForAdmins(user)}</a>`
}

function detailsOf({ server, run, detail }: PastEvent): Html | false {
  const said = Object.entries(detail).filter(([name, value]) => name !== 'by' && value !== '')
  const texts = said.map(([name, value]) => html`<li>${name.replaceAll('_', ' ')}: ${String(value)}</li>`)
  if (server === undefined && texts.length === 0) return false
  const reference =
    server !== undefined &&
    html`<li>${say`Reference: ${html`<code>${server}${run !== undefined && `-${run}`}</code>`}`}</li>`
  return html`<ul class="lines quiet">${texts}${reference}</ul>`
}
