import Router from '@koa/router'
import { requireUser } from '../access/account.ts'
import { notYours } from '../access/guests.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { serversOf } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

/**
 * JupyterHub's address for stopping one's server, `/hub/stop[/<user>[/<server>]]`. Leads to the page that asks first, and
 * to all notebooks where it is not clear which one is meant.
 */
export function stopAddress(hub: Hub): Router {
  const router = new Router()
  for (const path of ['/hub/stop', '/hub/stop/:user', '/hub/stop/:user/:server']) {
    router.get(path, async (ctx) => {
      const user = await requireUser(hub, ctx)
      const { user: name = user.name, server } = ctx.params
      if (name !== user.name) throw notYours()
      const meant = (await serversOf(hub.db, [user.id])).filter(
        (one) => isRunning(one) && (server === undefined || one.course === String(server).toLowerCase()),
      )
      const [only, ...others] = meant
      const isClear = only !== undefined && others.length === 0
      ctx.redirect(isClear ? `/hub/servers/${only.id}/stop` : '/hub/home')
    })
  }
  return router
}
