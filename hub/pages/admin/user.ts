import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { type Said, say, type Text } from '../../../words/text.ts'
import { type ByAdmin, blockUser, removeUserNow, signOutUser, unblockUser } from '../../access/ending.ts'
import { removeVersionsOfUser } from '../../access/versions.ts'
import { readClock } from '../../db/clock.ts'
import { countVersionsOf } from '../../db/content/versions.ts'
import { listEvents } from '../../db/events.ts'
import { countHomesOf, homesOfAccount } from '../../db/homes/homes.ts'
import { siteServersOf } from '../../db/servers/lists/site-servers.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import { serversOf } from '../../db/servers/servers.ts'
import { tokensOf } from '../../db/tokens.ts'
import { findUser, findUsers, type User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { accountOf } from '../../homes/account.ts'
import { keepsFiles } from '../../homes/keeps-files.ts'
import { queryOf, readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import type { Delivery } from '../../proxies/clients.ts'
import { groupsOf, isAdmin, isStaff } from '../../rights/roles.ts'
import { type AdminAct, sendAdminQuestion } from '../../views/admin/questions.ts'
import { sendUserPage } from '../../views/admin/user.ts'
import { adminAddress, userAddress } from '../../views/admin/users.ts'
import { nameForAdmins, titleOf } from '../../views/format.ts'
import { goBack, noticeOf } from '../notices.ts'
import { requireAdmin } from '../require-admin.ts'
import { usersIn } from './events.ts'
import { shownServers } from './servers.ts'
import { viewOf } from './users.ts'

interface Act {
  act(hub: Hub, change: ByAdmin): Promise<Delivery | undefined>
  /** Returns what the next page says of the user of this name. */
  done(name: Said): Text
}

const acts: Record<AdminAct | 'unblock', Act> = {
  'sign-out': { act: signOutUser, done: (name) => say`${name} is signed out in every browser.` },
  block: {
    act: blockUser,
    done: (name) => say`${name} is blocked: signed out everywhere, with all notebooks stopping.`,
  },
  unblock: {
    act: async (hub, change) => {
      await unblockUser(hub, change)
      return undefined
    },
    done: (name) => say`${name} may come in again.`,
  },
  versions: {
    act: async (hub, change) => {
      await removeVersionsOfUser(hub, change)
      return undefined
    },
    done: (name) => say`${name} has no earlier versions of notebooks any more.`,
  },
  remove: {
    act: removeUserNow,
    done: (name) => say`${name} is being removed. The files go once all notebooks have stopped.`,
  },
}

const shownEvents = 20

/** The page of one user, and what admins may do to the account. */
export function userRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin/users/:id' })

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const user = await requireUserOf(hub, ctx)
    const { events } = await listEvents(hub.db, { user: user.id }, { limit: shownEvents })
    const tokens = await tokensOf(hub.db, user.id)
    const makers = await findUsers(
      hub.db,
      tokens.flatMap(({ madeBy }) => madeBy ?? []),
    )
    const users = new Map([...(await usersIn(hub, events)), ...makers.map((maker) => [maker.id, maker] as const)])
    const account = accountOf(user)
    const courses = new Map(Object.values(hub.courses.all).map((course) => [course.id, titleOf(course)]))
    const homes = await homesOfAccount(hub.db, account)
    sendUserPage(ctx, {
      ...{ admin, user, users, events, tokens },
      groups: groupsOf(hub, user),
      roles: rolesOf(hub, user),
      servers: await shownServers(hub, await siteServersOf(hub.db, [user.id])),
      homes: homes.map((home) => ({
        ...home,
        courseTitle: courses.get(home.course) ?? (home.course || say`All courses`),
      })),
      versions: await countVersionsOf(hub.db, account),
      now: await readClock(hub.db),
      notice: await noticeOf(hub, ctx),
    })
  })

  router.get('/:act', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const act = actOf(ctx)
    if (act === 'unblock') throw unknownUser()
    const user = await requireUserOf(hub, ctx)
    const servers = await serversOf(hub.db, [user.id])
    const running = servers.filter(isRunning)
    const losing = running.filter((server) => !keepsFiles(hub, server))
    const fields = textFields.parse(queryOf(ctx))
    sendAdminQuestion(ctx, act, {
      ...{ admin, user, fields, back: backTo(fields, user) },
      servers: { all: servers.length, running: running.length, losing: losing.length },
      homes: await countHomesOf(hub.db, accountOf(user)),
      versions: await countVersionsOf(hub.db, accountOf(user)),
    })
  })

  router.post('/:act', requireOwnPage(hub.hubUrl), async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { act, done } = acts[actOf(ctx)]
    const user = await requireUserOf(hub, ctx)
    const back = backTo(await readForm(ctx), user)
    const delivery = await act(hub, { admin, user })
    await goBack(hub, ctx, back, { text: done(nameForAdmins(user)), delivery })
  })

  return router
}

const textFields = z.record(z.string(), z.string()).catch({})

/** Returns the page that led to a question about a user: the user's own, or the list. */
function backTo(fields: Record<string, string>, user: User): string {
  return fields.back === 'user' ? userAddress(user) : adminAddress(viewOf(fields))
}

function rolesOf(hub: Hub, user: User): Text[] {
  if (isAdmin(hub, user)) return [say`run this site`]
  const looksAfter = Object.values(hub.courses.all).filter((course) => isStaff(hub, user, course))
  return looksAfter.map((course) => say`look after ${titleOf(course)}`)
}

function actOf(ctx: Koa.Context): keyof typeof acts {
  const act = String(ctx.params.act)
  if (!Object.hasOwn(acts, act)) throw unknownUser()
  return act as keyof typeof acts
}

async function requireUserOf(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await findUser(hub.db, String(ctx.params.id))
  if (user !== undefined && user.state !== 'spare') return user
  throw unknownUser()
}

function unknownUser(): HttpError {
  return new HttpError(404, 'not_found', say`There is no such user any more.`, [
    { href: '/hub/admin', text: say`Show all users` },
  ])
}
