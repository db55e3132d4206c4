import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { type Said, say } from '../../words/text.ts'
import { sessionHash } from '../access/account.ts'
import {
  type AccountAdmin,
  accountsAtOnce,
  addAccounts,
  makePasswordLink,
  removeAccount,
  userOfAccount,
} from '../access/accounts.ts'
import { type Keeper, keeperNamed, keepersOf } from '../access/keepers.ts'
import { readClock } from '../db/clock.ts'
import { countHomesOf } from '../db/homes/homes.ts'
import { serversOf } from '../db/servers/servers.ts'
import { holdSession } from '../db/sessions.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { accountOf } from '../homes/account.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import {
  type AccountsPage,
  type AccountsView,
  accountsAddress,
  sendAccountsPage,
  sendRemoveAccountPage,
} from '../views/accounts/list.ts'
import { goBack, noticeOf } from './notices.ts'
import { requireAdmin } from './require-admin.ts'

const shownAtOnce = 50
const text = z.string().max(400).catch('')
const viewQuery = z.object({ way: text, after: text, q: text })

/** Pages about accounts with passwords, for admins. */
export function accountRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin/accounts' })
  const ownPage = requireOwnPage(hub.hubUrl)

  const show = async (ctx: Koa.Context, admin: User, view: AccountsView, more: Partial<AccountsPage> = {}) => {
    const keeper = keeperNamed(hub, view.way || keepersOf(hub)[0]?.name)
    const found = await accountsIn(keeper, view)
    sendAccountsPage(ctx, {
      ...{ admin, ways: keepersOf(hub).map(({ name }) => name), view: { ...view, way: keeper.name } },
      ...{ accounts: found.slice(0, shownAtOnce), hasMore: found.length > shownAtOnce },
      ...{ now: await readClock(hub.db), notice: await noticeOf(hub, ctx) },
      ...more,
    })
  }

  router.get('/', async (ctx) => show(ctx, await requireAdmin(hub, ctx), viewQuery.parse(queryOf(ctx))))

  router.post('/', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { way = '', names = '' } = await readForm(ctx)
    const view = { way, after: '', q: '' }
    const wanted = names.split('\n').flatMap((line) => line.trim() || [])
    const refuse = (problem: Said) => {
      ctx.status = 400
      return show(ctx, admin, view, { refused: { names, problem } })
    }
    if (wanted.length === 0) return refuse(say`Write at least one name.`)
    if (wanted.length > accountsAtOnce) return refuse(say`Add at most ${accountsAtOnce} accounts at once.`)
    try {
      const { added, existing } = await addAccounts(hub, keeperNamed(hub, way), wanted, acting(ctx, admin))
      await show(ctx, admin, view, { made: { links: added, existing } })
    } catch (error) {
      if (!(error instanceof HttpError) || error.status >= 500) throw error
      await refuse(error.said)
    }
  })

  router.post('/:name/link', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { way = '' } = await readForm(ctx)
    const { keeper, name } = await requireAccount(hub, ctx, way)
    const link = await makePasswordLink(hub, keeper, name, acting(ctx, admin))
    await show(ctx, admin, { way, after: '', q: name }, { made: { links: [link], existing: [] } })
  })

  router.get('/:name/remove', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { way } = viewQuery.parse(queryOf(ctx))
    const { keeper, name } = await requireAccount(hub, ctx, way)
    const user = await userOfAccount(hub, keeper, name)
    const servers = user === undefined ? [] : await serversOf(hub.db, [user.id])
    const homes = user === undefined ? 0 : await countHomesOf(hub.db, accountOf(user))
    sendRemoveAccountPage(ctx, { admin, name, way: keeper.name, servers: servers.length, homes })
  })

  router.post('/:name/remove', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { way = '' } = await readForm(ctx)
    const { keeper, name } = await requireAccount(hub, ctx, way)
    const delivery = await removeAccount(hub, keeper, name, admin)
    const text = say`The account ${name} is removed. Its files go once all notebooks have stopped.`
    await goBack(hub, ctx, accountsAddress({ way: keeper.name }), { text, delivery })
  })

  return router
}

/** Returns the accounts of a view, and one more where there are more. */
async function accountsIn({ accounts }: Keeper, { after, q }: AccountsView) {
  // The beginning of a name can be a name too.
  const beginning = q === '' ? '' : accounts.nameOf(q)
  if (beginning === undefined) return []
  return accounts.list({ after: after === '' ? undefined : accounts.nameOf(after), beginning, most: shownAtOnce + 1 })
}

function acting(ctx: Koa.Context, admin: User): AccountAdmin {
  const session = sessionHash(ctx)
  return { id: admin.id, precondition: (trx) => holdSession(trx, session) }
}

async function requireAccount(hub: Hub, ctx: Koa.Context, way: string): Promise<{ keeper: Keeper; name: string }> {
  const keeper = keeperNamed(hub, way === '' ? undefined : way)
  const name = keeper.accounts.nameOf(String(ctx.params.name))
  if (name !== undefined && (await keeper.accounts.find(name)) !== undefined) return { keeper, name }
  throw new HttpError(404, 'unknown_account', say`There is no such account any more.`, [
    { href: accountsAddress({ way: keeper.name }), text: say`Show all accounts` },
  ])
}
