import type Koa from 'koa'
import session from 'koa-session'
import { countedValues } from '../../seats/cookie.ts'
import { hashSecret, newSecret } from '../db/ids.ts'
import {
  addSession,
  deleteSession,
  isLiveSession,
  readSession,
  type SessionContent,
  type StandsOn,
  updateSession,
} from '../db/sessions.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

declare module 'koa' {
  interface DefaultState {
    /** The session's id: opens it, so it goes nowhere but into the cookie and the hash. */
    sessionId?: string
    /** The id that the next regeneration takes, when a first-visit nonce fixes it. */
    nextSessionId?: string
    /** An id that this request has made and that no row has yet. */
    newSessionId?: string
    /** What that one stands on. */
    standsOn?: StandsOn | undefined
    /** The page is in a frame, as the request or the page itself says. */
    framed?: boolean
  }
}

const unusedCookie = 'carrel-none'

/**
 * koa-session with a store of ours, an id of ours, and a cookie whose attributes follow the request. Nothing is
 * remembered from request to request: what has ended at one hub has ended at all of them.
 */
export function sessions(hub: Hub, app: Koa): Koa.Middleware {
  const milliseconds = hub.config.sessions.seconds * 1000
  const store = {
    get: (id: string) => readSession(hub.db, id),
    async set(id: string, content: SessionContent, _maxAge: unknown, { ctx }: { ctx: Koa.Context }) {
      if (ctx.state.newSessionId !== id) return updateSession(hub.db, id, content, milliseconds)
      const { standsOn } = ctx.state
      if (!(await addSession(hub.db, id, content, { milliseconds, standsOn }))) throw signedOut()
      delete ctx.state.newSessionId
    },
    destroy: (id: string) => deleteSession(hub.db, id),
  }
  const present = cookieName(hub.hubUrl)
  const inner = session(
    {
      // koa-session clears a cookie of this name by itself; the one that counts is `externalKey`'s.
      key: unusedCookie,
      maxAge: milliseconds,
      signed: false,
      renew: true,
      store,
      genid: (ctx: Koa.Context) => {
        ctx.state.newSessionId = ctx.state.nextSessionId ?? newSecret()
        return ctx.state.newSessionId
      },
      externalKey: {
        get: (ctx: Koa.Context) => ctx.state.sessionId,
        set: (ctx: Koa.Context, id: string) => {
          ctx.state.sessionId = id
          setCookie(ctx, hub.hubUrl, id, milliseconds)
        },
      },
    } as unknown as Parameters<typeof session>[0],
    app as never,
  ) as unknown as Koa.Middleware
  return async function sessionOfCookies(ctx, next) {
    ctx.state.sessionId = await validOf(hub, readCookies(ctx, present))
    await inner(ctx, next)
  }
}

/** Of several the first that is a session: in a frame, one of the frame's own and one of the whole browser may come along. */
async function validOf(hub: Hub, ids: string[]): Promise<string> {
  for (const id of ids.length > 1 ? ids : []) {
    if (await isLiveSession(hub.db, hashSecret(id))) return id
  }
  return ids[0] ?? ''
}

/** This browser's session, empty before sign-in. */
export function sessionOf(ctx: Koa.Context): SessionContent {
  return (ctx as unknown as { session: SessionContent }).session
}

/** Gives the session a new id, or the one that a nonce fixes: whoever knew the old one holds nothing. */
export async function regenerate(
  ctx: Koa.Context,
  { sessionId, standsOn }: { sessionId?: string; standsOn?: StandsOn } = {},
): Promise<void> {
  if (sessionId !== undefined) ctx.state.nextSessionId = sessionId
  ctx.state.standsOn = standsOn
  await (sessionOf(ctx) as unknown as { regenerate(): Promise<void> }).regenerate()
  delete ctx.state.nextSessionId
}

function signedOut(): HttpError {
  return new HttpError(403, 'signed_out', 'You have signed out meanwhile. Open the link once more.')
}

export function endSession(ctx: Koa.Context, hubUrl: string): void {
  ;(ctx as unknown as { session: null }).session = null
  setCookie(ctx, hubUrl, '', 0)
}

function cookieName(hubUrl: string): string {
  return hubUrl.startsWith('https:') ? '__Host-Http-carrel' : 'carrel'
}

function setCookie(ctx: Koa.Context, hubUrl: string, value: string, milliseconds: number): void {
  const secure = hubUrl.startsWith('https:')
  // In a frame only a partitioned cookie comes back. Never None at top level: it would ride on foreign form posts.
  const framed = ctx.state.framed ?? sessionOf(ctx)?.framed === true
  const scope = framed ? 'SameSite=None; Secure; Partitioned' : `SameSite=Lax${secure ? '; Secure' : ''}`
  const age = Math.round(milliseconds / 1000)
  const others = [ctx.res.getHeader('Set-Cookie') ?? []].flat().filter((line) => !isOurs(String(line)))
  const name = cookieName(hubUrl)
  ctx.set('Set-Cookie', [...others.map(String), `${name}=${value}; Path=/; HttpOnly; Max-Age=${age}; ${scope}`])
}

/** One answer sets the session's cookie once, and never the one that koa-session would clear. */
function isOurs(line: string): boolean {
  return ['carrel=', '__Host-Http-carrel=', `${unusedCookie}=`].some((start) => line.startsWith(start))
}

/** What cookies of exactly this name say that look like ours, in the browser's order: none where they are nobody's. */
export function readCookies(ctx: Koa.Context, name: string): string[] {
  const values = countedValues(ctx.get('Cookie'), name)
  return values === 'several' ? [] : values.filter((value) => /^[A-Za-z0-9_-]{43}$/.test(value))
}
