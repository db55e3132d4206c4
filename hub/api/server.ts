import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { activityOf, addReport } from '../db/servers/activity.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { whyTrafficAlone } from '../made-of/activity.ts'
import { madeOf } from '../made-of/made-of.ts'
import { version } from '../version.ts'
import { notFound, only } from './caller.ts'

const time = z.iso.datetime({ offset: true })
const reportSchema = z
  .object({
    servers: z.record(z.string(), z.object({ last_activity: time })).optional(),
    last_activity: time.optional(),
  })
  .refine(({ servers, last_activity }) => servers !== undefined || last_activity !== undefined, 'says nothing')

/** The API for a ready server with its own token: who its owner is, and reports of its activity (docs/wire.md). */
export function serverApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })

  // The only request that clients send without a token.
  router.get('/', (ctx) => {
    ctx.body = { version }
  })

  router.get('/user', only(hub, 'server'), async (ctx) => {
    const { server, user } = serverCalling(ctx)
    ctx.body = await presentOwner(hub, user, server)
  })

  router.post('/users/:name/activity', only(hub, 'server'), async (ctx) => {
    const { server, user } = serverCalling(ctx)
    if (ctx.params.name !== (server.toldUser ?? user.name)) throw notFound()
    const report = reportSchema.safeParse(await readJson(ctx))
    if (!report.success) throw new HttpError(400, 'bad_activity', z.prettifyError(report.error))
    const { servers = {} } = report.data
    if (Object.keys(servers).some((name) => name !== server.name)) throw notFound()
    const said = servers[server.name]
    const counts = said !== undefined && whyTrafficAlone(await madeOf(hub, server)) === undefined
    if (counts) await addReport(hub.db, server.id, server.run, Date.parse(said.last_activity))
    ctx.status = 200
    ctx.body = ''
  })

  return router
}

function serverCalling(ctx: Koa.Context): { user: User; server: Server } {
  const { caller } = ctx.state
  if (caller?.kind !== 'server') throw new Error('no server calls')
  return caller
}

/**
 * Returns the owner in JupyterHub's words: without a role, whatever roles the person has at the hub, and under the name that the
 * server was told.
 */
async function presentOwner(hub: Hub, owner: User, server: Server): Promise<object> {
  const { name, path, started } = server
  const known = server.toldUser ?? owner.name
  const lastActivity = (await activityOf(hub.db, [server.id])).get(server.id)?.lastActivity
  return {
    kind: 'user',
    name: known,
    admin: false,
    roles: [],
    groups: [],
    scopes: [`access:servers!server=${known}/${name}`, `users:activity!user=${known}`],
    servers: {
      [name]: {
        name,
        full_name: `${known}/${name}`,
        url: path,
        ready: true,
        stopped: false,
        pending: null,
        started: iso(started),
        last_activity: iso(lastActivity),
      },
    },
  }
}

function iso(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}
