/** The pages with copies of notebooks that are shared: a user's own, and those of a course for its staff. */

import type Koa from 'koa'
import { sizeText } from '../../../courses/amount.ts'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import type { Snapshot } from '../../db/content/snapshots.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { actName, askLink, type Notice, noticeLine, pager, withTimes } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { copyField } from '../parts/copy-field.ts'
import { coursesCrumbs } from '../parts/header.ts'
import { emptyState } from '../parts/table.ts'
import { sendQuestionPage } from '../question.ts'

export interface SnapshotsPage {
  user: User
  /** The course whose copies its staff see; undefined for a user's own. */
  course?: Course | undefined
  copies: readonly Snapshot[]
  /** Returns the public address of a copy, the title of its course, and the name of its owner. */
  urlOf(copy: Snapshot): string
  courseOf(copy: Snapshot): string
  ownerOf(copy: Snapshot): Said
  page: number
  pages: number
  notice: Notice | undefined
  ancestors: string[]
}

/** Returns the address of the list. */
export function snapshotsLink(course: Pick<Course, 'slug'> | undefined, page = 1): string {
  const address = course === undefined ? '/hub/snapshots' : `/hub/course/${course.slug}/snapshots`
  return page > 1 ? `${address}?page=${page}` : address
}

export function sendSnapshotsPage(ctx: Koa.Context, shown: SnapshotsPage): void {
  const { user, course, copies, notice, ancestors, page, pages } = shown
  sendPage(ctx, {
    title: course === undefined ? say`Copies that I share` : say`Shared copies of ${titleOf(course)}`,
    userName: shownName(user),
    ...(course !== undefined && { course, crumbs: coursesCrumbs }),
    ancestors,
    body: html`
${noticeLine(notice)}
<p>${say`Everyone who has the link of a copy can read it.`} ${course === undefined ? say`To share a newer state, share the notebook again: the link stays.` : say`Learners have made them of their own notebooks, and you may delete them.`}</p>
${copies.length === 0 && emptyState(html`${course === undefined ? say`You share none now. “Share a copy” in the line above your notebook makes one.` : say`None are shared now.`}`)}
${copies.length > 0 && html`<ul class="cards">${copies.map((copy) => copyCard(copy, shown))}</ul>`}
${pager(page, pages, (to) => snapshotsLink(course, to))}`,
  })
}

function copyCard(copy: Snapshot, { course, urlOf, courseOf, ownerOf }: SnapshotsPage): Html {
  const { id, title, path, made, expires, size } = copy
  const of = course === undefined ? courseOf(copy) : ownerOf(copy)
  const href = urlOf(copy)
  return html`<li><div class="whole"><h2>${title}</h2>
<p class="quiet">${of}, <code>${path}</code>, ${withTimes(say`made ${timeText(made)}, there until ${timeText(expires)}`)}, ${sizeText(size)}</p>
${copyField({ id: `link-${id.slice(0, 6)}`, label: actName(say`Link`, say`of ${title}`), value: href, about: say`the link of ${title}` })}</div>
<div class="row"><a class="button plain" href="${href}" target="_blank" rel="noopener">${actName(say`Open`, title)}</a>${askLink({ href: deletionLink(copy, course), text: say`Delete`, about: title, danger: true })}</div></li>`
}

/** Sends the page that asks before a copy is deleted. */
export function sendDeleteSnapshotPage(
  ctx: Koa.Context,
  {
    user,
    course,
    copy,
    owner,
    ancestors,
  }: Pick<SnapshotsPage, 'user' | 'course' | 'ancestors'> & { copy: Snapshot; owner: Said },
): void {
  sendQuestionPage(ctx, {
    ...{ user, ancestors },
    title: say`Delete the copy of ${copy.title}?`,
    says: [
      say`Nobody can read it at its link from then on. A copy that is shared later gets another link.`,
      copy.user === user.id
        ? say`Your notebook stays as it is.`
        : say`The notebook of ${owner} stays as it is, and so does the right to share it again.`,
    ],
    action: deletionLink(copy, course),
    button: say`Delete it`,
    keep: { href: snapshotsLink(course), text: say`Keep it` },
  })
}

function deletionLink({ id }: Snapshot, course: Course | undefined): string {
  return `${snapshotsLink(course)}/${id}/delete`
}

function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
