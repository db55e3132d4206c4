import Router from '@koa/router'
import type Koa from 'koa'
import {
  AuthenticationError,
  type Authenticator,
  type HeaderAuthenticator,
  type PasswordAuthenticator,
  type PersonAuthenticator,
  type RedirectAuthenticator,
  type RedirectIdentity,
  type TemporaryAuthenticator,
} from '../../authenticators/authenticator.ts'
import { observeFor } from '../../metrics/histogram.ts'
import { plainIn, type Said, say } from '../../words/text.ts'
import { type CameBy, cameBy, currentUser, signIn, userOf } from '../access/account.ts'
import { allowAutomatic, automaticWay, pauseAutomatic, stopAutomatic } from '../access/automatic-sign-in.ts'
import { endedSignIns, lastNext, rememberSignIn, takeSignIn } from '../access/begun-sign-ins.ts'
import { identityAtGateway } from '../access/gateway.ts'
import { keepGroups } from '../access/groups.ts'
import { hasLostSession, sessionOf } from '../access/session.ts'
import { SignInFirst, signInLink } from '../access/sign-in-first.ts'
import { keepSignOutHint } from '../access/sign-out-hint.ts'
import { addEvent } from '../db/events.ts'
import type { User } from '../db/users.ts'
import { type ErrorLink, HttpError, messageOf } from '../errors.ts'
import { counted, countNewUser, countSignIn } from '../http/limits.ts'
import { keepOpener, queryOf, readForm, requireOwnPage, safeNext, wantsHtml } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { secondsSince } from '../metrics/counters.ts'
import { type SignInWay, sendSignInPage } from '../views/sign-in.ts'

/** The path to which every identity provider sends browsers back: JupyterHub's, so that registrations stay valid. */
const callbackPath = '/hub/oauth_callback'

export function loginRoutes(hub: Hub): Router {
  const router = new Router()
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/hub/login', async (ctx) => {
    const next = safeNext(single(queryOf(ctx).next), hub.hubUrl)
    keepOpener(ctx, next)
    if ((await currentUser(hub, ctx)) !== undefined) return ctx.redirect(next ?? '/hub/home')
    const otherAccount = queryOf(ctx).other !== undefined
    const automatic = !otherAccount && automaticWay(hub, ctx) !== undefined
    const [ways, lost] = [shownWays(hub), hasLostSession(ctx)]
    sendSignInPage(ctx, { ways, courses: isOpen(hub), next, lost, automatic, otherAccount })
  })

  // Without a name as JupyterHub has it, for the only form that there is.
  router.post(['/hub/login', '/hub/login/:name'], ownPage, async (ctx) => {
    const form = await readForm(ctx)
    const { next: wanted = single(queryOf(ctx).next), username = '', password = '', automatic } = form
    const next = safeNext(wanted, hub.hubUrl) ?? '/hub/home'
    keepOpener(ctx, next)
    const authenticator = wayFor(hub, ctx.params.name)
    if (authenticator === undefined)
      throw new HttpError(404, 'unknown_way_in', say`There is no such way to sign in here.`, [
        { href: '/hub/login', text: say`Sign in` },
      ])
    if (authenticator.kind !== 'password') {
      if (automatic !== undefined) {
        // The page then has its button only.
        if (automaticWay(hub, ctx) !== authenticator) {
          ctx.status = 303
          return ctx.redirect(signInLink(next))
        }
        pauseAutomatic(hub, ctx)
      }
      countSignIn(hub, ctx)
      return stoppingAutomatic(hub, ctx, () =>
        authenticator.kind === 'redirect'
          ? begin(hub, ctx, authenticator, next, { otherAccount: form.other !== undefined })
          : takeFromGateway(hub, ctx, authenticator, next),
      )
    }
    const identity = await attempt(hub, authenticator, next, () =>
      counted(hub, ctx, username, () =>
        authenticator.authenticate(asksForName(hub, authenticator) ? username : 'guest', password),
      ),
    )
    if (identity === undefined) {
      ctx.status = 403
      hub.log.info({ authenticator: authenticator.name }, 'wrong name or password')
      return sendSignInPage(ctx, {
        ways: shownWays(hub),
        courses: isOpen(hub),
        next,
        problem: wrongPassword(hub, authenticator),
      })
    }
    await letIn(hub, ctx, authenticator, identity)
    ctx.status = 303
    ctx.redirect(next)
  })

  router.get(callbackPath, async (ctx) => {
    const begun = takeSignIn(ctx, single(queryOf(ctx).state))
    keepOpener(ctx, begun?.next)
    const next = safeNext(begun?.next, hub.hubUrl) ?? '/hub/home'
    const authenticator = waysIn(hub).find((one) => one.name === begun?.authenticator)
    if (begun?.pending === undefined || authenticator?.kind !== 'redirect') {
      // Browsers open this address again, from their history or when they restore tabs.
      if (await hasSignedIn(hub, ctx)) return ctx.redirect(next)
      const wanted = begun?.next ?? lastNext(ctx)
      throw new HttpError(
        400,
        'no_sign_in',
        say`This sign-in was not begun in this browser, or was finished already. Begin again.`,
        [
          wanted === undefined
            ? { href: '/hub/login', text: say`Sign in` }
            : { href: signInLink(wanted), text: say`Try again` },
        ],
      )
    }
    const { pending, restarted } = begun
    await stoppingAutomatic(hub, ctx, async () => {
      const identity = await attempt(hub, authenticator, next, () =>
        authenticator.finish(new URL(ctx.req.url ?? '', hub.hubUrl), pending),
      ).catch((error: unknown) => {
        if (restarted || (error as { beginAgain?: boolean }).beginAgain !== true) throw error
        return undefined
      })
      if (identity === undefined) return begin(hub, ctx, authenticator, next, { restarted: true })
      const ended = endedSignIns(ctx)
      await letIn(hub, ctx, authenticator, identity).catch((error: unknown) => {
        // The provider would come with the same account again.
        if (error instanceof HttpError && error.links.length === 0) error.links.push(withOtherAccount(next))
        throw error
      })
      sessionOf(ctx).signIns = ended
      return ctx.redirect(next)
    })
  })

  return router
}

