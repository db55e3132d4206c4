import type Koa from 'koa'
import { bytesText } from '../../../courses/amount.ts'
import { type Html, html } from '../../../net/html.ts'
import type { Home } from '../../db/homes/homes.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Token } from '../../db/tokens.ts'
import type { User } from '../../db/users.ts'
import { nameForAdmins, shownName } from '../format.ts'
import { askLink, momentTime, type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { type EventsPage, eventsAddress, eventsTable } from './events.ts'
import type { AdminAct } from './questions.ts'
import { memoryText, type ShownServer, stateCell } from './servers.ts'
import { kindText, stateMark, userAddress } from './users.ts'

export interface OneUserPage extends Pick<EventsPage, 'events' | 'users' | 'now'> {
  admin: User
  user: User
  /** Groups of the config, of authenticators and of files. */
  groups: string[]
  /** What the user may do beside the own notebooks: a sentence each. */
  roles: string[]
  servers: ShownServer[]
  tokens: Token[]
  /** What staff call the course of each home beside it. */
  homes: (Home & { courseTitle: string })[]
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
    crumbs: [{ href: '/hub/admin', text: 'Users' }],
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${facts(page)}
${actsOn(admin, user, versions)}
<h2>Notebooks</h2>
${servers.length === 0 ? html`<p class="quiet">None.</p>` : serversTable(servers)}
${homes.length > 0 && html`<h2>Files that stay</h2>${homesTable(page)}`}
${tokens.length > 0 && html`<h2>API tokens</h2>${tokensTable(page)}`}
<h2>Events</h2>
${events.length === 0 ? html`<p class="quiet">None.</p>` : html`${eventsTable(page, { ofOne: true })}<p><a href="${eventsAddress({ user: user.id })}">All events about ${nameForAdmins(user)}</a>, and <a href="${eventsAddress({ by: user.id })}">what ${nameForAdmins(user)} has done</a></p>`}`,
  })
}

function facts({ user, groups, roles, versions, now }: OneUserPage): Html {
  const rows: [string, Html | string | false][] = [
    ['State', stateMark(user)],
    ['Account', user.name],
    ['Comes in as', `${kindText(user)}, by ${user.authenticator}`],
    ['Last launch', agoTime(Math.max(0, now - user.lastLaunch))],
    ['Known since', momentTime(user.created)],
    ['Groups', groups.length > 0 && groups.join(', ')],
    ['May also', roles.length > 0 && roles.join(', ')],
    ['Earlier versions of notebooks', versions > 0 && String(versions)],
    ['Id', html`<code>${user.id}</code>`],
  ]
  return html`<dl>${rows.map(([name, value]) => value !== false && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** Returns the buttons for what an admin may do to the account. */
function actsOn(admin: User, user: User, versions: number): Html | false {
  if (user.state === 'deleting') return false
  const about = nameForAdmins(user)
  const ask = (act: AdminAct, text: string, danger = false) =>
    askLink({ href: `${userAddress(user)}/${act}?back=user`, text, about, danger })
  const isOther = admin.id !== user.id
  const unblock = { action: `${userAddress(user)}/unblock`, text: 'Unblock', about, fields: { back: 'user' } }
  return html`<div class="row">${ask('sign-out', 'Sign out everywhere')}
${isOther && (user.state === 'blocked' ? postButton(unblock) : ask('block', 'Block'))}
${versions > 0 && ask('versions', 'Remove versions', true)}
${isOther && ask('remove', 'Remove', true)}</div>`
}

function serversTable(servers: ShownServer[]): Html {
  return listTable<ShownServer>({
    caption: 'Notebooks',
    rows: servers,
    columns: [
      { head: 'Course', kind: 'name', cell: ({ title }) => title },
      { head: 'State', cell: stateCell },
      {
        head: 'Last active',
        cell: ({ server, activityAge }) =>
          server.state === 'ready' && activityAge !== undefined && agoTime(activityAge),
      },
      { head: 'Memory', cell: ({ memory }) => memory !== undefined && memoryText(memory) },
      {
        head: '',
        kind: 'acts',
        cell: ({ server, title }) =>
          isRunning(server) &&
          askLink({ href: `/hub/admin/servers/${server.id}/stop?back=user`, text: 'Stop', about: title }),
      },
    ],
  })
}

function homesTable({ homes, now }: OneUserPage): Html {
  return listTable<OneUserPage['homes'][number]>({
    caption: 'Files that stay',
    rows: homes,
    columns: [
      { head: 'Course', kind: 'name', cell: ({ courseTitle }) => courseTitle },
      { head: 'Size', cell: ({ bytes }) => (bytes === undefined ? 'not known yet' : bytesText(bytes)) },
      {
        head: 'Last used',
        cell: ({ holder, lastUsed }) => (holder === undefined ? agoTime(Math.max(0, now - lastUsed)) : 'in use now'),
      },
      {
        head: 'Removal',
        cell: ({ state, removeAt }) =>
          state === 'deleting' ? 'going now' : removeAt !== undefined && momentTime(removeAt),
      },
    ],
  })
}

function tokensTable({ tokens, now, users, user }: OneUserPage): Html {
  return listTable<Token>({
    caption: 'API tokens',
    rows: tokens,
    columns: [
      { head: 'Name', kind: 'name', cell: ({ note }) => note },
      {
        head: 'Made by',
        cell: ({ madeBy = user.id }) => {
          const maker = madeBy === user.id ? user : users.get(madeBy)
          return maker === undefined ? html`<code>${madeBy}</code>` : nameForAdmins(maker)
        },
      },
      {
        head: 'Last used',
        cell: ({ lastUsed }) => (lastUsed === undefined ? 'never' : agoTime(Math.max(0, now - lastUsed))),
      },
      { head: 'Expires', cell: ({ expires }) => momentTime(expires) },
    ],
  })
}
