import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say, type Text } from '../../../words/text.ts'
import type { Version } from '../../db/content/versions.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { momentTime, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { versionsLink } from './choice.ts'

export interface VersionPage {
  user: User
  course: Course
  version: Version
  /** The cells as text, or why they cannot be shown, in words that follow on “because”. */
  shown: { cells: readonly { kind: string; source: string }[] } | { problem: Said }
  ancestors: string[]
  framed: boolean
}

const kinds: Record<string, Text> = { code: say`Code`, markdown: say`Text`, raw: say`Raw text` }

/** Sends the page of one earlier version: its cells, as text. Nothing of them is rendered or run. */
export function sendVersionPage(ctx: Koa.Context, page: VersionPage): void {
  const { user, course, version, shown, ancestors, framed } = page
  const { path, number, at } = version
  const its = `${versionsLink(course)}/${number}`
  sendPage(ctx, {
    title: say`An earlier version of ${path}`,
    ancestors,
    userName: shownName(user),
    body: html`<p>${say`${titleOf(course)}, kept ${momentTime(at)}. ${html`<a href="${versionsLink(course)}">${say`All earlier versions`}</a>`}`}</p>
<div class="row"><a class="button plain" href="${its}" download>${say`Download`}</a>
${postButton({ action: `${its}/restore`, fields: { framed: String(framed) }, text: say`Put back`, about: path })}</div>
${'problem' in shown ? html`<p class="notice">${say`This version cannot be shown here: ${shown.problem}. Download it to look at it.`}</p>` : cellsOf(shown.cells)}`,
  })
}

function cellsOf(cells: readonly { kind: string; source: string }[]): Html {
  if (cells.length === 0) return html`<p>${say`It has no cells.`}</p>`
  return html`<ol class="cells">${cells.map(({ kind, source }) => html`<li><span class="quiet">${kinds[kind] ?? kind}</span><pre>${source}</pre></li>`)}</ol>`
}
