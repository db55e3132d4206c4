import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import {
  accountsAtOnce,
  addAccounts,
  makePasswordLink,
  makeSignInLink,
  type PasswordLink,
  removeAccount,
  setPasswordOf,
} from '../access/accounts.ts'
import { type Keeper, keeperNamed } from '../access/keepers.ts'
import { HttpError } from '../errors.ts'
import { queryOf, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { adminCalling, only } from './caller.ts'

const which = { authenticator: z.string().max(32).optional() }
const listing = z.strictObject({
  ...which,
  after: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})
const newAccounts = z.strictObject({ ...which, names: z.array(z.string()).min(1).max(accountsAtOnce) })
const newPassword = z.strictObject({ ...which, password: z.string() })
const nothingElse = z.strictObject(which)

/** The API of accounts with passwords, for admins. */
export function accountsApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/accounts' })
  const admin = only(hub, 'admin')

  router.get('/', admin, async (ctx) => {
    const { authenticator, after, limit } = parsed(listing, queryOf(ctx))
    const keeper = keeperNamed(hub, authenticator)
    const found = await keeper.accounts.list({ after, most: limit })
    ctx.body = {
      authenticator: keeper.name,
      accounts: found.map(({ name, hasPassword, linkEnds }) => ({
        name,
        has_password: hasPassword,
        link_ends: timeOf(linkEnds),
      })),
      next: found.length < limit ? null : (found.at(-1)?.name ?? null),
    }
  })

  router.post('/', admin, async (ctx) => {
    const { authenticator, names } = parsed(newAccounts, await readJson(ctx))
    const { added, existing } = await addAccounts(hub, keeperNamed(hub, authenticator), names, adminCalling(ctx))
    ctx.status = added.length > 0 ? 201 : 200
    ctx.body = { accounts: added.map(presentLink), existing }
  })

  router.post('/:name/link', admin, async (ctx) => {
    const keeper = keeperNamed(hub, parsed(nothingElse, await readJson(ctx)).authenticator)
    ctx.status = 201
    ctx.body = presentLink(await makePasswordLink(hub, keeper, nameIn(ctx, keeper), adminCalling(ctx)))
  })

  // An admin who sets another's password is noticed by its person, and one who comes in by this is not.
  router.post('/:name/sign-in-link', only(hub, 'operator'), async (ctx) => {
    const keeper = keeperNamed(hub, parsed(nothingElse, await readJson(ctx)).authenticator)
    ctx.status = 201
    ctx.body = presentLink(await makeSignInLink(hub, keeper, nameIn(ctx, keeper), adminCalling(ctx)))
  })

  router.put('/:name/password', admin, async (ctx) => {
    const { authenticator, password } = parsed(newPassword, await readJson(ctx))
    const keeper = keeperNamed(hub, authenticator)
    const name = nameIn(ctx, keeper)
    const delivery = await setPasswordOf(hub, keeper, { name, password }, adminCalling(ctx))
    ctx.body = { name, unconfirmed_proxies: delivery?.unconfirmed.length ?? 0 }
  })

  router.delete('/:name', admin, async (ctx) => {
    const keeper = keeperNamed(hub, parsed(nothingElse, await readJson(ctx)).authenticator)
    const name = nameIn(ctx, keeper)
    const delivery = await removeAccount(hub, keeper, name, adminCalling(ctx))
    ctx.status = 202
    ctx.body = { name, unconfirmed_proxies: delivery?.unconfirmed.length ?? 0 }
  })

  return router
}

function presentLink({ name, link, ends }: PasswordLink) {
  return { name, link, link_ends: timeOf(ends) }
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}

function nameIn(ctx: Koa.Context, keeper: Keeper): string {
  const name = keeper.accounts.nameOf(String(ctx.params.name))
  if (name !== undefined) return name
  throw new HttpError(404, 'unknown_account', `There is no account ${String(ctx.params.name).slice(0, 100)}.`)
}

function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const read = schema.safeParse(input)
  if (read.success) return read.data
  // A message of zod names no value, so that a password in a wrong place is not said again.
  throw new HttpError(400, 'bad_account_request', z.prettifyError(read.error))
}
