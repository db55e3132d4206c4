import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { say } from '../../../words/text.ts'
import { currentUser, signIn, userOf } from '../../access/account.ts'
import { isKeptBy, signInLinkPath } from '../../access/accounts.ts'
import { allowAutomatic } from '../../access/automatic-sign-in.ts'
import { type Keeper, keepersOf } from '../../access/keepers.ts'
import { addEvent } from '../../db/events.ts'
import { HttpError } from '../../errors.ts'
import { counted } from '../../http/limits.ts'
import { queryOf, readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { sendSignInLinkPage } from '../../views/accounts/sign-in-link.ts'

const linkQuery = z.object({ way: z.string().max(32), name: z.string().max(400), key: z.string().max(100) })

/**
 * The page of a link that signs in as an account, once, as the operator has made it.
 *
 * Its button uses the link up, so that a browser that loads it beforehand does not. Wrong links count as wrong passwords
 * do, and say the same of an account that is not there.
 */
export function signInLinkPage(hub: Hub): Router {
  const router = new Router()

  router.get(signInLinkPath, async (ctx) => {
    keepSecret(ctx)
    const { keeper, name, fields } = readLink(hub, queryOf(ctx))
    const before = await currentUser(hub, ctx)
    if (keeper !== undefined && before?.name === name && isKeptBy(keeper, before)) return ctx.redirect('/hub/home')
    const isGood = await counted(hub, ctx, name, async () =>
      (await keeper?.accounts.isSignInGood(name, fields.key)) === true ? true : undefined,
    )
    if (isGood === undefined) throw noLink()
    sendSignInLinkPage(ctx, { name, fields, before })
  })

  router.post(signInLinkPath, requireOwnPage(hub.hubUrl), async (ctx) => {
    keepSecret(ctx)
    const { keeper, name, fields } = readLink(hub, await readForm(ctx))
    const identity = await counted(hub, ctx, name, async () => keeper?.accounts.useSignIn(name, fields.key))
    const way = hub.config.authenticators.find((one) => one.name === keeper?.name)
    if (identity === undefined || way === undefined) throw noLink()
    const user = await userOf(hub, way, identity)
    await signIn(hub, ctx, user)
    allowAutomatic(hub, ctx)
    await addEvent(hub.db, { kind: 'signed-in', user: user.id, detail: { authenticator: way.name, link: true } })
    hub.log.info({ user: user.id, authenticator: way.name }, 'signed in by a link')
    ctx.status = 303
    ctx.redirect('/hub/home')
  })

  return router
}

/** Keeps the link out of the `Referer` of what the page leads to, and out of caches. */
function keepSecret(ctx: Koa.Context): void {
  ctx.set('Referrer-Policy', 'no-referrer')
  ctx.set('Cache-Control', 'no-store')
}

interface GivenLink {
  /** Undefined where nothing of this name keeps accounts. */
  keeper: Keeper | undefined
  /** As the account has it; empty for what can be no name. */
  name: string
  fields: z.output<typeof linkQuery>
}

function readLink(hub: Hub, given: unknown): GivenLink {
  const read = linkQuery.safeParse(given)
  if (!read.success) throw noLink()
  const keeper = keepersOf(hub).find((one) => one.name === read.data.way && !one.isGate)
  return { keeper, name: keeper?.accounts.nameOf(read.data.name) ?? '', fields: read.data }
}

function noLink(): HttpError {
  return new HttpError(
    403,
    'no_sign_in_link',
    say`The link was used, has ended, or was replaced by a newer one. The operator of this site makes another one by the command carrel user sign-in.`,
    [{ href: '/hub/login', text: say`Sign in` }],
  )
}
