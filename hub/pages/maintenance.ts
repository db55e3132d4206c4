import Router from '@koa/router'
import { say } from '../../words/text.ts'
import { maintenanceMessage, setMaintenance } from '../access/maintenance.ts'
import { readClock } from '../db/clock.ts'
import { HttpError } from '../errors.ts'
import { readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { sendMaintenancePage } from '../views/admin/maintenance.ts'
import { goBack, noticeOf } from './notices.ts'
import { requireAdmin } from './require-admin.ts'

/** The page on which admins begin and end maintenance. */
export function maintenancePage(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin/maintenance' })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { maintenance } = ctx.state
    // This page says so itself.
    delete ctx.state.maintenance
    const age = maintenance && (await readClock(hub.db)) - maintenance.since
    sendMaintenancePage(ctx, { admin, maintenance, age, notice: await noticeOf(hub, ctx) })
  })

  router.post('/begin', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const message = maintenanceMessage.safeParse((await readForm(ctx)).message ?? '')
    if (!message.success) {
      const problem = say`The message has more than 500 characters, or some that are none of a text.`
      throw new HttpError(400, 'bad_maintenance', problem)
    }
    await setMaintenance(hub, { id: admin.id, precondition: async () => true }, { message: message.data })
    await goBack(hub, ctx, '/hub/admin/maintenance', { text: say`Learners open no notebooks until you end this.` })
  })

  router.post('/end', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    await setMaintenance(hub, { id: admin.id, precondition: async () => true }, undefined)
    await goBack(hub, ctx, '/hub/admin/maintenance', {
      text: say`Maintenance is over. Learners can open notebooks again.`,
    })
  })

  return router
}
