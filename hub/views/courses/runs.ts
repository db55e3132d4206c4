import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say, sentences, type Text } from '../../../words/text.ts'
import type { FailedRuns, PastRun, RunEnds } from '../../db/runs/course-runs.ts'
import type { RunCause } from '../../db/runs/runs.ts'
import type { User } from '../../db/users.ts'
import { failureWithout, fullName, ofUnit, shownName, titleOf, withoutAccount } from '../format.ts'
import { actName, hiddenFields, pager } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { coursesCrumbs } from '../parts/header.ts'
import { statusMark } from '../parts/status.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { adviceFor } from './causes.ts'
import { learnerLink } from './learner-link.ts'
import { shortId } from './server-cells.ts'

export const runsPageSize = 30

export interface RunsView {
  q: string
  ends: RunEnds
  /** In one word, what went wrong; '' for all. */
  cause: RunCause | ''
  page: number
}

export interface RunsPage {
  user: User
  course: Course
  runs: PastRun[]
  total: number
  pages: number
  view: RunsView
  /** For how many days runs are kept. */
  keepDays: number
  /** The link that opens the course. */
  link: string
}

const ends: Record<RunEnds, Text> = {
  all: say`All`,
  failed: say`With a problem`,
  never: say`That never started`,
  ready: say`That were ready`,
}

/** Returns the address of the past runs of a course in this view. */
export function runsAddress({ slug }: Pick<Course, 'slug'>, { q, ends, cause, page }: RunsView): string {
  const query = new URLSearchParams({ q, ends, ...(cause !== '' && { cause }), page: String(page) })
  return `/hub/course/${slug}/runs?${query}`
}

/** Sends the page of the runs of a course that are over, for its staff. */
export function sendRunsPage(
  ctx: Koa.Context,
  { user, course, runs, total, pages, view, keepDays, link }: RunsPage,
): void {
  const address = `/hub/course/${course.slug}`
  const from = (view.page - 1) * runsPageSize + 1
  const kept =
    keepDays === 0
      ? say`This site keeps nothing of them.`
      : say`They are kept for ${ofUnit(keepDays, 'day')}, with the last lines that each notebook’s program has printed.`
  sendPage(ctx, {
    title: say`Past starts of ${titleOf(course)}`,
    wide: true,
    userName: shownName(user),
    course,
    crumbs: coursesCrumbs,
    body: html`<p>${sentences([say`Notebooks that were started and have ended, the last one first.`, kept])}</p>
${tryIt(link)}
<form method="get" action="${address}/runs" role="search" aria-label="${say`This list`}" class="filter">
<div><label for="q">${say`Owner’s name contains`}</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<div><label for="ends">${say`Which`}</label><select id="ends" name="ends">${Object.entries(ends).map(([end, text]) => html`<option value="${end}"${end === view.ends && html` selected`}>${text}</option>`)}</select></div>
${view.cause !== '' && hiddenFields({ cause: view.cause })}<button>${say`Show`}</button></form>
${view.cause !== '' && html`<p>${say`Only those with one reason are shown. ${html`<a href="${runsAddress(course, { ...view, cause: '', page: 1 })}">${say`Show those with any`}</a>`}`}</p>`}
${
  total === 0
    ? emptyState(emptyRuns(course, view))
    : html`<p class="quiet" role="status">${say`${from} to ${from + runs.length - 1} of ${total}`}</p>${runsTable(say`Past starts of ${titleOf(course)}`, runs, course)}`
}
${pager(view.page, pages, (page) => runsAddress(course, { ...view, page }))}`,
  })
}

function emptyRuns(course: Course, view: RunsView): Html {
  if (view.q === '' && view.cause === '' && view.ends === 'all') return say`No notebook of this course has ended yet.`
  const everything = runsAddress(course, { q: '', ends: 'all', cause: '', page: 1 })
  return say`No past start is like this. ${html`<a href="${everything}">${say`Show all past starts`}</a>`}`
}

