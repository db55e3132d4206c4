import type Koa from 'koa'
import { type Html, html, type Part } from '../../../net/html.ts'
import { retoldWhole } from '../../../words/kept.ts'
import { say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { ofUnit, shownName, titleOf } from '../format.ts'
import { pager } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { copyField } from '../parts/copy-field.ts'
import { coursesCrumbs } from '../parts/header.ts'
import type { CourseOfContent } from './content.ts'
import type { ListedNotebook, NotebookList, NotebooksAsked } from './notebook-list.ts'

export interface NotebooksPage {
  user: User
  course: CourseOfContent
  list: NotebookList
  asked: NotebooksAsked
  /** Returns the links that open a notebook, by its path. */
  linksOf(path: string): { kind: string; url: string }[]
}

/** Sends the list of the notebooks of a course, with the links that open each. */
export function sendNotebooksPage(ctx: Koa.Context, page: NotebooksPage): void {
  const { user, course, list, asked } = page
  const { track, tracks, count } = list
  const address = `/hub/my-courses/${course.slug}`
  const linkTo = (to: number) =>
    `${address}/notebooks?${new URLSearchParams({ ...(track && { track: track.id }), ...(asked.q !== '' && { q: asked.q }), page: String(to) })}`
  sendPage(ctx, {
    title: say`Notebooks of ${titleOf(course)}`,
    userName: shownName(user),
    wide: true,
    course,
    crumbs: [...coursesCrumbs, { href: `${address}/content`, text: say`Content of ${titleOf(course)}` }],
    body: html`
<form method="get" action="${address}/notebooks" role="search" aria-label="${say`This list`}" class="filter">
<div><label for="q">${say`Title or path contains`}</label><input id="q" name="q" type="search" maxlength="100" value="${asked.q}"></div>
${tracks.length > 0 && html`<div><label for="track">${say`Track`}</label><select id="track" name="track"><option value="">${say`All notebooks, by their folders`}</option>${tracks.map(({ id, name }) => html`<option value="${id}"${id === track?.id && html` selected`}>${name}</option>`)}</select></div>`}
<button>${say`Show`}</button></form>
${track?.description && html`<p>${retoldWhole(track.description)}</p>`}
<p role="status">${say`${ofUnit(count, 'notebook')}.`}</p>
${sectionsOf(list.notebooks).map(
  ([section, notebooks]) => html`<h2>${section === '' ? say`At the top` : section}</h2>
<ul class="cards">${notebooks.map(({ notebook, index }) => notebookCard(notebook, index, page))}</ul>`,
)}
${pager(list.page, list.pages, linkTo)}`,
  })
}

type Placed = { notebook: ListedNotebook; index: number }

/** Returns the notebooks of each section together, in their order. */
function sectionsOf(notebooks: ListedNotebook[]): [string, Placed[]][] {
  const sections: [string, Placed[]][] = []
  for (const [index, notebook] of notebooks.entries()) {
    const last = sections.at(-1)
    if (last?.[0] === notebook.section) last[1].push({ notebook, index })
    else sections.push([notebook.section, [{ notebook, index }]])
  }
  return sections
}

function notebookCard(
  { path, title, version, kernel, format }: ListedNotebook,
  index: number,
  { linksOf }: NotebooksPage,
): Html {
  const links = new Map(linksOf(path).map(({ kind, url }) => [kind, url]))
  const facts: Part[] = [format !== 'ipynb' && format, version !== 'n/a' && say`version ${version}`, kernel]
  const shown = facts.filter((one) => one !== false && one !== undefined && one !== '')
  return html`<li><div class="whole"><h3><a href="${links.get('launch') ?? ''}">${title}</a></h3>
<p class="quiet"><code>${path}</code>${shown.map((one) => html`, ${one}`)}</p>
${version === 'n/a' && html`<p class="notice">${say`It cannot be read as a notebook.`}</p>`}
${copyField({ id: `lms-${index}`, label: html`${say`Link for pages of Open edX`}<span class="unseen"> ${say`to ${title}`}</span>`, value: links.get('lms') ?? '', about: say`the link to ${title}` })}</div></li>`
}
