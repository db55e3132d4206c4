import type Koa from 'koa'
import { sizeText } from '../../../courses/amount.ts'
import type { BroughtTrack } from '../../../courses/content/brought.ts'
import type { ContentSettings } from '../../../courses/content/content.ts'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { retold, retoldClause, retoldWhole } from '../../../words/kept.ts'
import { forCount, say, sentences, type Text } from '../../../words/text.ts'
import { pullPercent, pullText } from '../../content/told.ts'
import type { Content, ContentProblem } from '../../db/content/brought.ts'
import type { PullPlan } from '../../db/content/pulls.ts'
import { type ContentPull, isUnderWay } from '../../db/jobs/jobs.ts'
import type { User } from '../../db/users.ts'
import { ago, ofUnit, shownName, timeAhead, titleOf } from '../format.ts'
import { momentTime, type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { coursesCrumbs } from '../parts/header.ts'

export type CourseOfContent = Course & { content: ContentSettings }

export interface ContentPage {
  user: User
  course: CourseOfContent
  /** Whether people have made the course, so that its repository can be changed on a page. */
  isMade: boolean
  /** Whether the user may change what opens the repository. */
  mayChange: boolean
  /** The commit that counts; undefined before the first. */
  content: Content | undefined
  plan: PullPlan | undefined
  last: ContentPull | undefined
  /** What the last pull has printed, and where its events go on. */
  log: string
  events: string
  notice: Notice | undefined
  /** The time by the database's clock. */
  now: number
}

/** Sends the page of what a course has of its repository, for its staff. */
export function sendContentPage(ctx: Koa.Context, page: ContentPage): void {
  const { user, course, isMade, content, last, log, events, notice, now } = page
  const { git, ref, copies } = course.content
  const address = `/hub/my-courses/${course.slug}`
  const isBusy = last !== undefined && isUnderWay(last)
  const problems = content?.problems.filter(({ kind }) => kind === 'problem') ?? []
  const notes = content?.problems.filter(({ kind }) => kind === 'note') ?? []
  sendPage(ctx, {
    title: say`Content of ${titleOf(course)}`,
    course,
    crumbs: coursesCrumbs,
    userName: shownName(user),
    scripts: ['job.js'],
    ...(isBusy && { refresh: { seconds: 5, onlyWithoutScript: true } }),
    body: html`
${noticeLine(notice)}
<p>${say`It comes from ${html`<code>${git}</code>`}, ${ref === undefined ? say`its default branch` : html`<code>${ref}</code>`}.`} ${isMade ? html`<a href="${address}">${say`Settings of the course`}</a>` : say`The config file says so.`}</p>
<p>${copiesTexts[copies]}</p>
${page.mayChange && html`<p><a href="${address}/access">${say`Private repository, and pulls at each push`}</a></p>`}
${counting(page)}
${asking(page)}
<p id="state" role="status" aria-live="polite">${last === undefined ? say`No one has asked for it yet.` : say`It ${pullText(last)}.`}</p>
<progress id="progress" aria-label="${say`Progress`}" max="100"${last !== undefined && html` value="${pullPercent(last)}"`} ${!isBusy && html`hidden`}></progress>
<div class="row">${buttons(page)}</div>
${problems.length > 0 && html`<h2>${say`To be mended in the repository`}</h2>${problemList(problems)}`}
${notes.length > 0 && html`<h2>${say`Worth a look`}</h2>${problemList(notes)}`}
${content !== undefined && html`<h2>${say`Notebooks`}</h2>${trackList(content, address)}`}
${content !== undefined && content.settings.staticMappings.length > 0 && html`<h2>${say`Folders beside each notebook`}</h2><ul>${content.settings.staticMappings.map(({ link, to }) => html`<li>${say`${html`<code>${link}</code>`} is ${html`<code>${to}</code>`} of the repository`}</li>`)}</ul>`}
${
  last !== undefined &&
  html`<h2>${isBusy ? say`What the pull has printed` : say`What the last pull has printed`}</h2>
<p class="quiet">${last.ended === undefined ? say`Asked for ${ago(now - last.asked)}.` : say`Ended ${ago(now - last.ended)}.`}</p>`
}
<pre id="log" class="log" tabindex="0" role="region" aria-label="${say`What the pull has printed`}"${isBusy && html` data-events="${events}"`} ${log === '' && html`hidden`}>${log}</pre>`,
  })
}

const copiesTexts: Record<ContentSettings['copies'], Text> = {
  lazy: say`Learners get a copy of each notebook that they open.`,
  all: say`Learners get copies of all files of the repository, when their server starts.`,
  none: say`Learners get no copies of its notebooks.`,
}

/** Returns what is said of the commit that counts. */
function counting({ content, now }: Pick<ContentPage, 'content' | 'now'>): Html {
  if (content === undefined)
    return html`<p>${say`Nothing of it is here yet. Until then the course opens without its notebooks.`}</p>`
  const { commit, subject, at, counted, notebooks, bytes } = content
  const named = html`<code>${commit.slice(0, 12)}</code>`
  const called = subject !== '' && html`, ${say`“${subject}”`}`
  return html`<p>${say`The course has commit ${named} of ${momentTime(at)}${called}: ${ofUnit(notebooks, 'notebook')}, ${sizeText(bytes)}. It came ${ago(now - counted)}.`}</p>`
}

/** Returns when the repository was asked, is asked again, and what has gone wrong. */
function asking({ course, plan, now }: ContentPage): Html {
  const { pullMinutes } = course.content
  const { checked, due, failures = 0, problem } = plan ?? {}
  const last = checked !== undefined && say`The repository has last answered ${ago(now - checked)}.`
  const next =
    course.halted !== undefined
      ? say`It is not asked while the course opens to no one.`
      : due !== undefined
        ? say`It is asked again ${timeAhead(due - now)}.`
        : pullMinutes === false
          ? say`It is asked only by the button, by a program or at a push.`
          : undefined
  return html`<p>${sentences([last, next])}</p>
${failures > 0 && html`<p class="notice">${forCount(failures, say`The last try has failed.`, say`The last ${failures} tries have failed.`)} ${retold(problem ?? '')}</p>`}`
}

function buttons({ course, last }: ContentPage): Html | false {
  if (course.halted !== undefined) return false
  const action = `/hub/my-courses/${course.slug}/pull`
  const about = say`the content of ${titleOf(course)}`
  if (last === undefined || !isUnderWay(last))
    return postButton({ text: say`Fetch what is new`, about: say`of ${titleOf(course)}`, action })
  return last.cancelledBy === undefined && postButton({ text: say`Cancel`, about, action: `${action}/cancel` })
}

function problemList(problems: ContentProblem[]): Html {
  return html`<ul>${problems.map(({ file, line, column, message }) => html`<li>${say`${placeOf(html`<code>${file}</code>`, line, column)}: ${retoldClause(message)}`}</li>`)}</ul>`
}

/** Returns a file with the line and the column of it that are meant, where these are known. */
function placeOf(file: Html, line: number | undefined, column: number | undefined): Html {
  if (line === undefined) return file
  return column === undefined ? say`${file}, line ${line}` : say`${file}, line ${line}, column ${column}`
}

function trackList({ tracks, notebooks }: Content, address: string): Html {
  return html`<ul>${tracks.map(
    (track) =>
      html`<li>${say`${html`<a href="${address}/notebooks?track=${encodeURIComponent(track.id)}">${track.name}</a>`}: ${sizeOf(track)}`}${track.description !== '' && html`. ${retoldWhole(track.description)}`}</li>`,
  )}<li>${say`${html`<a href="${address}/notebooks">${tracks.length > 0 ? say`All notebooks` : say`The notebooks and their links`}</a>`}: ${ofUnit(notebooks, 'notebook')}`}</li></ul>`
}

function sizeOf({ sections }: BroughtTrack): Text {
  const count = sections.reduce((sum, { notebooks }) => sum + notebooks.length, 0)
  return say`${ofUnit(count, 'notebook')} in ${ofUnit(sections.length, 'section')}`
}

/** Returns a line about the content of a course for lists of courses, with the way to its page. */
export function contentLine(
  course: Pick<Course, 'slug' | 'title' | 'name' | 'brought'>,
  { failures = 0 }: Partial<Pick<PullPlan, 'failures'>>,
): Html {
  const { brought } = course
  const what =
    brought === undefined
      ? say`Its notebooks are not here yet.`
      : say`Commit ${html`<code>${brought.commit.slice(0, 12)}</code>`}${brought.subject !== '' && html`, ${say`“${brought.subject}”`}`}.`
  return html`<p>${failures > 0 && html`<strong>${say`Its repository cannot be fetched.`}</strong> `}${what} <a href="/hub/my-courses/${course.slug}/content">${say`Content of ${titleOf(course)}`}</a></p>`
}