/** Returns a table of past runs; with their learners, where it is about a whole course. */
export function runsTable(caption: Said, runs: PastRun[], course: Pick<Course, 'slug'> | undefined): Html {
  return listTable({
    caption,
    rows: runs,
    columns: [
      ...(course
        ? [
            {
              head: say`Learner`,
              kind: 'name',
              cell: ({ server, owner }: PastRun) => learnerLink(course, server, owner),
            } as const,
          ]
        : []),
      { head: say`Ended`, cell: (run) => html`${endMark(run)} <span class="quiet">${agoTime(run.age)}</span>` },
      {
        head: say`Ran for`,
        cell: ({ ran }) => (ran === undefined ? html`<span class="quiet">${say`never ready`}</span>` : span(ran)),
      },
      { head: say`What is known`, cell: knownOfRun },
    ],
  })
}

/** Returns a time as people say it: `3 minutes`. */
function span(milliseconds: number): Text {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 1) return say`less than a minute`
  return minutes < 120 ? ofUnit(minutes, 'minute') : ofUnit(Math.round(minutes / 60), 'hour')
}

function endMark({ how, failure, ran }: PastRun): Html {
  if (failure !== undefined)
    return statusMark('bad', ran === undefined ? say`did not start` : say`ended after a problem`)
  return statusMark('idle', how === 'culled' ? say`stopped when idle` : say`stopped`)
}

/** Returns what staff know of a past run: what went wrong and why, who stopped it, and what it has printed last. */
function knownOfRun(run: PastRun): Html {
  const { failure, detail, reason, by, image, lines, id } = run
  const told = (text: string) => withoutAccount(text, run.owner, run.path)
  const why = failure === undefined && reason !== undefined && reason
  return html`${failure !== undefined && html`<p>${failureWithout(failure, run.owner, run.path)}</p>`}${why && html`<p>${told(why)}</p>`}
${by !== undefined && html`<p>${say`Stopped by ${fullName(by)}`}</p>`}
<details><summary>${actName(say`Last lines and details`, say`of ${id}`)}</summary>
<p class="quiet">${say`Reference: ${html`<code>${id}</code>`}`}${image !== undefined && html` · ${say`Image ${html`<code>${shortId(image)}</code>`}`}`}</p>
${saidOf(detail, lines).map((text) => html`<pre>${told(text)}</pre>`)}
${lines === undefined && html`<p class="quiet">${say`Its last lines could not be read, or were not to be kept.`}</p>`}
${lines?.length === 0 && html`<p class="quiet">${say`It has printed nothing.`}</p>`}
${lines !== undefined && lines.length > 0 && html`<pre>${told(lines.join('\n'))}</pre>`}</details>`
}

/** Returns what was said of an end besides the last lines, which some spawners tell too. */
function saidOf(detail: string | undefined, lines: string[] = []): string[] {
  const left = (detail ?? '').split('\n').filter((line) => line !== '' && !lines.includes(line))
  return left.length === 0 ? [] : [left.join('\n')]
}

/** Returns the reasons for which runs of the course have failed of late, with what to do about each. */
export function failedGroups(
  course: Course,
  groups: FailedRuns[],
  { days, link }: { days: number; link: string },
): Html {
  return html`<section aria-labelledby="problems"><h2 id="problems">${say`Problems of the last ${ofUnit(days, 'day')}`}</h2>
${listTable({
  caption: say`Reasons for which notebooks have failed`,
  rows: groups,
  columns: [
    { head: say`What happened`, kind: 'name', cell: whatHappened },
    {
      head: say`How often`,
      cell: ({ count, learners, age }) =>
        html`${statusMark('bad', ofUnit(count, 'time'))}<p class="quiet">${say`${ofUnit(learners, 'learner')}, last ${agoTime(age)}`}</p>`,
    },
    { head: say`What to do`, cell: ({ cause, lasts }) => adviceFor(cause, lasts) },
    {
      head: '',
      kind: 'acts',
      cell: (group) =>
        html`<a class="button plain" href="${runsAddress(course, { q: '', ends: 'failed', cause: group.cause ?? '', page: 1 })}">${actName(say`Last lines`, say`of those where: ${whatHappened(group)}`)}</a>`,
    },
  ],
})}
${tryIt(link)}</section>`
}

function whatHappened({ failure, owner, path }: FailedRuns): Said {
  return failure === undefined ? say`The start was refused.` : failureWithout(failure, owner, path)
}

/** Returns the way for staff to see what learners see. */
function tryIt(link: string): Html {
  return html`<p>${say`${html`<a href="${link}">${say`Try it yourself`}</a>`}: this opens a notebook of your own in the course, as learners open theirs.`}</p>`
}
