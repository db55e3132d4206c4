import type Koa from 'koa'
import session, { type CreateSessionOptions } from 'koa-session'
import { say } from '../../words/text.ts'
import { hashSecret, newSecret } from '../db/ids.ts'
import {
  addSession,
  deleteSession,
  isLiveSession,
  type Precondition,
  readSession,
  type SessionContent,
  updateSession,
} from '../db/sessions.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { readCookies, sessionCookie, setSessionCookie, unusedCookie } from './cookies.ts'

type Session = SessionContent & {
  regenerate(): Promise<void>
  /** Whether no row of a session was found for this request. */
  readonly isNew: boolean
}

declare module 'koa' {
  interface DefaultState {
    /** The session's id. The id opens the session, so it goes nowhere but into the cookie and the hash. */
    sessionId?: string
    /** The id that the next regeneration takes, when a first-visit nonce fixes it. */
    nextSessionId?: string
    /** An id that this request has made and that no row has yet. */
    newSessionId?: string
    /** What this request has added as its session, but for the time of its end. */
    addedSession?: { id: string; content: string }
    /** What must still hold when the session of `newSessionId` is added. */
    precondition?: Precondition | undefined
    /** Ids of sessions that do not count for this request, since their gateway has not named their person. */
    uncountedSessions?: string[]
    /** Whether the page is in a frame, as the request or the page itself says. */
    framed?: boolean
  }
  interface DefaultContext {
    /** Made by koa-session; null ends the session. */
    session: Session | null
  }
}

/**
 * Returns koa-session with a store of ours, an id of ours, and a cookie whose attributes follow the request. No session
 * is remembered from request to request: what has ended at one hub has ended at all of them.
 */
export function sessions(hub: Hub, app: Koa): Koa.Middleware {
  const milliseconds = hub.config.sessions.seconds * 1000
  const store = {
    get: (id: string) => readSession(hub.db, id),
    async set(id: string, content: SessionContent, _maxAge: unknown, { ctx }: { ctx?: Koa.Context }) {
      const text = JSON.stringify({ ...content, _expire: undefined })
      if (ctx?.state.newSessionId !== id) {
        // koa-session writes a session that this request has just added once more at its end.
        const { addedSession: added } = ctx?.state ?? {}
        if (added?.id === id && added.content === text) return
        return updateSession(hub.db, id, content, milliseconds)
      }
      const { precondition } = ctx.state
      if (!(await addSession(hub.db, id, content, { milliseconds, precondition }))) throw signedOut()
      delete ctx.state.newSessionId
      ctx.state.addedSession = { id, content: text }
    },
    async destroy(id: string, { ctx }: { ctx?: Koa.Context } = {}) {
      // No row has an id that this request has made and not kept.
      if (ctx?.state.newSessionId !== id) await deleteSession(hub.db, id)
    },
  }
  const options: CreateSessionOptions = {
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
      get: (ctx: Koa.Context) => ctx.state.sessionId ?? '',
      set: (ctx: Koa.Context, id: string) => {
        ctx.state.sessionId = id
        setSessionCookie(ctx, hub.hubUrl, { value: id, milliseconds, framed: isFramed(ctx) })
      },
    },
  }
  const inner: Koa.Middleware = session(options, app)
  return async function sessionOfCookies(ctx, next) {
    const uncounted = ctx.state.uncountedSessions ?? []
    const ids = readCookies(ctx, sessionCookie(hub.hubUrl)).filter((id) => !uncounted.includes(id))
    ctx.state.sessionId = await validOf(hub, ids)
    await inner(ctx, next)
  }
}

/**
 * Returns the first of several ids that is a session's: in a frame, one of the frame's own and one of the whole browser
 * may come along.
 */
async function validOf(hub: Hub, ids: string[]): Promise<string> {
  for (const id of ids.length > 1 ? ids : []) {
    if (await isLiveSession(hub.db, hashSecret(id))) return id
  }
  return ids[0] ?? ''
}

/** Returns this browser's session, empty before sign-in. */
export function sessionOf({ session }: Koa.Context): Session {
  if (session === null) throw new Error('this request has ended its session')
  return session
}

/** Returns whether this browser has the cookie of a session that has ended. */
export function hasLostSession(ctx: Koa.Context): boolean {
  return sessionOf(ctx).isNew && (ctx.state.sessionId ?? '') !== ''
}

/** Gives the session a new id, or the one that a nonce fixes, so that the old id opens nothing any more. */
export async function regenerate(
  ctx: Koa.Context,
  { sessionId, precondition }: { sessionId?: string; precondition?: Precondition } = {},
): Promise<void> {
  if (sessionId !== undefined) ctx.state.nextSessionId = sessionId
  ctx.state.precondition = precondition
  await sessionOf(ctx).regenerate()
  delete ctx.state.nextSessionId
}

export function endSession(ctx: Koa.Context, hubUrl: string): void {
  const framed = isFramed(ctx)
  ctx.session = null
  setSessionCookie(ctx, hubUrl, { value: '', milliseconds: 0, framed })
}

/**
 * Returns whether the session's cookie is a frame's, with `SameSite=None`. At top level it never is, because such a
 * cookie would ride on foreign form posts.
 */
function isFramed(ctx: Koa.Context): boolean {
  return ctx.state.framed ?? ctx.session?.framed === true
}

function signedOut(): HttpError {
  return new HttpError(403, 'signed_out', say`You have signed out meanwhile. Open the link once more.`)
}
