import Router from '@koa/router'
import type Koa from 'koa'
import { openLink } from '../../seats/links.ts'
import { currentUser, requireUser, sessionHash } from '../access/account.ts'
import { launchAsGuest, notYours, roleAt } from '../access/guests.ts'
import { requireNoMaintenance } from '../access/maintenance.ts'
import { sessionOf } from '../access/session.ts'
import { findServer, findServerByPath } from '../db/servers/servers.ts'
import { findUser } from '../db/users.ts'
import { readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import type { GuestPage } from '../views/guest.ts'
import { inGuestWorkspace, landingPath } from './landing.ts'
import { type Entry, openEntry } from './parse.ts'

/** Routes for the buttons of our pages that open another user's server. */
export function guestRoutes(hub: Hub): Router {
  const router = new Router()
  router.post('/hub/guests', requireOwnPage(hub.hubUrl), async (ctx) => {
    const user = await requireUser(hub, ctx)
    const form = await readForm(ctx)
    const named = form.server === undefined ? undefined : await findServer(hub.db, form.server)
    if (form.server !== undefined && named === undefined) throw notYours()
    const entry = openEntry(named?.path ?? form.to ?? '')
    const server = named ?? (await findServerByPath(hub.db, entry.serverPath ?? ''))
    const course = server && hub.courses.all[server.course]
    if (server === undefined || course === undefined) throw notYours()
    const place = { ...entry, inside: entry.inside || undefined }
    ctx.state.waitAt = openLink(server.path + (entry.inside ?? ''))
    requireNoMaintenance(hub, ctx, { user, course, link: ctx.state.waitAt })
    const inside = landingPath(course, place, sessionOf(ctx).storage !== false)
    const landing = server.path + inGuestWorkspace(inside, server.path)
    const id = await launchAsGuest(hub, { user, server, session: sessionHash(ctx), landing })
    ctx.status = 303
    ctx.redirect(`/hub/launches/${id}`)
  })
  return router
}

/**
 * Returns the page that a link into another user's server shows to a user who may be a guest there; undefined for all
 * others.
 */
export async function guestPageOf(hub: Hub, ctx: Koa.Context, entry: Entry): Promise<GuestPage | undefined> {
  const { serverPath, inside = '' } = entry
  const user = serverPath === undefined ? undefined : await currentUser(hub, ctx)
  if (serverPath === undefined || user === undefined) return undefined
  const server = await findServerByPath(hub.db, serverPath)
  const role = server && (await roleAt(hub, user, server))
  const course = server && hub.courses.all[server.course]
  const owner = role && (await findUser(hub.db, server.user))
  if (server === undefined || role === undefined || course === undefined || owner === undefined) return undefined
  return { user, owner, server, course, role, to: serverPath + inside, inside }
}
