import type Koa from 'koa'
import { sizeText } from '../../../courses/amount.ts'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { retoldClause } from '../../../words/kept.ts'
import { type Said, say, sentences, type Text } from '../../../words/text.ts'
import type { Home } from '../../db/homes/homes.ts'
import type { User } from '../../db/users.ts'
import { ago, shownName, titleOf } from '../format.ts'
import { askLink, momentTime, type Notice, noticeLine, pager, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { coursesCrumbs } from '../parts/header.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { sendQuestionPage } from '../question.ts'

export const homesViews = ['all', 'removing'] as const

export interface HomesView {
  q: string
  state: (typeof homesViews)[number]
  page: number
}

export interface HomesPage {
  user: User
  course: Course
  homes: Home[]
  /** Returns what staff call the owner of a home. */
  ownerOf: (home: Home) => Said
  total: number
  view: HomesView
  pages: number
  /** The time by the database's clock. */
  now: number
  notice: Notice | undefined
}

export const homesPageSize = 50

/** Returns the address of the page that shows this view. */
export function homesAddress({ slug }: Pick<Course, 'slug'>, view: HomesView): string {
  return `/hub/course/${slug}/homes?${queryText(view)}`
}

function queryText({ q, state, page }: HomesView): string {
  return new URLSearchParams({ q, state, page: String(page) }).toString()
}

const choices: Record<HomesView['state'], Text> = { all: say`All`, removing: say`To be removed` }

/** Sends the page of the files of a course's learners, for its staff. */
export function sendHomesPage(ctx: Koa.Context, page: HomesPage): void {
  const { user, course, homes, total, view, pages, notice } = page
  const from = (view.page - 1) * homesPageSize + 1
  sendPage(ctx, {
    title: say`Files of learners in ${titleOf(course)}`,
    wide: true,
    course,
    crumbs: coursesCrumbs,
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
<p>${introduction(course)}</p>
<form method="get" action="/hub/course/${course.slug}/homes" role="search" aria-label="${say`This list`}" class="filter">
<div><label for="q">${say`Owner’s name contains`}</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<div><label for="state">${say`State`}</label><select id="state" name="state">${Object.entries(choices).map(([state, text]) => html`<option value="${state}"${state === view.state && html` selected`}>${text}</option>`)}</select></div>
<button>${say`Show`}</button></form>
${total === 0 ? emptyState(emptyList(course, view)) : html`<p class="quiet" role="status">${say`${from} to ${from + homes.length - 1} of ${total}, those first that were used longest ago`}</p>`}
${homes.length > 0 && homesTable(page)}
${pager(view.page, pages, (number) => homesAddress(course, { ...view, page: number }))}`,
  })
}

function introduction({ home }: Course): Text {
  if (home === undefined) return say`This course keeps no files any more. What learners have kept before is still here.`
  return sentences([
    say`What learners save in ${home.path} stays when their notebooks stop.`,
    home.size !== undefined && say`Each of them may keep ${sizeText(home.size)}.`,
    home.keepDays !== undefined &&
      say`Files that nobody has used for ${days(home.keepDays)} are removed seven days later, unless they are kept here or their owner opens the course.`,
  ])
}

/** Returns what stands in place of an empty list, with a way on. */
function emptyList(course: Course, { q, state }: HomesView): Html {
  const showAll = html`<a href="${homesAddress(course, { q: '', state: 'all', page: 1 })}">${say`Show all files`}</a>`
  if (q !== '') return say`No owner named like “${q}” has files in this list. ${showAll}`
  if (state === 'removing') return say`No files are to be removed. ${showAll}`
  return say`No learner has files here yet. They are there once a learner opens the course.`
}

function homesTable({ course, homes, view, now, ownerOf }: HomesPage): Html {
  const address = ({ id }: Home, act: string) => `/hub/course/${course.slug}/homes/${id}/${act}`
  const about = (home: Home) => say`the files of ${ownerOf(home)}`
  return listTable<Home>({
    caption: say`Files of learners in ${titleOf(course)}`,
    rows: homes,
    columns: [
      { head: say`Owner`, kind: 'name', cell: ownerOf },
      {
        head: say`Last used`,
        cell: ({ holder, lastUsed }) => (holder === undefined ? agoTime(Math.max(0, now - lastUsed)) : say`in use now`),
      },
      { head: say`Size`, kind: 'amount', cell: sizeOf },
      { head: say`State`, cell: stateOf },
      {
        head: '',
        kind: 'acts',
        cell: (home) => {
          const { state, removeAt, holder } = home
          if (state === 'deleting') return false
          if (removeAt !== undefined)
            return postButton({
              action: address(home, 'keep'),
              text: say`Keep`,
              about: about(home),
              fields: { ...view },
            })
          const href = `${address(home, 'remove')}?${queryText(view)}`
          return holder === undefined && askLink({ href, text: say`Remove`, about: about(home), danger: true })
        },
      },
    ],
  })
}

/** Returns what is to be known of a home that does not simply stay. */
function stateOf({ id, state, removeAt, reason = '' }: Home): Html | false {
  if (state === 'deleting') return say`These files are being removed.`
  const lost =
    state === 'found' &&
    html`<p>${say`These files have lost their record. An operator can give it back: ${html`<code>${`carrel homes adopt ${id}`}</code>`}`}</p>`
  if (removeAt === undefined) return lost
  return html`${lost}<p>${say`To be removed on ${momentTime(removeAt)}`}${reason !== '' && html` (${retoldClause(reason)})`}</p>`
}

/** Sends the page that asks before files are removed. */
export function sendRemoveHomePage(
  ctx: Koa.Context,
  {
    user,
    course,
    home,
    owner,
    view,
    now,
  }: Pick<HomesPage, 'user' | 'course' | 'view' | 'now'> & { home: Home; owner: Said },
): void {
  sendQuestionPage(ctx, {
    user,
    title: say`Remove the files of ${owner} in ${titleOf(course)}?`,
    says: [
      say`All files that ${owner} has kept in this course go in seven days. Last used ${ago(now - home.lastUsed)}, ${sizeOf(home)}.`,
      say`Until then you can keep them on the page before this one, and ${owner} keeps them by opening the course. Afterwards nothing brings them back.`,
      say`The account stays, and so do files in other courses. The owner is not asked.`,
    ],
    action: `/hub/course/${course.slug}/homes/${home.id}/remove`,
    // The files stay if they are used while this page is read.
    fields: { ...view, seen: home.lastUsed },
    button: say`Remove in seven days`,
    keep: { href: homesAddress(course, view), text: say`Keep the files` },
  })
}

function sizeOf({ bytes, measured, lastUsed }: Home): Said {
  if (measured === undefined || bytes === undefined) return say`size not known yet`
  return measured < lastUsed ? say`${sizeText(bytes)} before that` : sizeText(bytes)
}

function days(count: number): Text {
  return count === 1 ? say`a day` : say`${count} days`
}
