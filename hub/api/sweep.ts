import Router from '@koa/router'
import { z } from 'zod'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { findOrphans, removeOrphans } from '../servers/sweep-by-hand.ts'
import { adminCalling, only } from './caller.ts'

/** Few enough that their removal ends before a client gives up. */
const body = z.strictObject({ names: z.array(z.string().max(300)).min(1).max(20) })

/** The API of the sweep by hand, for admins: shows what belongs to no server, and removes what the caller names of it. */
export function sweepApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })

  router.get('/sweep', only(hub, 'admin'), async (ctx) => {
    const { found, orphans } = await findOrphans(hub)
    ctx.body = { found, orphans: orphans.map(({ name, server, run, running }) => ({ name, server, run, running })) }
  })

  router.post('/sweep', only(hub, 'admin'), async (ctx) => {
    const wanted = body.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_sweep', z.prettifyError(wanted.error))
    ctx.body = await removeOrphans(hub, wanted.data.names, adminCalling(ctx).id)
  })

  return router
}
