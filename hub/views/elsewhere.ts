import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { say } from '../../words/text.ts'
import type { User } from '../db/users.ts'
import { shownName, titleOf } from './format.ts'
import { sendPage } from './page.ts'

export interface ElsewherePage {
  course: Course
  /** The user of this tab, whose notebook it is not. */
  user: User | undefined
  /** Whether the notebook may also have been in a tab of its own, by a temporary visitor whose session has ended. */
  perhapsTemporary: boolean
}

/**
 * Sends the page of a tab that JupyterLab's "Restart" has opened from a frame, and that has none of the frame's cookies.
 * Leads back to the frame, where a start loses nothing that was typed.
 */
export function sendElsewherePage(ctx: Koa.Context, { course, user, perhapsTemporary }: ElsewherePage): void {
  const title = titleOf(course)
  ctx.status = user === undefined ? 401 : 403
  sendPage(ctx, {
    title: say`Go on in the page of your course`,
    ...(user && { userName: shownName(user) }),
    body: html`
<p>${say`Your notebook of ${title} does not run any more, and this tab cannot start it: it does not know whose notebook it is. Only the page in which you worked knows that.`}</p>
<ol>
<li>${say`Close this tab. Leave the page with your notebook as it is, with all that you typed.`}</li>
<li>${say`Open the same page of your course once more, in another tab of this browser. Your notebook starts there.`}</li>
<li>${say`Go back to the first page and save. It is connected to your notebook again.`}</li>
</ol>
<p>${say`Was everything saved already? Then just reload the page of your course.`}</p>
${
  user !== undefined &&
  html`<p class="quiet">${say`In this tab you are signed in as ${shownName(user)}, and the notebook is not that user's. ${html`<a href="/hub/home">${say`Show my notebooks`}</a>`}`}</p>`
}
${
  perhapsTemporary &&
  html`<h2>${say`Was your notebook in a tab of its own?`}</h2>
<p>${say`Then your session has ended, and what you had cannot be reached any more. ${html`<a href="/launch/${encodeURIComponent(course.name)}">${say`Start ${title} anew`}</a>`}`}</p>`
}`,
  })
}
