import type Koa from 'koa'
import type { PasswordAccount } from '../../../authenticators/authenticator.ts'
import { type Html, html } from '../../../net/html.ts'
import { forCount, type Said, say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { askLink, momentTime, type Notice, noticeLine, postButton } from '../fragments.ts'
import { filesThatStay } from '../homes/files-that-stay.ts'
import { sendPage } from '../page.ts'
import { copyField } from '../parts/copy-field.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { sendQuestionPage } from '../question.ts'

/** Which accounts a page shows: of which authenticator, behind which name, and with which beginning of the name. */
export interface AccountsView {
  way: string
  after: string
  q: string
}

export interface AccountsPage {
  admin: User
  /** The names of all authenticators that keep accounts. */
  ways: string[]
  accounts: PasswordAccount[]
  /** Whether there are more behind the last one. */
  hasMore: boolean
  view: AccountsView
  /** The time by the database's clock. */
  now: number
  /** What was just made. The links are shown this once. */
  made?: { links: { name: string; link: string; ends: number }[]; existing: string[] }
  /** Names that were typed and could not be added, with why. */
  refused?: { names: string; problem: Said }
  notice: Notice | undefined
}

const accountsPath = '/hub/admin/accounts'

/** Returns the address of the page that shows this view. */
export function accountsAddress(view: Partial<AccountsView>): string {
  const query = new URLSearchParams(Object.entries(view).filter(([, value]) => value !== ''))
  return query.size === 0 ? accountsPath : `${accountsPath}?${query}`
}

/** Sends the page of accounts with passwords, for admins. */
export function sendAccountsPage(ctx: Koa.Context, page: AccountsPage): void {
  const { admin, ways, accounts, hasMore, view, made, refused, notice } = page
  const { way } = view
  sendPage(ctx, {
    title: say`Accounts`,
    wide: true,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${made !== undefined && madeSection(made)}
${ways.length > 1 && html`<nav aria-label="${say`Ways in`}" class="row">${ways.map((one) => html`<a href="${accountsAddress({ way: one })}"${one === way && html` aria-current="page"`}>${one}</a> `)}</nav>`}
<p>${say`People with an account sign in by a name and a password. ${html`<a href="/hub/admin">${say`All users`}</a>`} of this site are on a page of their own.`}</p>
${refused !== undefined && html`<p id="refused" class="notice" role="alert">${refused.problem}</p>`}
<form method="post" action="${accountsPath}"><input type="hidden" name="way" value="${way}">
<label for="names">${say`Names of new accounts, one a line`}</label>
<textarea id="names" name="names" rows="3" required spellcheck="false" autocapitalize="none"${refused !== undefined && html` aria-invalid="true" aria-describedby="refused"`}>
${refused?.names ?? ''}</textarea>
<p><button>${say`Add accounts`}</button></p></form>
<form method="get" action="${accountsPath}" role="search" aria-label="${say`This list`}" class="filter"><input type="hidden" name="way" value="${way}">
<div><label for="q">${say`Name begins with`}</label><input id="q" name="q" type="search" maxlength="64" value="${view.q}"></div>
<button>${say`Show`}</button></form>
${accounts.length === 0 && emptyState(emptyText(view))}
${accounts.length > 0 && accountsTable(page)}
${(hasMore || view.after !== '') && html`<nav aria-label="${say`Pages`}" class="row">${view.after !== '' && html`<a href="${accountsAddress({ way, q: view.q })}">${say`First page`}</a> `}${hasMore && html`<a href="${accountsAddress({ way, after: accounts.at(-1)?.name ?? '', q: view.q })}" rel="next">${say`Next page`}</a>`}</nav>`}`,
  })
}

function emptyText({ q, after, way }: AccountsView): Html {
  if (q !== '')
    return say`No account’s name begins with “${q}”. ${html`<a href="${accountsAddress({ way })}">${say`Show all accounts`}</a>`}`
  return after === '' ? say`There are no accounts yet.` : say`There are no more accounts.`
}

function madeSection({ links, existing }: NonNullable<AccountsPage['made']>): Html {
  const names = existing.join(', ')
  return html`<section aria-labelledby="made"><h2 id="made">${links.length === 0 ? say`Nothing was added` : say`Give each person this link`}</h2>
${links.length > 0 && html`<p>${say`By it the person sets a password, once. Copy the links now: they are not shown again.`}</p>`}
${links.map(({ name, link, ends }) =>
  copyField({
    id: `link-${name}`,
    label: say`${name}, until ${momentTime(ends)}`,
    value: link,
    about: say`the link of ${name}`,
  }),
)}
${existing.length > 0 && html`<p role="status">${forCount(existing.length, say`${names}: there is an account already, unchanged.`, say`${names}: there are accounts already, unchanged.`)}</p>`}
</section>`
}

function accountsTable({ accounts, view, now }: AccountsPage): Html {
  const address = (name: string, act: string) => `${accountsPath}/${encodeURIComponent(name)}/${act}`
  return listTable<PasswordAccount>({
    caption: say`Accounts with passwords`,
    rows: accounts,
    columns: [
      { head: say`Name`, kind: 'name', cell: ({ name }) => name },
      {
        head: say`Password`,
        cell: ({ hasPassword }) => (hasPassword ? say`Has a password` : say`Has no password yet`),
      },
      {
        head: say`Link`,
        cell: ({ linkEnds }) => linkEnds !== undefined && linkEnds > now && say`good until ${momentTime(linkEnds)}`,
      },
      {
        head: '',
        kind: 'acts',
        cell: ({
          name,
        }) => html`${postButton({ action: address(name, 'link'), text: say`Make a link`, about: say`for ${name}`, fields: { way: view.way } })}
${askLink({ href: `${address(name, 'remove')}?${new URLSearchParams({ way: view.way })}`, text: say`Remove`, about: name, danger: true })}`,
      },
    ],
  })
}

/** Sends the page that asks before an account is removed. */
export function sendRemoveAccountPage(
  ctx: Koa.Context,
  { admin, name, way, servers, homes }: { admin: User; name: string; way: string; servers: number; homes: number },
): void {
  sendQuestionPage(ctx, {
    user: admin,
    title: say`Remove the account ${name}?`,
    says: [
      say`The account goes, with its password, its API tokens, its notebooks (${servers}) and all files in them. What is open closes in every browser. Nothing brings them back.`,
      homes > 0 && filesThatStay({ homes, leaving: 'account' }),
      say`To keep a person out and lose nothing, block the user on the page of all users instead.`,
    ],
    action: `${accountsPath}/${encodeURIComponent(name)}/remove`,
    fields: { way },
    button: say`Remove for good`,
    keep: { href: accountsAddress({ way }), text: say`Keep the account` },
  })
}
