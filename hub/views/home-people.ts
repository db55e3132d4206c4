import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { plainIn, type Said, say, type Text, textIn } from '../../words/text.ts'
import type { Share } from '../db/seats/shares.ts'
import type { Server } from '../db/servers/servers.ts'
import { ago, shareName, stateText, titleOf } from './format.ts'
import { actName } from './fragments.ts'
import { guestForm, ownersFiles } from './guest.ts'

/** What a home page says of other people. */
export interface HomePeople {
  /** When and by whom the user's servers were last opened as staff. */
  arrivals: { server: string; by: Said; age: number }[]
  /** With whom the user shares. */
  shares: Share[]
  /** What others share with the user. */
  shared: { server: Server; owner: Said }[]
  /** Courses whose servers the user may see, and those of them whose image is missing. */
  staffOf: Course[]
  missing: ReadonlySet<Course>
  /** Courses whose servers the user may share. */
  shareable: Course[]
}

/** Returns what stands below the state of one of the user's own servers. */
export function serverPeople(server: Server, { arrivals, shares }: HomePeople) {
  const visit = arrivals.find((one) => one.server === server.id)
  const names = shares.filter((share) => share.server === server.id).map(shareName)
  return html`${visit && html`<p>${say`Opened as staff by ${visit.by}, ${ago(visit.age)}.`}</p>`}
${names.length > 0 && html`<p class="quiet">${names.length > 3 ? say`Shared with ${firstOf(names)} and ${names.length - 3} more.` : say`Shared with ${firstOf(names)}.`}</p>`}`
}

function firstOf(names: Said[]): Text {
  return textIn((language) =>
    names
      .slice(0, 3)
      .map((name) => plainIn(name, language))
      .join(', '),
  )
}

/** Returns what stands beside the buttons of one of the user's own servers. */
export function shareLink(server: Server, title: string, { shareable }: HomePeople) {
  const course = shareable.find(({ slug }) => slug === server.course)
  return course && html`<a class="button plain" href="/hub/share/${course.slug}">${actName(say`Share`, title)}</a>`
}

export function sharedWithMe(shared: HomePeople['shared'], titles: Map<string, string>) {
  return (
    shared.length > 0 &&
    html`<h2>${say`Shared with me`}</h2><p class="quiet">${ownersFiles}</p><ul class="cards">${shared.map(
      ({ server, owner }) => {
        const title = titles.get(server.course) ?? server.course
        return html`<li><div><h3>${title}</h3><p class="quiet">${say`of ${owner}; ${stateText[server.state]}`}${server.state !== 'ready' && html`. ${say`Only its owner can start it`}`}</p></div>
${server.state === 'ready' && guestForm({ to: server.path }, say`Open`, say`${title} of ${owner}`)}</li>`
      },
    )}</ul>`
  )
}

export function coursesToLookAfter({ staffOf: courses, missing }: HomePeople) {
  return (
    courses.length > 0 &&
    html`<h2>${say`Courses I look after`}</h2><ul class="cards">${courses.map((course) => {
      const title = titleOf(course)
      return html`<li><div><h3>${title}</h3>${missing.has(course) && html`<p>${say`Its image is missing. ${html`<a href="/hub/images">${say`Images of courses`}</a>`}`}</p>`}</div><a class="button plain" href="/hub/course/${course.slug}">${actName(say`Notebooks`, say`of ${title}`)}</a></li>`
    })}</ul>`
  )
}
