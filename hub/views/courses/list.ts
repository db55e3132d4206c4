import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { actName, type Notice, noticeLine } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { emptyState } from '../parts/table.ts'

export interface ListedCourse {
  name: string
  slug: string
  title: string
  /** `config`: it stands in the config, and is changed there. */
  state: 'active' | 'archived' | 'deleted' | 'config'
  image: string
  problems: Said[]
  /** The line about its content from git, for a course that has some. */
  content: Html | undefined
}

/** Returns a line about the course in this state: its name, and its image. */
const stateLines: Record<ListedCourse['state'], (name: Html, image: Html) => Html> = {
  active: (name, image) => say`Open. ${name}, image ${image}`,
  archived: (name, image) => say`Archived. ${name}, image ${image}`,
  deleted: (name, image) => say`Being deleted. ${name}, image ${image}`,
  config: (name, image) => say`Its settings stand in the config file. ${name}, image ${image}`,
}

/** Sends the list of the courses that the user may change. */
export function sendCourseList(
  ctx: Koa.Context,
  {
    user,
    courses,
    mayMake,
    notice,
  }: { user: User; courses: ListedCourse[]; mayMake: boolean; notice: Notice | undefined },
): void {
  sendPage(ctx, {
    title: say`Courses that you look after`,
    wide: true,
    userName: shownName(user),
    body: html`${noticeLine(notice)}
${mayMake && html`<p><a class="button" href="/hub/my-courses/new">${say`Make a course`}</a></p>`}
${courses.length === 0 && emptyState(html`${mayMake ? say`There is none yet. Make the first one by the button above.` : say`There is none yet.`}`)}
<ul class="cards">${courses.map(
      ({ name, slug, title, state, image, problems, content }) => html`<li><div><h2>${title}</h2>
<p class="quiet">${stateLines[state](html`<code>${name}</code>`, html`<code>${image}</code>`)}</p>
${problems.map((problem) => html`<p class="notice">${problem}</p>`)}${content}</div>
<div class="row">${(state === 'active' || state === 'config') && html`<a class="button plain" href="/hub/course/${slug}">${actName(say`Notebooks`, say`of ${title}`)}</a>`}${state !== 'config' && html`<a class="button plain" href="/hub/my-courses/${slug}">${actName(say`Settings`, say`of ${title}`)}</a>`}</div></li>`,
    )}</ul>`,
  })
}
