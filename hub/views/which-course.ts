import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import { titleOf } from './format.ts'
import { actName } from './fragments.ts'
import { sendPage } from './page.ts'

export interface CourseChoice {
  /** The courses that the user may mean, and what users are to know of the end of each. */
  courses: { course: Course; end: Said | undefined }[]
  /** Returns where the link leads in this course. */
  linkIn(course: Course): string
  ancestors: string[]
}

/** Sends the page that asks which course a link means that names none. */
export function sendCourseChoice(ctx: Koa.Context, { courses, linkIn, ancestors }: CourseChoice): void {
  sendPage(ctx, {
    title: say`Which course?`,
    ancestors,
    body: html`
${courses.length > 0 ? html`<p>${say`You have a notebook of your own in each course, and this link does not say which one it means.`}</p>` : html`<p>${say`You have no notebooks yet. Open one from a page of your course first.`}</p>`}
<ul class="cards">${courses.map(({ course, end }) => {
      const title = titleOf(course)
      return html`<li><div><h2>${title}</h2>${end !== undefined && html`<p>${end}</p>`}</div><a class="button" href="${linkIn(course)}">${actName(say`Open`, title)}</a></li>`
    })}</ul>`,
  })
}
