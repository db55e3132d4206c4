import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { say, type Text } from '../../../words/text.ts'
import type { Token } from '../../db/tokens.ts'
import type { User } from '../../db/users.ts'
import { accountsAddress } from '../accounts/list.ts'
import { nameForAdmins, shownName } from '../format.ts'
import { sendPage } from '../page.ts'
import { serverStatus } from '../parts/status.ts'
import { emptyState } from '../parts/table.ts'
import { type ShownServer, siteServersAddress } from './servers.ts'
import { adminAddress, kindText, stateMark, userAddress } from './users.ts'

/** Some of what was found, and whether there is more. */
interface Found<T> {
  shown: T[]
  hasMore: boolean
}

export interface SearchPage {
  admin: User
  q: string
  users: Found<User>
  courses: Found<{ slug: string; name: string; title: string }>
  servers: Found<ShownServer>
  /** Accounts with passwords, by the authenticator that keeps them. */
  accounts: Found<{ way: string; name: string }>
  tokens: Found<Token & { owner: User }>
}

/** Sends the page of what a search of the whole site has found, for admins. */
export function sendSearchPage(ctx: Koa.Context, page: SearchPage): void {
  const { admin, q, users, courses, servers, accounts, tokens } = page
  const sections = [
    section(say`Users`, users, { line: userLine, all: adminAddress({ q }) }),
    section(say`Notebooks`, servers, { line: serverLine, all: siteServersAddress({ q, state: 'all' }) }),
    section(say`Courses`, courses, { line: courseLine }),
    section(say`Accounts`, accounts, {
      line: accountLine,
      all: accountsAddress({ way: accounts.shown[0]?.way ?? '', q }),
    }),
    section(say`API tokens`, tokens, { line: tokenLine }),
  ].filter((one) => one !== false)
  sendPage(ctx, {
    title: q === '' ? say`Search` : say`Found for “${q}”`,
    userName: shownName(admin),
    body: html`
<form method="get" action="/hub/admin/search" role="search" aria-label="${say`Search again`}" class="filter"><div><label for="again">${say`Users, notebooks, courses, accounts and tokens`}</label><input id="again" name="q" type="search" maxlength="100" value="${q}"></div>
<button>${say`Search`}</button></form>
${q !== '' && sections.length === 0 && emptyState(html`${say`Nothing has this in its name. A notebook is found by its reference, and by its owner.`}`)}
${sections}`,
  })
}

function section<T>(
  title: Text,
  { shown, hasMore }: Found<T>,
  { line, all }: { line(one: T): Html; all?: string },
): Html | false {
  if (shown.length === 0) return false
  const more = all === undefined ? html`${say`There are more.`}` : html`<a href="${all}">${say`Show all of them`}</a>`
  return html`<h2>${title}</h2><ul class="lines found">${shown.map((one) => html`<li>${line(one)}</li>`)}</ul>${hasMore && html`<p class="quiet">${more}</p>`}`
}

function userLine(user: User): Html {
  return html`<a href="${userAddress(user)}">${nameForAdmins(user)}</a> <span class="quiet">${say`${kindText(user)}, by ${user.authenticator}`}</span>${user.state !== 'active' && html` ${stateMark(user)}`}`
}

function serverLine({ server, owner, title }: ShownServer): Html {
  return html`<a href="${userAddress(owner)}">${say`${title} of ${nameForAdmins(owner)}`}</a> ${serverStatus(server.state)}`
}

function courseLine({ slug, name, title }: SearchPage['courses']['shown'][number]): Html {
  const address = siteServersAddress({ course: slug, state: 'all' })
  return html`<a href="${address}">${title}</a> <span class="quiet">${name}</span> <a href="/hub/course/${slug}">${say`For its staff`}</a>`
}

function accountLine({ way, name }: SearchPage['accounts']['shown'][number]): Html {
  return html`<a href="${accountsAddress({ way, q: name })}">${name}</a> <span class="quiet">${way}</span>`
}

function tokenLine({ note, owner }: Token & { owner: User }): Html {
  return html`<a href="${userAddress(owner)}">${note}</a> <span class="quiet">${say`of ${nameForAdmins(owner)}`}</span>`
}
