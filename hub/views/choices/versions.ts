import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import type { Version } from '../../db/content/versions.ts'
import type { NotebookWish } from '../../db/content/wishes.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { actName, askLink, linkButton, momentTime, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
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
    title: `Earlier versions: ${titleOf(course)}`,
    ancestors,
    userName: shownName(user),
    body: html`${wishes.length > 0 && wishCards(page)}
${
  versions.length === 0
    ? html`<p>There are no earlier versions. When a notebook of yours is replaced by a fresh copy of the course’s, what you had is kept here.</p>`
    : html`<p>What you had in notebooks before they were replaced. To put one back keeps what is there now as a version, too.</p>${paths.map((path) => versionsOf(path, page))}`
}`,
  })
}

function wishCards(page: VersionsPage): Html {
  return html`<h2>To be done</h2><ul class="cards">${page.wishes.map((wish) => wishCard(wish, page))}</ul>`
}

function wishCard(
  { path, slug, version, problem, opens }: ListedWish,
  { course, versions, framed }: VersionsPage,
): Html {
  const at = versions.find(({ number }) => number === version)?.at
  const what =
    version === undefined
      ? html`the course’s own notebook takes its place`
      : html`the version${at !== undefined && html` of ${momentTime(at)}`} is put back`
  const keep = { action: `${versionsLink(course)}/keep`, fields: { path, slug }, about: path }
  return problem === undefined
    ? html`<li><div><p><strong>${path}</strong>: ${what} when you open your notebook${opens.slug !== course.slug && html` in ${titleOf(opens)}`} next.</p></div>
<div class="row">${openForm(linkToFile(opens, path), framed, actName('Open it now', path))}
${postButton({ ...keep, text: 'Do not' })}</div></li>`
    : html`<li><div><p><strong>${path}</strong> stayed as it was. ${problem}</p></div>
<div class="row">${postButton({ ...keep, text: 'Remove this note' })}</div></li>`
}

function versionsOf(path: string, page: VersionsPage): Html {
  const { course, framed, ofCourse, versions } = page
  const its = versions.filter((version) => version.path === path)
  const reset = postButton({
    ...{ action: `${versionsLink(course)}/reset`, fields: { path, framed: String(framed) } },
    ...{ text: 'Take the course’s notebook', about: `in the place of ${path}` },
  })
  return html`<h2>${path}</h2><ul class="cards">${its.map((version) => card(version, page))}</ul>
<div class="row">${ofCourse.includes(path) && reset}
${its.length > 1 && askLink({ href: `${versionsLink(course)}/delete?${new URLSearchParams({ path })}`, text: 'Delete all', about: `versions of ${path}`, danger: true })}</div>`
}

function card({ number, path, at, size }: Version, { course, framed }: VersionsPage): Html {
  const its = `${versionsLink(course)}/${number}`
  const kilobytes = Math.max(1, Math.round(size / 1024))
  const about = `this version of ${path}`
  return html`<li><div><p>${momentTime(at)}<span class="quiet">, ${kilobytes} KiB</span></p></div>
<div class="row">${linkButton({ href: `${its}/look`, text: 'Look at it', about })}
<a class="button plain" href="${its}" download>${actName('Download', about)}</a>
${postButton({ action: `${its}/restore`, fields: { framed: String(framed) }, text: 'Put back', about })}
${askLink({ href: `${its}/delete`, text: 'Delete', about, danger: true })}</div></li>`
}
