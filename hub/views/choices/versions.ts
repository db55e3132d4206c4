import type Koa from 'koa'
import { sizeText } from '../../../courses/amount.ts'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { Version } from '../../db/content/versions.ts'
import type { NotebookWish } from '../../db/content/wishes.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { actName, askLink, linkButton, momentTime, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { emptyState } from '../parts/table.ts'
import { linkToFile, openForm, versionsLink } from './choice.ts'

/** A wish with the course, or the variant, whose opening carries it out. */
export interface ListedWish extends NotebookWish {
  opens: Course
}

export interface VersionsPage {
  user: User
  course: Course
  /** The newest first. */
  versions: readonly Version[]
  wishes: readonly ListedWish[]
  /** The paths among all these that are of notebooks of the course. */
  ofCourse: readonly string[]
  ancestors: string[]
  framed: boolean
}

/** Sends a user's page with the earlier versions of notebooks of a course, and what will be done with them. */
export function sendVersionsPage(ctx: Koa.Context, page: VersionsPage): void {
  const { user, course, versions, wishes, ancestors } = page
  const paths = [...new Set(versions.map(({ path }) => path))]
  sendPage(ctx, {
    title: say`Earlier versions: ${titleOf(course)}`,
    ancestors,
    userName: shownName(user),
    body: html`${wishes.length > 0 && wishCards(page)}
${
  versions.length === 0
    ? emptyState(
        html`${say`There are no earlier versions. When a notebook of yours is replaced by a fresh copy of the course’s, what you had is kept here.`}`,
      )
    : html`<p>${say`What you had in notebooks before they were replaced. To put one back keeps what is there now as a version, too.`}</p>${paths.map((path) => versionsOf(path, page))}`
}`,
  })
}

function wishCards(page: VersionsPage): Html {
  return html`<h2>${say`To be done`}</h2><ul class="cards">${page.wishes.map((wish) => wishCard(wish, page))}</ul>`
}

function wishCard(
  { path, slug, version, problem, opens }: ListedWish,
  { course, versions, framed }: VersionsPage,
): Html {
  const at = versions.find(({ number }) => number === version)?.at
  const what =
    version === undefined
      ? say`the course’s own notebook takes its place`
      : at === undefined
        ? say`the version is put back`
        : say`the version of ${momentTime(at)} is put back`
  const keep = { action: `${versionsLink(course)}/keep`, fields: { path, slug }, about: path }
  return problem === undefined
    ? html`<li><div><p>${opens.slug === course.slug ? say`${html`<strong>${path}</strong>`}: ${what} when you open your notebook next.` : say`${html`<strong>${path}</strong>`}: ${what} when you open your notebook in ${titleOf(opens)} next.`}</p></div>
<div class="row">${openForm(linkToFile(opens, path), framed, actName(say`Open it now`, path))}
${postButton({ ...keep, text: say`Do not` })}</div></li>`
    : html`<li><div><p>${say`${html`<strong>${path}</strong>`} stayed as it was. ${problem}`}</p></div>
<div class="row">${postButton({ ...keep, text: say`Remove this note` })}</div></li>`
}

function versionsOf(path: string, page: VersionsPage): Html {
  const { course, framed, ofCourse, versions } = page
  const its = versions.filter((version) => version.path === path)
  const reset = postButton({
    ...{ action: `${versionsLink(course)}/reset`, fields: { path, framed: String(framed) } },
    ...{ text: say`Take the course’s notebook`, about: say`in the place of ${path}` },
  })
  return html`<h2>${path}</h2><ul class="cards">${its.map((version) => card(version, page))}</ul>
<div class="row">${ofCourse.includes(path) && reset}
${its.length > 1 && askLink({ href: `${versionsLink(course)}/delete?${new URLSearchParams({ path })}`, text: say`Delete all`, about: say`versions of ${path}`, danger: true })}</div>`
}

function card({ number, path, at, size }: Version, { course, framed }: VersionsPage): Html {
  const its = `${versionsLink(course)}/${number}`
  const about = say`this version of ${path}`
  return html`<li><div><p>${momentTime(at)}<span class="quiet">, ${sizeText(size)}</span></p></div>
<div class="row">${linkButton({ href: `${its}/look`, text: say`Look at it`, about })}
<a class="button plain" href="${its}" download>${actName(say`Download`, about)}</a>
${postButton({ action: `${its}/restore`, fields: { framed: String(framed) }, text: say`Put back`, about })}
${askLink({ href: `${its}/delete`, text: say`Delete`, about, danger: true })}</div></li>`
}
