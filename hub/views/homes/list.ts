import type Koa from 'koa'
import { bytesText } from '../../../courses/amount.ts'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import type { Home } from '../../db/homes/homes.ts'
import type { User } from '../../db/users.ts'
import { ago, shownName, titleOf } from '../format.ts'
import { askLink, type Notice, noticeLine, pager, postButton, withTimes } from '../fragments.ts'
import { sendPage } from '../page.ts'
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
  ownerOf: (home: Home) => string
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

const choices: Record<HomesView['state'], string> = { all: 'All', removing: 'To be removed' }

/** Sends the page of the files of a course's learners, for its staff. */
export function sendHomesPage(ctx: Koa.Context, page: HomesPage): void {
  const { user, course, homes, total, view, pages, notice } = page
  const from = (view.page - 1) * homesPageSize + 1
  sendPage(ctx, {
    title: `Files of learners in ${titleOf(course)}`,
    wide: true,
    crumbs: [{ href: `/hub/course/${course.slug}`, text: `Notebooks of ${titleOf(course)}` }],
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
<p>${introduction(course)}</p>
<form method="get" action="/hub/course/${course.slug}/homes" role="search" aria-label="This list" class="filter">
<div><label for="q">Owner’s name contains</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<div><label for="state">State</label><select id="state" name="state">${Object.entries(choices).map(([state, text]) => html`<option value="${state}"${state === view.state && html` selected`}>${text}</option>`)}</select></div>
<button>Show</button></form>
${total === 0 ? emptyState(emptyList(course, view)) : html`<p class="quiet" role="status">${from} to ${from + homes.length - 1} of ${total}, those first that were used longest ago</p>`}
${homes.length > 0 && homesTable(page)}
${pager(view.page, pages, (number) => homesAddress(course, { ...view, page: number }))}`,
  })
}

function introduction({ home }: Course): string {
  if (home === undefined) return 'This course keeps no files any more. What learners have kept before is still here.'
  const where = `What learners save in ${home.path} stays when their notebooks stop.`
  const size = home.size === undefined ? '' : ` Each of them may keep ${bytesText(home.size)}.`
  if (home.keepDays === undefined) return `${where}${size}`
  return `${where}${size} Files that nobody has used for ${days(home.keepDays)} are removed seven days later, unless they are kept here or their owner opens the course.`
}

/** Returns what stands in place of an empty list, with a way on. */
function emptyList(course: Course, { q, state }: HomesView): Html {
  const showAll = html`<a href="${homesAddress(course, { q: '', state: 'all', page: 1 })}">Show all files</a>`
  if (q !== '') return html`No owner named like “${q}” has files in this list. ${showAll}`
  if (state === 'removing') return html`No files are to be removed. ${showAll}`
  return html`No learner has files here yet. They are there once a learner opens the course.`
}

function homesTable({ course, homes, view, now, ownerOf }: HomesPage): Html {
  const address = ({ id }: Home, act: string) => `/hub/course/${course.slug}/homes/${id}/${act}`
  const about = (home: Home) => `the files of ${ownerOf(home)}`
  return listTable<Home>({
    caption: `Files of learners in ${titleOf(course)}`,
    rows: homes,
    columns: [
      { head: 'Owner', kind: 'name', cell: ownerOf },
      {
        head: 'Last used',
        cell: ({ holder, lastUsed }) => (holder === undefined ? agoTime(Math.max(0, now - lastUsed)) : 'in use now'),
      },
      { head: 'Size', cell: sizeText },
      { head: 'State', cell: stateOf },
      {
        head: '',
        kind: 'acts',
        cell: (home) => {
          const { state, removeAt, holder } = home
          if (state === 'deleting') return false
          if (removeAt !== undefined)
            return postButton({ action: address(home, 'keep'), text: 'Keep', about: about(home), fields: { ...view } })
          const href = `${address(home, 'remove')}?${queryText(view)}`
          return holder === undefined && askLink({ href, text: 'Remove', about: about(home), danger: true })
        },
      },
    ],
  })
}

/** Returns what is to be known of a home that does not simply stay. */
function stateOf({ id, state, removeAt, reason = '' }: Home): Html | string | false {
  if (state === 'deleting') return 'These files are being removed.'
  const lost =
    state === 'found' &&
    html`<p>These files have lost their record. An operator can give it back: <code>carrel homes adopt ${id}</code></p>`
  if (removeAt === undefined) return lost
  return html`${lost}<p>${withTimes(`To be removed on ${momentOf(removeAt)}`)}${reason !== '' && html` (${reason})`}</p>`
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
  }: Pick<HomesPage, 'user' | 'course' | 'view' | 'now'> & { home: Home; owner: string },
): void {
  sendQuestionPage(ctx, {
    user,
    title: `Remove the files of ${owner} in ${titleOf(course)}?`,
    says: [
      `All files that ${owner} has kept in this course go in seven days. Last used ${ago(now - home.lastUsed)}, ${sizeText(home)}.`,
      `Until then you can keep them on the page before this one, and ${owner} keeps them by opening the course. Afterwards nothing brings them back.`,
      'The account stays, and so do files in other courses. The owner is not asked.',
    ],
    action: `/hub/course/${course.slug}/homes/${home.id}/remove`,
    // The files stay if they are used while this page is read.
    fields: { ...view, seen: home.lastUsed },
    button: 'Remove in seven days',
    keep: { href: homesAddress(course, view), text: 'Keep the files' },
  })
}

function sizeText({ bytes, measured, lastUsed }: Home): string {
  if (measured === undefined || bytes === undefined) return 'size not known yet'
  return `${bytesText(bytes)}${measured < lastUsed ? ' before that' : ''}`
}

function days(count: number): string {
  return count === 1 ? 'a day' : `${count} days`
}

function momentOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
