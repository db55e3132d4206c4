import { createHash } from 'node:crypto'
import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { say } from '../../words/text.ts'
import { cameBy, currentUser, signIn, whoseSession } from '../access/account.ts'
import { automaticWay } from '../access/automatic-sign-in.ts'
import { readCode, signCode, useCode } from '../access/codes.ts'
import { sessionOf } from '../access/session.ts'
import { addEvent } from '../db/events.ts'
import { holdSession, isLiveSession, type Precondition } from '../db/sessions.ts'
import { findUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { keepOpener, queryOf, readJson, requireOwnPage, safeNext, windowPath } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { allAncestors } from '../site.ts'
import { sendSignInPage, sendWindowPage } from '../views/sign-in.ts'
import { shownWays } from './login.ts'

/**
 * Signs in from inside a frame, where no provider can be shown. The frame makes a random verifier, keeps it, and opens
 * `/hub/window?challenge=<the verifier's SHA-256>`. The person signs in there, at top level. The window asks for a code
 * and posts it to the frame that opened it. That frame, which alone has the verifier, gets a session of its own for the
 * code.
 */
export function signInWindow(hub: Hub): Router {
  const router = new Router({ prefix: windowPath })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    keepOpener(ctx, `${windowPath}?`)
    const asked = windowQuery.safeParse(queryOf(ctx))
    const next = safeNext(asked.data?.next, hub.hubUrl)
    if (asked.data === undefined || next === undefined)
      throw new HttpError(
        400,
        'bad_window',
        say`This window was not opened by a button of ours. Close it and try again.`,
      )
    const { challenge } = asked.data
    if ((await signedIn(hub, ctx)) !== undefined) return sendWindowPage(ctx, { challenge, next })
    const back = `${windowPath}?challenge=${challenge}&next=${encodeURIComponent(next)}`
    const automatic = automaticWay(hub, ctx) !== undefined
    sendSignInPage(ctx, { ways: shownWays(hub), courses: false, next: back, automatic })
  })

  router.post('/code', ownPage, async (ctx) => {
    const { challenge } = parsed(codeBody, await readJson(ctx))
    const user = await signedIn(hub, ctx)
    if (user === undefined) throw new HttpError(401, 'sign_in', say`Your session has ended. Sign in again.`)
    ctx.status = 201
    ctx.body = { code: await signCode(hub, { for: 'frame', challenge, ...whoseSession(ctx, user) }) }
  })

  router.post('/session', ownPage, async (ctx) => {
    const { code, verifier } = parsed(sessionBody, await readJson(ctx))
    if (allAncestors(hub).length === 0) throw refused()
    const read = await readCode(hub, 'frame', code)
    // The verifier first: a request that sends a code without its verifier must not use the code up.
    if (read === undefined || read.challenge !== createHash('sha256').update(verifier).digest('base64url'))
      throw refused()
    const live = (await useCode(hub, 'frame', code)) !== undefined && (await isLiveSession(hub.db, read.session))
    const user = live ? await findUser(hub.db, read.user) : undefined
    if (user?.state !== 'active') throw refused()
    ctx.state.framed = true
    const precondition: Precondition = (trx) => holdSession(trx, read.session)
    await signIn(hub, ctx, user, { precondition, framed: true, ...cameBy(read) })
    await addEvent(hub.db, {
      kind: 'signed-in',
      user: user.id,
      detail: { authenticator: user.authenticator, framed: true },
    })
    ctx.body = {}
  })

  return router
}

const random = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const windowQuery = z.strictObject({ challenge: random, next: z.string() })
const codeBody = z.strictObject({ challenge: random })
const sessionBody = z.strictObject({ code: z.string().max(2000), verifier: random })

function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const { data } = schema.safeParse(input)
  if (data === undefined) throw new HttpError(400, 'bad_window', say`This request is not well formed.`)
  return data
}

/**
 * Returns the user if a person went through a sign-in. A frame does not ask for another user of this browser, such as
 * an LMS's learner.
 */
async function signedIn(hub: Hub, ctx: Koa.Context): Promise<User | undefined> {
  const user = await currentUser(hub, ctx)
  return user?.kind === 'person' || sessionOf(ctx).gate !== undefined ? user : undefined
}

function refused(): HttpError {
  return new HttpError(
    403,
    'code_refused',
    say`The sign-in did not reach this page: it took longer than a minute, or was used before. Press the button once more.`,
  )
}
