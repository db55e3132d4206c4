import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import type { Token } from '../db/tokens.ts'
import type { User } from '../db/users.ts'
import { ago, shownName } from './format.ts'
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
  makers: Map<string, string>
  /** The time by the database's clock. */
  now: number
  /** The lifetimes that the form offers. */
  days: number[]
  usualDays: number
  /** The token that was just made. Its secret is shown this once. */
  made?: { note: string; secret: string }
  notice?: Notice | undefined
}

export function sendTokensPage(
  ctx: Koa.Context,
  { user, tokens, makers, now, days, usualDays, made, notice }: TokensPage,
): void {
  sendPage(ctx, {
    title: 'API tokens',
    wide: tokens.length > 0,
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
${
  made &&
  html`<section aria-labelledby="made"><h2 id="made">Your new token “${made.note}”</h2>
${copyField({ id: 'secret', label: 'Copy it now: it is not shown again.', value: made.secret, about: 'the token', attributes: html` autofocus aria-describedby="how"` })}
<p id="how" class="quiet">Keep it like a password.</p></section>`
}
<p>A token lets a program of yours open and use your notebook servers as you do: <code>Authorization: token …</code></p>
<form method="post" action="/hub/token">
<label for="note">Name</label><input id="note" name="note" maxlength="255" required autocomplete="off" placeholder="What it is for">
<label for="days">Expires</label><select id="days" name="days">${days.map(
      (count) => html`<option value="${count}"${count === usualDays && html` selected`}>in ${lifetime(count)}</option>`,
    )}</select>
<p><button>Make a token</button></p></form>
${tokens.length > 0 && html`<h2>Your tokens</h2>${tokensTable({ tokens, makers, now })}`}`,
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
    title: `Revoke ${note}?`,
    says: [
      `Programs that send this token are refused from then on, and what they have open here closes. It was ${lastUsed === undefined ? 'never used' : `last used ${ago(now - lastUsed)}`}.`,
      'It cannot be given back. You can make another one.',
    ],
    action: `/hub/token/${id}/revoke`,
    button: 'Revoke',
    keep: { href: '/hub/token', text: 'Keep the token' },
  })
}

function tokensTable({ tokens, makers, now }: Pick<TokensPage, 'tokens' | 'makers' | 'now'>): Html {
  return listTable<Token>({
    caption: 'Your tokens',
    rows: tokens,
    columns: [
      {
        head: 'Name',
        kind: 'name',
        cell: ({ note, madeBy }) =>
          madeBy === undefined
            ? note
            : html`${note}<p class="quiet">Made in your name by ${makers.get(madeBy) ?? 'somebody whose account is gone'}, who runs this site and can act as you with it. Revoke it if you do not want that.</p>`,
      },
      { head: 'Made', cell: ({ created }) => agoTime(Math.max(0, now - created)) },
      {
        head: 'Last used',
        cell: ({ lastUsed }) => (lastUsed === undefined ? 'never' : agoTime(Math.max(0, now - lastUsed))),
      },
      {
        head: 'Expires',
        cell: ({ expires }) => {
          const left = Math.max(0, Math.round((expires - now) / 86_400_000))
          return html`${left === 0 ? 'within a day' : `in ${lifetime(left)}`} <span class="quiet">${momentTime(expires)}</span>`
        },
      },
      {
        head: '',
        kind: 'acts',
        cell: ({ id, note }) => askLink({ href: `/hub/token/${id}/revoke`, text: 'Revoke', about: note, danger: true }),
      },
    ],
  })
}

function lifetime(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}
