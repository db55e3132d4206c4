import Router from '@koa/router'
import { z } from 'zod'
import { maintenanceMessage, setMaintenance } from '../access/maintenance.ts'
import { findMaintenance } from '../db/installation.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { adminCalling, only } from './caller.ts'

const body = z.strictObject({ message: maintenanceMessage.default('') })

/** The API of maintenance, for admins: whether learners can open notebooks, and what they are told meanwhile. */
export function maintenanceApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })

  router.get('/maintenance', only(hub, 'admin'), async (ctx) => {
    ctx.body = await present(hub)
  })

  router.put('/maintenance', only(hub, 'admin'), async (ctx) => {
    const wanted = body.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_maintenance', z.prettifyError(wanted.error))
    await setMaintenance(hub, adminCalling(ctx), wanted.data)
    ctx.body = await present(hub)
  })

  router.delete('/maintenance', only(hub, 'admin'), async (ctx) => {
    await setMaintenance(hub, adminCalling(ctx), undefined)
    ctx.body = await present(hub)
  })

  return router
}

async function present(hub: Hub) {
  const found = await findMaintenance(hub.db)
  if (found === undefined) return { maintenance: false, since: null, message: '' }
  return { maintenance: true, since: new Date(found.since).toISOString(), message: found.message }
}
