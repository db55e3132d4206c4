import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import type { Said } from '../../words/text.ts'
import type { User } from '../db/users.ts'
import { shownName } from './format.ts'
import { hiddenFields } from './fragments.ts'
import { sendPage } from './page.ts'

/** A question before something is taken away. To look at the page changes nothing. */
export interface Question {
  /** The user who is asked. */
  user: User
  /** The question itself, which names what it is about. */
  title: Said
  /** What happens, and what is lost: a paragraph each. */
  says: (Html | Said | false)[]
  /** The address to which the button posts, and the fields that it posts along. */
  action: string
  fields?: Record<string, string | number>
  button: Said
  /** What to do instead. Stands before the button, so that neither a hasty eye nor the keyboard takes the other one. */
  keep: { href: string; text: Said }
  /** Origins that may show the page in a frame. */
  ancestors?: string[]
}

/**
 * Sends the page of a question: what happens, what is lost, and a button that looks like it. Where a link of `askLink` leads here, a
 * script shows the same in a dialog (`hub/static/ask.js`).
 */
export function sendQuestionPage(ctx: Koa.Context, question: Question): void {
  const { user, title, says, action, fields = {}, button, keep, ancestors } = question
  sendPage(ctx, {
    title,
    userName: shownName(user),
    ...(ancestors && { ancestors }),
    body: html`<div id="question">${says.map((one) => one !== false && html`<p>${one}</p>`)}
<div class="row"><a class="button plain" href="${keep.href}">${keep.text}</a>
<form method="post" action="${action}">${hiddenFields(fields)}<button class="danger">${button}</button></form></div></div>`,
  })
}