/**
 * Leads a browser that asks for a page of signed-in users to the sign-in page, which leads back. Programs and pressed
 * buttons get the error itself.
 */
export async function leadToSignIn(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    if (!(error instanceof SignInFirst) || ctx.method !== 'GET' || !wantsHtml(ctx)) throw error
    ctx.redirect(error.signIn)
  }
}

/**
 * Returns the authenticators that a person can click on or type into. Launch links and open temporary users need no
 * page.
 */
export function waysIn(hub: Hub): PersonAuthenticator[] {
  return hub.config.authenticators.flatMap((one) => {
    if (one.kind === 'temporary') return one.behind === undefined ? [] : [one.behind]
    return one.kind === 'launch' ? [] : [one]
  })
}

/** Returns the way in of this name; without one the only way that has a form, if there is only one. */
function wayFor(hub: Hub, name: string | undefined): PersonAuthenticator | undefined {
  if (name !== undefined) return waysIn(hub).find((one) => one.name === name)
  const [form, ...others] = waysIn(hub).filter(({ kind }) => kind === 'password')
  return others.length === 0 ? form : undefined
}

function wrongPassword(hub: Hub, authenticator: PasswordAuthenticator): Said {
  if (!asksForName(hub, authenticator)) return say`The password is not right. Try again.`
  const way = say`The name or the password is not right. Try again.`
  if (authenticator.accounts === undefined) return way
  return say`${way} If you have lost your password, ask the people who run this site for a link to set another one.`
}

/** Returns those authenticators as a page shows them. */
export function shownWays(hub: Hub): SignInWay[] {
  return waysIn(hub).map((way) =>
    way.kind === 'password' ? { ...way, asksForName: asksForName(hub, way), namesAreChosen: way.namesAreChosen } : way,
  )
}

/** Returns whether the form asks for a name: it does not where the name is any and the user gets a random one. */
function asksForName(hub: Hub, { name, namesAreChosen }: PasswordAuthenticator): boolean {
  return namesAreChosen !== true || gateOf(hub, name) === undefined
}

/** Returns whether any visitor may come in as a temporary user. */
export function isOpen(hub: Hub): boolean {
  return hub.config.authenticators.some((one) => one.kind === 'temporary' && one.behind === undefined)
}

async function begin(
  hub: Hub,
  ctx: Koa.Context,
  authenticator: RedirectAuthenticator,
  next: string,
  { restarted = false, otherAccount = false } = {},
): Promise<void> {
  const { redirectTo, pending } = await asking(authenticator, next, () =>
    authenticator.begin(hub.hubUrl + callbackPath, { otherAccount }),
  )
  const key = URL.canParse(redirectTo) ? new URL(redirectTo).searchParams.get('state') : null
  rememberSignIn(ctx, { authenticator: authenticator.name, ...(key !== null && { key }), pending, next, restarted })
  ctx.status = 303
  ctx.redirect(redirectTo)
}

