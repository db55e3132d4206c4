/** Users, servers and tokens as the API shows them: JupyterHub's models, and what our culler needs besides. */

import type { Cull } from '../../courses/settings.ts'
import { readClock } from '../db/clock.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { type Server, serversOf } from '../db/servers/servers.ts'
import { type Trouble, troublesOf } from '../db/servers/troubles.ts'
import type { Token } from '../db/tokens.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { type MadeOf, madeOfEach } from '../made-of/made-of.ts'
import { groupsOf, isAdmin } from '../rights/roles.ts'
import { idlenessOfAll, type ServerIdleness } from '../servers/idleness.ts'

export async function presentUsers(hub: Hub, users: User[], { stopped = false } = {}): Promise<object[]> {
  const servers = await serversOf(
    hub.db,
    users.map((user) => user.id),
  )
  const idlenessOf = await idlenessOfAll(hub, servers)
  const troubles = await troublesOf(hub.db, servers)
  const made = await madeOfEach(
    hub,
    servers.filter((server) => !isAtRest(server)),
  )
  const now = await readClock(hub.db)
  const serversByUser = Map.groupBy(servers, (server) => server.user)
  return users.map((user) => {
    const own = serversByUser.get(user.id) ?? []
    const shown = own.filter((server) => stopped || !isAtRest(server))
    return {
      ...presentAccount(hub, user),
      age_seconds: seconds(now - user.created),
      idle_seconds: seconds(now - Math.max(user.lastLaunch, ...own.map((one) => one.ended ?? 0))),
      servers: Object.fromEntries(
        shown.map((server) => [
          server.name,
          presentServer(user, server, {
            idle: idlenessOf(server),
            troubles: troubles.get(server.id) ?? [],
            made: made.get(server.id),
            now,
          }),
        ]),
      ),
    }
  })
}

/** Returns users who were made just now, and so have no server. */
export function presentNewUsers(hub: Hub, users: User[]): object[] {
  return users.map((user) => ({ ...presentAccount(hub, user), age_seconds: 0, idle_seconds: 0, servers: {} }))
}

function presentAccount(hub: Hub, user: User): object {
  return {
    kind: 'user',
    name: user.name,
    temporary: user.kind === 'temporary',
    admin: isAdmin(hub, user),
    groups: groupsOf(hub, user),
    // JupyterHub's one server without a name. Our servers are all named after their course.
    server: null,
    pending: null,
    created: iso(user.created),
    last_activity: iso(user.lastLaunch),
  }
}

/** What is known of a server besides its row. `made` is undefined for one at rest. */
interface Known {
  idle: ServerIdleness
  troubles: Trouble[]
  made: MadeOf | undefined
  now: number
}

function presentServer(user: User, server: Server, { idle, troubles, made, now }: Known): object {
  return {
    name: server.name,
    full_name: `${user.name}/${server.name}`,
    url: server.path,
    ready: server.state === 'ready',
    stopped: isAtRest(server),
    pending: pendings[server.state],
    user_options: { ...made?.chosen, ...textsOf(made?.answers ?? {}) },
    state: server.image === undefined || isAtRest(server) ? {} : { image: server.image },
    started: server.started === undefined ? null : iso(server.started),
    last_activity: idle.lastActivity === undefined ? null : iso(idle.lastActivity),
    run: server.run,
    age_seconds: server.started === undefined ? 0 : seconds(now - server.started),
    idle_seconds: idle.idleMilliseconds === undefined ? null : seconds(idle.idleMilliseconds),
    activity: idle.activity,
    reason: idle.reason,
    cull: presentCull(made?.cull),
    failure: server.state === 'failed' ? (server.failure ?? null) : null,
    troubles: troubles.map(({ kind, at, message, read }) => ({ kind, at: iso(at), message, read })),
  }
}

/** Returns answers as programs read them: of a file, its name. */
function textsOf(answers: MadeOf['answers']): Record<string, string> {
  return Object.fromEntries(Object.entries(answers).map(([name, { text }]) => [name, text]))
}

/** Returns the limits of the culler for one server, as `docs/wire.md` describes them. Busy kernels are the hub's to judge. */
function presentCull(cull: Cull | undefined): object | string | null {
  if (cull === undefined || cull === 'never') return cull ?? null
  const { idleSeconds, maxAgeSeconds } = cull
  return { idle_seconds: idleSeconds, max_age_seconds: maxAgeSeconds }
}

const pendings: Record<Server['state'], 'spawn' | 'stop' | null> = {
  stopped: null,
  failed: null,
  ready: null,
  queued: 'spawn',
  starting: 'spawn',
  stopping: 'stop',
}

export function presentToken(user: User, token: Token): object {
  return {
    kind: 'api_token',
    id: token.id,
    user: user.name,
    note: token.note,
    roles: [],
    scopes: scopesOf(user),
    created: iso(token.created),
    last_activity: token.lastUsed === undefined ? null : iso(token.lastUsed),
    expires_at: iso(token.expires),
    /** Not part of JupyterHub's model: whether an admin made the token in the user's name. */
    made_by_admin: token.madeBy !== undefined,
    session_id: null,
    oauth_client: 'Carrel',
  }
}

/** Returns what a user's tokens may do, in JupyterHub's words: everything that is the user's own. */
export function scopesOf(user: User): string[] {
  return ['access:servers', 'delete:servers', 'read:servers', 'read:tokens', 'read:users', 'servers', 'tokens'].map(
    (scope) => `${scope}!user=${user.name}`,
  )
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function seconds(milliseconds: number): number {
  return Math.max(0, milliseconds / 1000)
}
