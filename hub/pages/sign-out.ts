import Router from '@koa/router'
import type Koa from 'koa'
import {
  type HeaderAuthenticator,
  type PersonAuthenticator,
  providerNameOf,
  type RedirectAuthenticator,
} from '../../authenticators/authenticator.ts'
import { observe } from '../../metrics/histogram.ts'
import { currentUser } from '../access/account.ts'
import { stopAutomatic } from '../access/automatic-sign-in.ts'
import { readCode, signCode } from '../access/codes.ts'
import { signOut, stopsAtSignOut } from '../access/ending.ts'
import { sessionOf } from '../access/session.ts'
import { signInLink } from '../access/sign-in-first.ts'
import { readSignOutHint } from '../access/sign-out-hint.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { serversOf } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { messageOf } from '../errors.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import { isFramed, queryOf, readForm, requireOwnPage, safeNext } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { secondsSince } from '../metrics/counters.ts'
import { allAncestors } from '../site.ts'
import {
  type Onward,
  type StoppingNotebook,
  sendNoUserPage,
  sendSignedOutPage,
  sendSignOutPage,
} from '../views/sign-out.ts'
import { waysIn } from './login.ts'

/** The path to which a provider sends browsers back after a sign-out. Operators register it there. */
const signedOutPath = '/hub/signed-out'

/** The longest path that goes to a provider and back in an address. */
const longestNext = 1000

export function signOutRoutes(hub: Hub): Router {
  const router = new Router()

  router.get('/hub/logout', async (ctx) => {
    const framed = allowFrame(hub, ctx)
    const next = nextOf(hub, queryOf(ctx).next)
    const user = await currentUser(hub, ctx)
    if (user === undefined) {
      if (framed) return sendNoUserPage(ctx)
      return ctx.redirect(next === undefined ? '/' : signInLink(next))
    }
    const stopping = stopsAtSignOut(hub, user) ? await runningNotebooks(hub, user) : undefined
    const provider = providerOf(hub, ctx, user)
    const name = provider && providerNameOf(provider.label)
    sendSignOutPage(ctx, { user, stopping, framed, next, provider: name })
  })

  router.post('/hub/logout', requireOwnPage(hub.hubUrl), async (ctx) => {
    const framed = allowFrame(hub, ctx)
    const form = await readForm(ctx)
    const everywhere = form.everywhere === 'true'
    const user = await currentUser(hub, ctx)
    const next = user?.kind === 'temporary' ? undefined : nextOf(hub, form.next)
    const provider = user && providerOf(hub, ctx, user)
    const knownAt = user && lastingSignIn(wayOf(hub, ctx, user))
    const hint = readSignOutHint(ctx)
    const began = performance.now()
    const delivery = await signOut(hub, ctx, { everywhere })
    observe(hub.counters.signOuts, secondsSince(began))
    stopAutomatic(hub, ctx)
    const onward = provider && (await onwardTo(hub, provider, { hint, everywhere, next }))
    sendSignedOutPage(ctx, { delivery, everywhere, framed, next, onward, knownAt })
  })

  router.get(signedOutPath, async (ctx) => {
    if ((await currentUser(hub, ctx)) !== undefined) return ctx.redirect('/hub/home')
    const { state } = queryOf(ctx)
    const told = typeof state === 'string' ? await readCode(hub, 'signed-out', state) : undefined
    const next = nextOf(hub, told?.next)
    sendSignedOutPage(ctx, { everywhere: told?.everywhere ?? false, framed: false, next, cameFrom: told?.provider })
  })

  return router
}

/**
 * Returns whether the page is in a frame that has a session of its own, or none. Then sites that may frame a course may
 * frame this page too, because a notebook in a frame leads to it.
 */
function allowFrame(hub: Hub, ctx: Koa.Context): boolean {
  const { user, framed } = sessionOf(ctx)
  if (!isFramed(ctx) || (user !== undefined && framed !== true)) return false
  ctx.state.ancestors = allAncestors(hub)
  return true
}

function nextOf(hub: Hub, next: string | string[] | undefined): string | undefined {
  return typeof next === 'string' ? safeNext(next, hub.hubUrl) : undefined
}

/** Returns the servers of this user that would stop now. */
async function runningNotebooks(hub: Hub, user: User): Promise<StoppingNotebook[]> {
  const servers = (await serversOf(hub.db, [user.id])).filter(isRunning)
  return servers.map((server) => {
    const course = hub.courses.all[server.course]
    return { title: course?.title ?? course?.name ?? server.course, keepsFiles: keepsFiles(hub, server) }
  })
}

/** Returns the authenticator by which this session's person came in, if its provider can be told of the sign-out. */
function providerOf(hub: Hub, ctx: Koa.Context, user: User): Provider | undefined {
  const found = wayOf(hub, ctx, user)
  return found !== undefined && found.kind !== 'password' && found.signOutUrl !== undefined ? found : undefined
}

/** Returns what a gateway in front is called that goes on naming the person, since it cannot be told of the sign-out. */
function lastingSignIn(way: PersonAuthenticator | undefined): string | undefined {
  return way?.kind === 'header' && way.signOutUrl === undefined ? providerNameOf(way.label) : undefined
}

function wayOf(hub: Hub, ctx: Koa.Context, user: User): PersonAuthenticator | undefined {
  const name = sessionOf(ctx).gate ?? user.authenticator
  return waysIn(hub).find((one) => one.name === name)
}

type Provider = RedirectAuthenticator | HeaderAuthenticator

/** Returns the provider's address for the sign-out there. A provider that fails keeps no one signed in here. */
async function onwardTo(
  hub: Hub,
  provider: Provider,
  { hint, everywhere, next }: { hint: string | undefined; everywhere: boolean; next: string | undefined },
): Promise<Onward | undefined> {
  const name = providerNameOf(provider.label)
  // A gateway's address is the operator's own, and says itself where it leads on to.
  if (provider.kind === 'header')
    return provider.signOutUrl === undefined ? undefined : { url: provider.signOutUrl, name }
  try {
    const short = next !== undefined && next.length <= longestNext ? { next } : {}
    const state = await signCode(hub, { for: 'signed-out', everywhere, provider: name, ...short })
    const url = await provider.signOutUrl?.(hub.hubUrl + signedOutPath, { state, hint })
    return url === undefined ? undefined : { url, name }
  } catch (error) {
    hub.log.warn({ authenticator: provider.name, reason: messageOf(error) }, 'the provider was not told of a sign-out')
    return undefined
  }
}