/** Lets in the person whom the gateway in front names with this very request. */
async function takeFromGateway(
  hub: Hub,
  ctx: Koa.Context,
  authenticator: HeaderAuthenticator,
  next: string,
): Promise<void> {
  const identity = await attempt(hub, authenticator, next, async () => {
    const named = identityAtGateway(hub, ctx, authenticator)
    if (named === undefined) throw new AuthenticationError(plainIn(unnamed, 'en'), { detail: noWords })
    return named
  })
  await letIn(hub, ctx, authenticator, identity, { authenticator: authenticator.name, subject: identity.subject })
  ctx.status = 303
  ctx.redirect(next)
}

const noWords =
  'no gateway has named a person: look at from, at the names of its headers, and at --gateways and --gateway-headers of the proxy'
const unnamed = say`The sign-in service in front of this site has not said who you are. Sign in there, then try again. If you came by another address of this site, use the usual one.`

/** Signs the person in, or, behind a gate, a temporary user. Only the event tells which person that is. */
async function letIn(
  hub: Hub,
  ctx: Koa.Context,
  authenticator: Authenticator,
  identity: RedirectIdentity,
  gateway?: CameBy['gateway'],
): Promise<void> {
  const gated = gateOf(hub, authenticator.name)
  if (gated !== undefined) countNewUser(hub, ctx)
  const user = gated ? await userOf(hub, gated, gated.create()) : await personOf(hub, authenticator, identity)
  await signIn(hub, ctx, user, cameBy({ gate: gated && authenticator.name, gateway }))
  keepSignOutHint(ctx, identity.signOutHint)
  allowAutomatic(hub, ctx)
  await addEvent(hub.db, {
    kind: 'signed-in',
    user: user.id,
    detail: { authenticator: authenticator.name, ...(gated && { person: identity.subject }) },
  })
  hub.log.info({ user: user.id, authenticator: authenticator.name }, 'signed in')
}

/** Returns whether this browser has come in by a sign-in, as a person or by a gate, and not by a link alone. */
async function hasSignedIn(hub: Hub, ctx: Koa.Context): Promise<boolean> {
  const user = await currentUser(hub, ctx)
  return user?.kind === 'person' || (user !== undefined && sessionOf(ctx).gate !== undefined)
}

/** Does a part of a sign-in. When it fails, the browser's next sign-in waits for a button. */
async function stoppingAutomatic(hub: Hub, ctx: Koa.Context, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    stopAutomatic(hub, ctx)
    throw error
  }
}

/** Returns the authenticator of the temporary users who come in by the one of this name. */
function gateOf(hub: Hub, name: string): TemporaryAuthenticator | undefined {
  return hub.config.authenticators.find(
    (one): one is TemporaryAuthenticator => one.kind === 'temporary' && one.behind?.name === name,
  )
}

async function personOf(hub: Hub, authenticator: Authenticator, identity: RedirectIdentity): Promise<User> {
  return keepGroups(hub, await userOf(hub, authenticator, identity), authenticator, identity.groups)
}

/** Calls an authenticator for an identity, and measures how long that took. */
async function attempt<T>(
  hub: Pick<Hub, 'counters' | 'db'>,
  authenticator: Authenticator,
  next: string,
  call: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  let identity: T | undefined
  try {
    identity = await asking(authenticator, next, call)
    return identity
  } catch (error) {
    const { refused } = error as { refused?: string }
    if (refused !== undefined) {
      const detail = { authenticator: authenticator.name, person: refused }
      await addEvent(hub.db, { kind: 'sign-in-refused', detail })
    }
    throw error
  } finally {
    observeFor(hub.counters.signIns, identity === undefined ? 'failure' : 'success', secondsSince(began))
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
    const { detail = '', beginAgain = false, refused } = error as Partial<AuthenticationError>
    const again = refused === undefined ? { href: signInLink(next), text: say`Try again` } : withOtherAccount(next)
    throw Object.assign(new HttpError(403, 'sign_in_failed', messageOf(error), [again]), {
      detail: `${authenticator.name}: ${detail}`,
      beginAgain,
      refused,
    })
  }
}

function withOtherAccount(next: string): ErrorLink {
  return { href: `${signInLink(next)}&other=true`, text: say`Use another account` }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
