import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { forCount, type Said, say, type Text } from '../../../words/text.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import { stateText, titleOf } from '../format.ts'
import { actName } from '../fragments.ts'
import { sendPage } from '../page.ts'

export interface ChoicePage {
  course: Course
  /** The link that the user follows. */
  link: string
  ancestors: string[]
  framed: boolean
}

export interface CopyPage extends ChoicePage {
  /** Whether the user's files outlive the server's stop. */
  keepsFiles: boolean
  notebook: string | undefined
  /** The link without its wish for a fresh copy. */
  keep: string
}

/** Sends the page for a link that asks for a fresh copy: what this installation can do, and what would be lost. */
export function sendCopyPage(ctx: Koa.Context, page: CopyPage): void {
  const { course, notebook, link, keep, ancestors, framed, keepsFiles } = page
  const what = notebook === undefined ? say`the notebooks of this course` : `"${notebook.slice(0, 200)}"`
  sendPage(ctx, {
    title: titleOf(course),
    ancestors,
    body: html`<p>${say`This link asks for a fresh copy of ${what}, in the place of yours.`}</p>
${
  keepsFiles
    ? html`<p>${say`That is not possible here: this site keeps your files and replaces none of them. You can open what you have. If you need the original beside it, ask your teacher for the file.`}</p>
<div class="row">${openForm(keep, framed, say`Open what I have`)}</div>`
    : html`<p>${say`Here you get one only by starting over with all files of this course: ${html`<strong>${say`everything that you have written in ${titleOf(course)} is deleted`}</strong>`}, in other notebooks too, and what runs there ends. Download first what you want to keep.`}</p>
<div class="row">${openForm(keep, framed, say`Keep my files and open them`)}
${stopForm({ link, stop: course.slug, text: say`Delete everything and start over` })}</div>`
}`,
  })
}

/** Sends the page for a link that wants the course's own notebook in the place of the user's copy. */
export function sendFreshPage(
  ctx: Koa.Context,
  page: Omit<CopyPage, 'keepsFiles' | 'notebook'> & { notebook: string },
) {
  const { course, notebook, keep, ancestors, framed } = page
  sendPage(ctx, {
    title: titleOf(course),
    ancestors,
    body: html`<p>${say`This link asks for a fresh copy of "${notebook.slice(0, 200)}" from the course, in the place of yours.`}</p>
<p>${say`What you have now is kept as an earlier version, which you can download or put back: ${html`<a href="${versionsLink(course)}">${say`Earlier versions`}</a>`}. Save the notebook first where it is open in another tab.`}</p>
<div class="row">${openForm(keep, framed, say`Open what I have`)}
${freshForm(keep, framed)}</div>`,
  })
}

export interface FullPage extends ChoicePage {
  most: number
  /** The servers that are in the way, with the titles of their courses, and whether their files outlive a stop. */
  running: { server: Server; title: string; keepsFiles: boolean }[]
}

/** Sends the page for a user who has as many servers as one may have: each can be stopped by its button. */
export function sendFullPage(ctx: Koa.Context, page: FullPage): void {
  const { course, link, ancestors, most, running } = page
  const isStopping = running.some(({ server }) => server.state === 'stopping')
  sendPage(ctx, {
    title: titleOf(course),
    ancestors,
    // When there is room again, the page leads to the link.
    ...(isStopping && { refresh: { seconds: 2, onlyWithoutScript: false } }),
    body: html`<p role="status">${
      isStopping
        ? say`A notebook is being stopped. Yours opens right after.`
        : say`${mostOpenText(running.length, most)} Stop one to open this one.`
    }</p>
<p>${lossAtStop(running)}</p>
<ul class="cards">${running.map(
      ({ server, title }) => html`<li><div><h2>${title}</h2><p class="quiet">${stateText[server.state]}</p></div>
<div class="row"><a class="button" href="/launch/${encodeURIComponent(server.course)}">${actName(say`Open`, title)}</a>
${isRunning(server) && stopForm({ link, stop: server.course, text: actName(say`Stop`, title) })}</div></li>`,
    )}</ul>`,
  })
}

function lossAtStop(running: FullPage['running']): Text {
  const losing = running.filter(({ keepsFiles }) => !keepsFiles).map(({ title }) => title)
  if (losing.length === 0)
    return say`What runs in a notebook that you stop ends; its saved files stay for the next time.`
  if (losing.length === running.length)
    return say`What runs in a notebook that you stop ends, and all files in it are deleted. Download first what you want to keep.`
  return say`What runs in a notebook that you stop ends, and all files of ${losing.join(', ')} are deleted. Download first what you want to keep.`
}

/** Returns how many notebooks a user has open who may open no more. */
export function mostOpenText(open: number, most: number): Text {
  return forCount(
    open,
    say`You have ${open} notebook open, which is the most at once.`,
    say`You have ${open} notebooks open, and ${most} is the most at once.`,
  )
}

/** Returns a button that stops a server for the link to go on. Where something is lost by that, the button looks like it. */
export function stopForm(stop: { link: string; stop: string; text: Said | Html; loses?: boolean }): Html {
  const { link, stop: course, text, loses = true } = stop
  return html`<form method="post" action="/hub/choice"><input type="hidden" name="link" value="${link}"><input type="hidden" name="stop" value="${course}"><button${loses ? html` class="danger"` : html` class="plain"`}>${text}</button></form>`
}

/** Returns a button that follows the link, in the same frame. */
export function openForm(link: string, framed: boolean, text: string | Html): Html {
  return html`<form method="post" action="/hub/launches"><input type="hidden" name="link" value="${link}"><input type="hidden" name="framed" value="${String(framed)}"><button>${text}</button></form>`
}

/** Returns a button that puts the course's notebook in the place of the one that the link means, and follows the link. */
function freshForm(link: string, framed: boolean): Html {
  return html`<form method="post" action="/hub/launches"><input type="hidden" name="link" value="${link}"><input type="hidden" name="framed" value="${String(framed)}"><input type="hidden" name="replace" value="course"><button class="plain">${say`Take the fresh copy`}</button></form>`
}

/** Returns the link that opens a file of a course. */
export function linkToFile({ name }: { name: string }, path: string): string {
  return `/launch/${[name, ...path.split('/')].map(encodeURIComponent).join('/')}`
}

/** Returns the page with a user's earlier versions of the notebooks of a course. */
export function versionsLink({ slug }: { slug: string }): string {
  return `/hub/versions/${encodeURIComponent(slug)}`
}
