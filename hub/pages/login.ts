import Router from '@koa/router'
import type Koa from 'koa'
import type { Authenticator, PasswordAuthenticator, RedirectAuthenticator } from '../../authenticators/authenticator.ts'
import { observe, observeFor } from '../../metrics/histogram.ts'
import { currentUser, signIn, userOf } from '../access/account.ts'
import { signOut } from '../access/ending.ts'
import { sessionOf } from '../access/session.ts'
import { addEvent } from '../db/events.ts'
import { HttpError, messageOf } from '../errors.ts'
import { counted, countNewUser, countSignIn } from '../http/limits.ts'
import { keepOpener, queryOf, readForm, requireOwnPage, safeNext } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { secondsSince } from '../metrics/counters.ts'
import { sendSignInPage } from '../views/sign-in.ts'
import { sendSignedOutPage, sendSignOutPage } from '../views/sign-out.ts'

/** The path to which every identity provider sends browsers back: JupyterHub's, so that registrations stay valid. */
const callbackPath = '/hub/oauth_callback'

export function loginRoutes(hub: Hub): Router {
  const router = new Router()
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/hub/login', async (ctx) => {
    const next = safeNext(single(queryOf(ctx).next), hub.hubUrl)
    keepOpener(ctx, next)
    if ((await currentUser(hub, ctx)) !== undefined) return ctx.redirect(next ?? '/hub/home')
    sendSignInPage(ctx, { ways: waysIn(hub), courses: isOpen(hub), next })
  })

  router.post('/hub/login/:name', ownPage, async (ctx) => {
    const { next: wanted, username = '', password = '' } = await readForm(ctx)
    const next = safeNext(wanted, hub.hubUrl) ?? '/hub/home'
    keepOpener(ctx, next)
    const authenticator = waysIn(hub).find((one) => one.name === ctx.params.name)
    if (authenticator === undefined)
      throw new HttpError(404, 'unknown_way_in', 'There is no such way to sign in here.', [
        { href: '/hub/login', text: 'Sign in' },
      ])
    if (authenticator.kind === 'redirect') {
      countSignIn(hub, ctx)
      return begin(hub, ctx, authenticator, next)
    }
    const identity = await attempt(hub, authenticator, next, () =>
      counted(hub, ctx, username, () => authenticator.authenticate(username, password)),
    )
    if (identity === undefined) {
      ctx.status = 403
      hub.log.info({ authenticator: authenticator.name }, 'wrong name or password')
      return sendSignInPage(ctx, {
        ways: waysIn(hub),
        courses: isOpen(hub),
        next,
        problem: 'The name or the password is not right. Try again.',
      })
    }
    await letIn(hub, ctx, authenticator, identity)
    ctx.status = 303
    ctx.redirect(next)
  })

  router.get(callbackPath, async (ctx) => {
    const { pending } = sessionOf(ctx)
    keepOpener(ctx, pending?.next)
    const authenticator = waysIn(hub).find((one) => one.name === pending?.authenticator)
    if (pending === undefined || authenticator?.kind !== 'redirect') {
      throw new HttpError(
        400,
        'no_sign_in',
        'This sign-in was not begun in this browser, or was finished already. Begin again.',
        [{ href: '/hub/login', text: 'Sign in' }],
      )
    }
    // A pending sign-in is used once, whatever comes of it.
    delete sessionOf(ctx).pending
    const identity = await attempt(hub, authenticator, pending.next, () =>
      authenticator.finish(new URL(ctx.req.url ?? '', hub.hubUrl), pending.state),
    )
    await letIn(hub, ctx, authenticator, identity)
    ctx.redirect(safeNext(pending.next, hub.hubUrl) ?? '/hub/home')
  })

  router.get('/hub/logout', async (ctx) => {
    const user = await currentUser(hub, ctx)
    if (user === undefined) return ctx.redirect('/')
    sendSignOutPage(ctx, user)
  })

  router.post('/hub/logout', ownPage, async (ctx) => {
    const everywhere = (await readForm(ctx)).everywhere === 'true'
    const began = performance.now()
    const delivery = await signOut(hub, ctx, { everywhere })
    observe(hub.counters.signOuts, secondsSince(began))
    sendSignedOutPage(ctx, delivery, everywhere)
  })

  return router
}

/**
 * Returns the authenticators that a person can click on or type into. Launch links and open temporary users need no
 * page.
 */
export function waysIn(hub: Hub): (PasswordAuthenticator | RedirectAuthenticator)[] {
  return hub.config.authenticators.flatMap((one) => {
    if (one.kind === 'temporary') return one.behind === undefined ? [] : [one.behind]
    return one.kind === 'launch' ? [] : [one]
  })
}

/** Returns whether any visitor may come in as a temporary user. */
export function isOpen(hub: Hub): boolean {
  return hub.config.authenticators.some((one) => one.kind === 'temporary' && one.behind === undefined)
}

async function begin(hub: Hub, ctx: Koa.Context, authenticator: RedirectAuthenticator, next: string): Promise<void> {
  const { redirectTo, pending } = await asking(authenticator, next, () =>
    authenticator.begin(hub.hubUrl + callbackPath),
  )
  sessionOf(ctx).pending = { authenticator: authenticator.name, state: pending, next }
  ctx.status = 303
  ctx.redirect(redirectTo)
}

/** Signs the person in, or, behind a gate, a temporary user. Only the event tells which person that is. */
async function letIn(
  hub: Hub,
  ctx: Koa.Context,
  authenticator: Authenticator,
  identity: { subject: string; name: string },
): Promise<void> {
  const gated = hub.config.authenticators.find(
    (one) => one.kind === 'temporary' && one.behind?.name === authenticator.name,
  )
  if (gated !== undefined) countNewUser(hub, ctx)
  const user =
    gated?.kind === 'temporary' ? await userOf(hub, gated, gated.create()) : await userOf(hub, authenticator, identity)
  await signIn(hub, ctx, user, gated ? { gate: authenticator.name } : {})
  await addEvent(hub.db, {
    kind: 'signed-in',
    user: user.id,
    detail: { authenticator: authenticator.name, ...(gated && { person: identity.subject }) },
  })
  hub.log.info({ user: user.id, authenticator: authenticator.name }, 'signed in')
}

/** Calls an authenticator for an identity, and measures how long that took. */
async function attempt<T>(
  { counters }: Pick<Hub, 'counters'>,
  authenticator: Authenticator,
  next: string,
  call: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  let identity: T | undefined
  try {
    identity = await asking(authenticator, next, call)
    return identity
  } finally {
    observeFor(counters.signIns, identity === undefined ? 'failure' : 'success', secondsSince(began))
  }
}

/**
 * Calls an authenticator. A refusal becomes a page that says why, and from which the person can still get to `next`.
 */
async function asking<T>(authenticator: Authenticator, next: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if ((error as Error).name !== 'AuthenticationError') throw error
    const again = { href: `/hub/login?next=${encodeURIComponent(next)}`, text: 'Try again' }
    throw Object.assign(new HttpError(403, 'sign_in_failed', messageOf(error), [again]), {
      detail: `${authenticator.name}: ${(error as { detail?: string }).detail ?? ''}`,
    })
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
