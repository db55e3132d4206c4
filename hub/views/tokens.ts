import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import type { Token } from '../db/tokens.ts'
import type { User } from '../db/users.ts'
import { ago, ofUnit, shownName } from './format.ts'
import { askLink, momentTime, type Notice, noticeLine } from './fragments.ts'
import { sendPage } from './page.ts'
import { copyField } from './parts/copy-field.ts'
import { listTable } from './parts/table.ts'
import { agoTime } from './parts/time.ts'
import { sendQuestionPage } from './question.ts'

export interface TokensPage {
  user: User
  tokens: Token[]
  /** Names of the admins who made some of the tokens, by id. */
  makers: Map<string, Said>
  /** The time by the database's clock. */
  now: number
  /** The lifetimes that the form offers. */
  days: number[]
  usualDays: number
  /** The token that was just made. Its secret is shown this once. */
  made?: { note: string; secret: string }
  notice?: Notice | undefined
}

/** How a program says a token. */
const header = 'Authorization: token …'

export function sendTokensPage(
  ctx: Koa.Context,
  { user, tokens, makers, now, days, usualDays, made, notice }: TokensPage,
): void {
  sendPage(ctx, {
    title: say`API tokens`,
    wide: tokens.length > 0,
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
${
  made &&
  html`<section aria-labelledby="made"><h2 id="made">${say`Your new token “${made.note}”`}</h2>
${copyField({ id: 'secret', label: say`Copy it now: it is not shown again.`, value: made.secret, about: say`the token`, attributes: html` autofocus aria-describedby="how"` })}
<p id="how" class="quiet">${say`Keep it like a password.`}</p></section>`
}
<p>${say`A token lets a program of yours open and use your notebook servers as you do: ${html`<code>${header}</code>`}`}</p>
<form method="post" action="/hub/token">
<label for="note">${say`Name`}</label><input id="note" name="note" maxlength="255" required autocomplete="off" placeholder="${say`What it is for`}">
<label for="days">${say`Expires`}</label><select id="days" name="days">${days.map(
      (count) =>
        html`<option value="${count}"${count === usualDays && html` selected`}>${say`in ${ofUnit(count, 'day')}`}</option>`,
    )}</select>
<p><button>${say`Make a token`}</button></p></form>
${tokens.length > 0 && html`<h2>${say`Your tokens`}</h2>${tokensTable({ tokens, makers, now })}`}`,
  })
}

/** Sends the page that asks before a token is revoked. */
export function sendRevokePage(
  ctx: Koa.Context,
  { user, token, now }: { user: User; token: Token; now: number },
): void {
  const { id, note, lastUsed } = token
  sendQuestionPage(ctx, {
    user,
    title: say`Revoke ${note}?`,
    says: [
      lastUsed === undefined
        ? say`Programs that send this token are refused from then on, and what they have open here closes. It was never used.`
        : say`Programs that send this token are refused from then on, and what they have open here closes. It was last used ${ago(now - lastUsed)}.`,
      say`It cannot be given back. You can make another one.`,
    ],
    action: `/hub/token/${id}/revoke`,
    button: say`Revoke`,
    keep: { href: '/hub/token', text: say`Keep the token` },
  })
}

function tokensTable({ tokens, makers, now }: Pick<TokensPage, 'tokens' | 'makers' | 'now'>): Html {
  return listTable<Token>({
    caption: say`Your tokens`,
    rows: tokens,
    columns: [
      {
        head: say`Name`,
        kind: 'name',
        cell: ({ note, madeBy }) =>
          madeBy === undefined
            ? note
            : html`${note}<p class="quiet">${say`Made in your name by ${makers.get(madeBy) ?? say`somebody whose account is gone`}, who runs this site and can act as you with it. Revoke it if you do not want that.`}</p>`,
      },
      { head: say`Made`, cell: ({ created }) => agoTime(Math.max(0, now - created)) },
      {
        head: say`Last used`,
        cell: ({ lastUsed }) => (lastUsed === undefined ? say`never` : agoTime(Math.max(0, now - lastUsed))),
      },
      {
        head: say`Expires`,
        cell: ({ expires }) => {
          const left = Math.max(0, Math.round((expires - now) / 86_400_000))
          return html`${left === 0 ? say`within a day` : say`in ${ofUnit(left, 'day')}`} <span class="quiet">${momentTime(expires)}</span>`
        },
      },
      {
        head: '',
        kind: 'acts',
        cell: ({ id, note }) =>
          askLink({ href: `/hub/token/${id}/revoke`, text: say`Revoke`, about: note, danger: true }),
      },
    ],
  })
}
