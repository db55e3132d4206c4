import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { retold } from '../../words/kept.ts'
import { type Said, say } from '../../words/text.ts'
import { requireUser, signIn } from '../access/account.ts'
import { passwordLinkPath, setPasswordOf, usePasswordLink } from '../access/accounts.ts'
import { type Keeper, keeperOf, keepersOf } from '../access/keepers.ts'
import { sessionOf } from '../access/session.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { counted } from '../http/limits.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { sendLinkPage, sendOwnPasswordPage, sendSetPage } from '../views/accounts/new-password.ts'
import { goBack } from './notices.ts'

const linkQuery = z.object({ way: z.string().max(32), name: z.string().max(400), key: z.string().max(100) })

/**
 * The pages where a person sets a password: by a link that an admin has made, and, when signed in, by the old password.
 *
 * A mail scanner that opens a link changes nothing: the link is used up by the form's button only. Wrong links count as
 * wrong passwords do, and say the same of an account that is not there.
 */
export function passwordRoutes(hub: Hub): Router {
  const router = new Router()
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get(passwordLinkPath, async (ctx) => {
    keepSecret(ctx)
    const { name, fields } = await requireLink(hub, ctx, queryOf(ctx))
    sendLinkPage(ctx, { name, fields })
  })

  router.post(passwordLinkPath, ownPage, async (ctx) => {
    keepSecret(ctx)
    const { password = '', again = '', ...form } = await readForm(ctx)
    const { keeper, name, fields } = await requireLink(hub, ctx, form)
    const problem = problemOf(keeper, { name, password, again })
    if (problem !== undefined) {
      ctx.status = 400
      return sendLinkPage(ctx, { name, fields, problem })
    }
    if (!(await usePasswordLink(hub, keeper, { name, secret: fields.key, password }))) throw noLink()
    hub.log.info({ account: name, authenticator: keeper.name }, 'a password was set by a link')
    sendSetPage(ctx, name)
  })

  router.get('/hub/password', async (ctx) => {
    const { user } = await requirePerson(hub, ctx)
    sendOwnPasswordPage(ctx, { user })
  })

  router.post('/hub/password', ownPage, async (ctx) => {
    const { user, keeper, authenticate } = await requirePerson(hub, ctx)
    const { current = '', password = '', again = '' } = await readForm(ctx)
    const refuse = (status: number, problem: Said) => {
      ctx.status = status
      sendOwnPasswordPage(ctx, { user, problem })
    }
    const problem = problemOf(keeper, { name: user.name, password, again })
    if (problem !== undefined) return refuse(400, problem)
    const known = await counted(hub, ctx, user.name, () => authenticate(user.name, current))
    if (known?.subject !== user.subject) return refuse(403, say`The password until now is not right. Try again.`)
    const delivery = await setPasswordOf(hub, keeper, { name: user.name, password }, user)
    // This session has ended with all others, so the person is signed in anew here.
    delete sessionOf(ctx).user
    await signIn(hub, ctx, user)
    await goBack(hub, ctx, '/hub/home', {
      text: say`Your password is changed. Other browsers are signed out.`,
      delivery,
    })
  })

  return router
}

/** Keeps the link out of the `Referer` of what the page leads to, and out of caches. */
function keepSecret(ctx: Koa.Context): void {
  ctx.set('Referrer-Policy', 'no-referrer')
  ctx.set('Cache-Control', 'no-store')
}

async function requireLink(hub: Hub, ctx: Koa.Context, given: unknown) {
  const read = linkQuery.safeParse(given)
  if (!read.success) throw noLink()
  const fields = read.data
  const keeper = keepersOf(hub).find((one) => one.name === fields.way)
  const name = keeper?.accounts.nameOf(fields.name)
  const isGood = await counted(hub, ctx, name ?? '', async () =>
    keeper !== undefined && name !== undefined && (await keeper.accounts.isLinkGood(name, fields.key))
      ? true
      : undefined,
  )
  if (isGood === undefined || keeper === undefined || name === undefined) throw noLink()
  return { keeper, name, fields }
}

function noLink(): HttpError {
  return new HttpError(
    403,
    'no_password_link',
    say`The link was used, has ended, or was replaced by a newer one. If you have set your password, sign in. Else ask the people who run this site for another link.`,
    [{ href: '/hub/login', text: say`Sign in` }],
  )
}

/** Returns the signed-in person and what keeps the account. Throws for users without a password here. */
async function requirePerson(hub: Hub, ctx: Koa.Context) {
  const user = await requireUser(hub, ctx)
  const keeper = keeperOf(hub, user)
  const way = hub.config.authenticators.find((one) => one.name === user.authenticator)
  if (keeper !== undefined && way?.kind === 'password') return { user, keeper, authenticate: authenticateBy(way) }
  throw noPassword(user)
}

function authenticateBy(way: {
  authenticate(name: string, password: string): Promise<{ subject: string } | undefined>
}) {
  return (name: string, password: string) => way.authenticate(name, password)
}

function noPassword({ kind }: User): HttpError {
  return new HttpError(
    404,
    'no_password',
    kind === 'person'
      ? say`Your password is not kept here. Change it where you have your account.`
      : say`You have no password here.`,
    [{ href: '/hub/home', text: say`Show my notebooks` }],
  )
}

function problemOf(
  keeper: Keeper,
  { name, password, again }: { name: string; password: string; again: string },
): Said | undefined {
  if (password !== again) return say`The two new passwords differ. Type them again.`
  const problem = keeper.accounts.passwordProblem(name, password)
  return problem === undefined ? undefined : retold(problem)
}
