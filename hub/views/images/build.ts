import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { retold } from '../../../words/kept.ts'
import { say, type Text } from '../../../words/text.ts'
import { buildText, percentOf } from '../../builds/told.ts'
import type { Built } from '../../db/builds/built.ts'
import { type Build, isUnderWay } from '../../db/jobs/jobs.ts'
import type { User } from '../../db/users.ts'
import { ago, shownName, titleOf } from '../format.ts'
import { type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'

/** What is known of an image that the hub builds. */
export interface ShownBuild {
  name: string
  /** The image with which servers start; undefined before the first was built. */
  built: Built | undefined
  last: Build | undefined
}

export interface BuildPage extends ShownBuild {
  user: User
  repository: { git: string; ref?: string | undefined; folder?: string | undefined }
  courses: Course[]
  /** Whether the user may end a build, and have all of it made anew. */
  mayOverrule: boolean
  /** What the last build has printed, and where its events go on. */
  log: string
  events: string
  notice: Notice | undefined
  /** The time by the database's clock. */
  now: number
}

/** Sends the page of one image that the hub builds, for staff of its courses. */
export function sendBuildPage(ctx: Koa.Context, page: BuildPage): void {
  const { user, name, repository, courses, built, last, log, events, notice, now } = page
  const { git, ref, folder } = repository
  const isBusy = last !== undefined && isUnderWay(last)
  const source = html`<code>${git}</code>${ref !== undefined && html`, <code>${ref}</code>`}${folder !== undefined && html`, ${say`folder ${html`<code>${folder}</code>`}`}`}`
  sendPage(ctx, {
    title: say`Image ${name}`,
    crumbs: [{ href: '/hub/images', text: say`Images of courses` }],
    userName: shownName(user),
    scripts: ['job.js'],
    ...(isBusy && { refresh: { seconds: 5, onlyWithoutScript: true } }),
    body: html`
${noticeLine(notice)}
<p>${say`It is built from ${source}, for ${courses.length === 0 ? say`no course yet` : courses.map(titleOf).join(', ')}.`}</p>
<p>${built === undefined ? say`It was not built yet, so its courses cannot be opened.` : say`Notebooks start with commit ${html`<code>${built.commit.slice(0, 12)}</code>`}, built ${ago(now - built.at)}.`}</p>
<p id="state" role="status" aria-live="polite">${last === undefined ? say`No one has asked for it yet.` : say`It ${buildText(last)}.`}</p>
<progress id="progress" aria-label="${say`Progress`}" max="100"${last !== undefined && html` value="${percentOf(last)}"`} ${!isBusy && html`hidden`}></progress>
${last?.state === 'failed' && html`<p class="notice">${retold(last.problem ?? '')}</p>`}
<div class="row">${buttons(page)}</div>
${
  last !== undefined &&
  html`<h2>${isBusy ? say`What the build has printed` : say`What the last build has printed`}</h2>
<p class="quiet">${lastLine(last, now)}</p>`
}
<pre id="log" class="log" tabindex="0" role="region" aria-label="${say`What the build has printed`}"${isBusy && html` data-events="${events}"`} ${log === '' && html`hidden`}>${log}</pre>`,
  })
}

function buttons({ name, last, mayOverrule }: BuildPage): Html {
  const action = `/hub/builds/${name}`
  if (last !== undefined && isUnderWay(last)) {
    return html`${mayOverrule && last.cancelledBy === undefined && postButton({ text: say`Cancel`, about: say`the build of ${name}`, action: `${action}/cancel` })}`
  }
  return html`${postButton({ text: say`Build it`, about: name, action })}${mayOverrule && postButton({ text: say`Build all of it anew`, about: name, action, fields: { fresh: 'true' } })}`
}

function lastLine(build: Build, now: number): Text {
  const { asked, ended, commit, subject } = build
  const when = ended === undefined ? say`Asked for ${ago(now - asked)}` : say`Ended ${ago(now - ended)}`
  if (commit === undefined) return say`${when}.`
  return subject
    ? say`${when}, commit ${commit.slice(0, 12)}: ${subject}.`
    : say`${when}, commit ${commit.slice(0, 12)}.`
}

/** Returns a line about a build for lists of images, with the way to its page. */
export function buildLine({ name, built, last }: ShownBuild): Html {
  const isBusy = last !== undefined && isUnderWay(last)
  const hasFailed = last?.state === 'failed'
  const what =
    isBusy || hasFailed || built === undefined
      ? last === undefined
        ? say`was not built yet`
        : buildText(last)
      : undefined
  return html`<p>${what !== undefined && html`<strong>${say`It ${what}.`}</strong> `}<a href="/hub/builds/${name}">${say`Build and log of ${name}`}</a></p>`
}
