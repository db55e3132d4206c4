import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { html } from '../../../net/html.ts'
import type { Version } from '../../db/content/versions.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { actName, momentTime } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { replaceForm, versionsLink } from './choice.ts'

export interface VersionsPage {
  user: User
  course: Course
  /** The newest first. */
  versions: readonly Version[]
  ancestors: string[]
  framed: boolean
}

/** Sends a user's page with the earlier versions of notebooks of a course. */
export function sendVersionsPage(ctx: Koa.Context, { user, course, versions, ancestors, framed }: VersionsPage): void {
  const paths = [...new Set(versions.map(({ path }) => path))]
  const cards = paths.map((path) => {
    const its = versions.filter((version) => version.path === path)
    return html`<h2>${path}</h2><ul class="cards">${its.map((version) => card(course, version, framed))}</ul>`
  })
  sendPage(ctx, {
    title: `Earlier versions: ${titleOf(course)}`,
    ancestors,
    userName: shownName(user),
    body:
      versions.length === 0
        ? html`<p>There are no earlier versions. When a notebook of yours is replaced by a fresh copy of the course’s, what you had is kept here.</p>`
        : html`<p>What you had in notebooks before they were replaced. To put one back keeps what is there now as a version, too.</p>${cards}`,
  })
}

function card(course: Course, { number, path, at, size }: Version, framed: boolean) {
  const link = `/launch/${[course.name, ...path.split('/')].map(encodeURIComponent).join('/')}`
  const kilobytes = Math.max(1, Math.round(size / 1024))
  return html`<li><div><p>${momentTime(at)}<span class="quiet">, ${kilobytes} KiB</span></p></div>
<div class="row"><a class="button plain" href="${versionsLink(course)}/${number}" download>${actName('Download', `the version of ${path}`)}</a>
${replaceForm({ link, framed, replace: number, text: actName('Put back', `this version of ${path}`) })}
<a class="button plain" href="${versionsLink(course)}/${number}/delete">${actName('Delete', `this version of ${path}`)}</a></div></li>`
}
