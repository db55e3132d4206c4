import Router from '@koa/router'
import { z } from 'zod'
import { inParallel } from '../../../net/in-parallel.ts'
import { allOf, forCount, type Said, say, sentences, type Text } from '../../../words/text.ts'
import { type ByAdmin, blockUser, removeUserNow, signOutUser, unblockUser } from '../../access/ending.ts'
import { countHomesOf } from '../../db/homes/homes.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import { serversOf } from '../../db/servers/servers.ts'
import { findUsers, type User } from '../../db/users.ts'
import { HttpError, messageOf } from '../../errors.ts'
import { accountOf } from '../../homes/account.ts'
import { keepsFiles } from '../../homes/keeps-files.ts'
import { queryOf, readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import type { Delivery } from '../../proxies/clients.ts'
import { stopServer } from '../../servers/stop.ts'
import { sendChosenPage } from '../../views/admin/chosen.ts'
import { adminAddress, type BulkAct } from '../../views/admin/users.ts'
import { nameForAdmins, ofUnit } from '../../views/format.ts'
import { chosenIds } from '../list-query.ts'
import { goBack } from '../notices.ts'
import { requireAdmin } from '../require-admin.ts'
import { viewOf } from './users.ts'

interface Act {
  act(hub: Hub, change: ByAdmin): Promise<Delivery | undefined>
  /** What the list says afterwards, after how many users it was done to. */
  done: Text
}

const acts: Record<BulkAct, Act> = {
  'sign-out': { act: signOutUser, done: say`They are signed out in every browser.` },
  stop: {
    act: async (hub, { admin, user }) => {
      const event = { kind: 'stopped' as const, detail: { by: admin.id } }
      for (const server of (await serversOf(hub.db, [user.id])).filter(isRunning))
        await stopServer(hub, server, { event })
      return undefined
    },
    done: say`All their notebooks are being stopped.`,
  },
  block: {
    act: blockUser,
    done: say`They are blocked and signed out everywhere, and all their notebooks are stopping.`,
  },
  unblock: {
    act: async (hub, change) => {
      await unblockUser(hub, change)
      return undefined
    },
    done: say`They may come in again.`,
  },
  remove: { act: removeUserNow, done: say`They are being removed. The files go once all notebooks have stopped.` },
}

const actName = z.enum(['sign-out', 'stop', 'block', 'unblock', 'remove'])

/** What admins do to several users of the list at once: the question, and the act. */
export function chosenRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin/chosen' })

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const query = queryOf(ctx)
    const view = viewOf(query)
    const act = actOf(query)
    const users = await usersChosen(hub, admin, [query.chosen ?? []].flat())
    if (users.length === 0) {
      const text = say`First choose users, by the boxes beside them. Your own account is not among them.`
      return goBack(hub, ctx, adminAddress(view), { text })
    }
    const servers = await serversOf(
      hub.db,
      users.map(({ id }) => id),
    )
    const running = servers.filter(isRunning)
    const losing = running.filter((server) => server.state === 'ready' && !keepsFiles(hub, server))
    let homes = 0
    for (const user of users) homes += await countHomesOf(hub.db, accountOf(user))
    sendChosenPage(ctx, {
      ...{ admin, users, homes, view, act },
      servers: { all: servers.length, running: running.length, losing: losing.length },
    })
  })

  router.post('/', requireOwnPage(hub.hubUrl), async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const form = await readForm(ctx)
    const name = actOf(form)
    const { act, done } = acts[name]
    const users = await usersChosen(hub, admin, form.chosen?.split(' ') ?? [])
    const unconfirmed = new Set<string>()
    const left: User[] = []
    await inParallel(atOnce, users, async (user) => {
      try {
        for (const url of (await act(hub, { admin, user }))?.unconfirmed ?? []) unconfirmed.add(url)
      } catch (error) {
        left.push(user)
        hub.log.warn({ user: user.id, act: name, reason: messageOf(error) }, 'an act on chosen users failed for one')
      }
    })
    const count = users.length - left.length
    await goBack(hub, ctx, adminAddress(viewOf(form)), {
      text: sentences([
        (count > 0 || left.length === 0) && sentences([say`${ofUnit(count, 'user')}.`, done]),
        left.length > 0 && say`It failed for ${allOf(namesOf(left))}. The log of the hub says why. Try it again.`,
      ]),
      delivery: { proxies: hub.proxies.all.length, unconfirmed: [...unconfirmed] },
    })
  })

  return router
}

/** How many users are acted on at a time: each may wait for a proxy that does not answer. */
const atOnce = 8
/** A notice is part of an address, which has no room for the names of a whole page. */
const mostNamed = 5

function namesOf(users: User[]): Said[] {
  const others = users.length - mostNamed
  const named = users.slice(0, mostNamed).map(nameForAdmins)
  return others > 0 ? [...named, forCount(others, say`${others} other`, say`${others} others`)] : named
}

/** Returns what an address or a form asks for. No act stands in for one that the hub does not know. */
function actOf({ act }: { act?: unknown }): BulkAct {
  const known = actName.safeParse(act)
  if (known.success) return known.data
  throw new HttpError(400, 'unknown_act', say`Nothing was done: this is none of the acts of the list.`, [
    { href: '/hub/admin', text: say`Show all users` },
  ])
}

/** Returns the users of these ids to whom an admin may do something: not the own account, and none that is going. */
async function usersChosen(hub: Hub, admin: User, ids: string[]): Promise<User[]> {
  const found = await findUsers(hub.db, chosenIds.safeParse(ids).data ?? [])
  const sound = found.filter(({ id, state }) => id !== admin.id && (state === 'active' || state === 'blocked'))
  return sound.sort((a, b) => (a.name < b.name ? -1 : 1))
}
