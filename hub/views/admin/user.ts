import type Koa from 'koa'
import { sizeText } from '../../../courses/amount.ts'
import { type Html, html } from '../../../net/html.ts'
import { allOf, type Said, say, type Text } from '../../../words/text.ts'
import type { Home } from '../../db/homes/homes.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Token } from '../../db/tokens.ts'
import type { User } from '../../db/users.ts'
import { memoryText, nameForAdmins, shownName } from '../format.ts'
import { askLink, momentTime, type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { type EventsPage, eventsAddress, eventsTable } from './events.ts'
import type { AdminAct } from './questions.ts'
import { type ShownServer, stateCell } from './servers.ts'
import { kindText, stateMark, userAddress } from './users.ts'

export interface OneUserPage extends Pick<EventsPage, 'events' | 'users' | 'now'> {
  admin: User
  user: User
  /** Groups of the config, of authenticators and of files. */
  groups: string[]
  /** What the user may do beside the own notebooks: a sentence each. */
  roles: Said[]
  servers: ShownServer[]
  tokens: Token[]
  /** What staff call the course of each home beside it. */
  homes: (Home & { courseTitle: Said })[]
  /** How many earlier versions of notebooks the user has. */
  versions: number
  notice: Notice | undefined
}

/** Sends the page of one user, for admins. */
export function sendUserPage(ctx: Koa.Context, page: OneUserPage): void {
  const { admin, user, servers, tokens, homes, versions, events, notice } = page
  sendPage(ctx, {
    title: nameForAdmins(user),
    wide: true,
    crumbs: [{ href: '/hub/admin', text: say`Users` }],
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${facts(page)}
${actsOn(admin, user, versions)}
<h2>${say`Notebooks`}</h2>
${servers.length === 0 ? html`<p class="quiet">${say`None.`}</p>` : serversTable(servers)}
${homes.length > 0 && html`<h2>${say`Files that stay`}</h2>${homesTable(page)}`}
${tokens.length > 0 && html`<h2>${say`API tokens`}</h2>${tokensTable(page)}`}
<h2>${say`Events`}</h2>
${events.length === 0 ? html`<p class="quiet">${say`None.`}</p>` : html`${eventsTable(page, { ofOne: true })}<p>${say`${html`<a href="${eventsAddress({ user: user.id })}">${say`All events about ${nameForAdmins(user)}`}</a>`}, and ${html`<a href="${eventsAddress({ by: user.id })}">${say`what ${nameForAdmins(user)} has done`}</a>`}`}</p>`}`,
  })
}

function facts({ user, groups, roles, versions, now }: OneUserPage): Html {
  const rows: [Text, Html | Said | false][] = [
    [say`State`, stateMark(user)],
    [say`Account`, user.name],
    [say`Comes in as`, say`${kindText(user)}, by ${user.authenticator}`],
    [say`Last launch`, agoTime(Math.max(0, now - user.lastLaunch))],
    [say`Known since`, momentTime(user.created)],
    [say`Groups`, groups.length > 0 && groups.join(', ')],
    [say`May also`, roles.length > 0 && allOf(roles)],
    [say`Earlier versions of notebooks`, versions > 0 && String(versions)],
    [say`Id`, html`<code>${user.id}</code>`],
  ]
  return html`<dl>${rows.map(([name, value]) => value !== false && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** Returns the buttons for what an admin may do to the account. */
function actsOn(admin: User, user: User, versions: number): Html | false {
  if (user.state === 'deleting') return false
  const about = nameForAdmins(user)
  const ask = (act: AdminAct, text: Text, danger = false) =>
    askLink({ href: `${userAddress(user)}/${act}?back=user`, text, about, danger })
  const isOther = admin.id !== user.id
  const unblock = { action: `${userAddress(user)}/unblock`, text: say`Unblock`, about, fields: { back: 'user' } }
  return html`<div class="row">${ask('sign-out', say`Sign out all browsers`)}
${isOther && (user.state === 'blocked' ? postButton(unblock) : ask('block', say`Block`))}
${versions > 0 && ask('versions', say`Remove versions`, true)}
${isOther && ask('remove', say`Remove`, true)}</div>`
}

function serversTable(servers: ShownServer[]): Html {
  return listTable<ShownServer>({
    caption: say`Notebooks`,
    rows: servers,
    columns: [
      { head: say`Course`, kind: 'name', cell: ({ title }) => title },
      { head: say`State`, cell: stateCell },
      {
        head: say`Last active`,
        cell: ({ server, activityAge }) =>
          server.state === 'ready' && activityAge !== undefined && agoTime(activityAge),
      },
      { head: say`Memory`, kind: 'amount', cell: ({ memory }) => memory !== undefined && memoryText(memory) },
      {
        head: '',
        kind: 'acts',
        cell: ({ server, title }) =>
          isRunning(server) &&
          askLink({ href: `/hub/admin/servers/${server.id}/stop?back=user`, text: say`Stop`, about: title }),
      },
    ],
  })
}

function homesTable({ homes, now }: OneUserPage): Html {
  return listTable<OneUserPage['homes'][number]>({
    caption: say`Files that stay`,
    rows: homes,
    columns: [
      { head: say`Course`, kind: 'name', cell: ({ courseTitle }) => courseTitle },
      {
        head: say`Size`,
        kind: 'amount',
        cell: ({ bytes }) => (bytes === undefined ? say`not known yet` : sizeText(bytes)),
      },
      {
        head: say`Last used`,
        cell: ({ holder, lastUsed }) => (holder === undefined ? agoTime(Math.max(0, now - lastUsed)) : say`in use now`),
      },
      {
        head: say`Removal`,
        cell: ({ state, removeAt }) =>
          state === 'deleting' ? say`going now` : removeAt !== undefined && momentTime(removeAt),
      },
    ],
  })
}

function tokensTable({ tokens, now, users, user }: OneUserPage): Html {
  return listTable<Token>({
    caption: say`API tokens`,
    rows: tokens,
    columns: [
      { head: say`Name`, kind: 'name', cell: ({ note }) => note },
      {
        head: say`Made by`,
        cell: ({ madeBy = user.id }) => {
          const maker = madeBy === user.id ? user : users.get(madeBy)
          return maker === undefined ? html`<code>${madeBy}</code>` : nameForAdmins(maker)
        },
      },
      {
        head: say`Last used`,
        cell: ({ lastUsed }) => (lastUsed === undefined ? say`never` : agoTime(Math.max(0, now - lastUsed))),
      },
      { head: say`Expires`, cell: ({ expires }) => momentTime(expires) },
    ],
  })
}
