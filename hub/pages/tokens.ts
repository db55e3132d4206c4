import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { say } from '../../words/text.ts'
import { requireUser, sessionHash } from '../access/account.ts'
import { makeToken, mayHaveTokens, revokeToken, usualTokenSeconds } from '../access/user-tokens.ts'
import { readClock } from '../db/clock.ts'
import { holdSession } from '../db/sessions.ts'
import { findTokenOf, type Token, tokensOf } from '../db/tokens.ts'
import { findUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { fullName } from '../views/format.ts'
import { sendRevokePage, sendTokensPage, type TokensPage } from '../views/tokens.ts'
import { goBack, noticeOf } from './notices.ts'

const daySeconds = 86_400
const offered = [1, 7, 30, 90, 365]

const form = z.strictObject({
  note: z.string().trim().min(1).max(255),
  days: z.coerce.number().int().positive(),
})

/** The page `/hub/token`, where JupyterHub has it: a user makes and revokes own tokens. */
export function tokensPage(hub: Hub): Router {
  const router = new Router()
  const ownPage = requireOwnPage(hub.hubUrl)
  const usualDays = Math.max(1, Math.floor(usualTokenSeconds(hub) / daySeconds))
  const days = [...new Set([...offered, usualDays])]
    .filter((count) => count * daySeconds <= Math.max(hub.config.tokens.maxSeconds, daySeconds))
    .sort((a, b) => a - b)

  const show = async (ctx: Koa.Context, user: User, made?: TokensPage['made']) => {
    const [tokens, now] = [await tokensOf(hub.db, user.id), await readClock(hub.db)]
    const makers = await findUsers(
      hub.db,
      tokens.flatMap(({ madeBy }) => madeBy ?? []),
    )
    const names = new Map(makers.map((maker) => [maker.id, fullName(maker)]))
    const notice = await noticeOf(hub, ctx)
    sendTokensPage(ctx, { user, tokens, makers: names, now, days, usualDays, notice, ...(made && { made }) })
  }

  router.get('/hub/token', async (ctx) => show(ctx, await requireHolder(hub, ctx)))

  router.post('/hub/token', ownPage, async (ctx) => {
    const user = await requireHolder(hub, ctx)
    const wanted = form.safeParse(await readForm(ctx))
    if (!wanted.success)
      throw new HttpError(400, 'bad_token_request', say`Give the token a name and a lifetime.`, [again])
    const { note } = wanted.data
    const seconds = Math.min(wanted.data.days * daySeconds, hub.config.tokens.maxSeconds)
    const session = sessionHash(ctx)
    const { secret } = await makeToken(hub, user, {
      note,
      seconds,
      by: user,
      precondition: (trx) => holdSession(trx, session),
    })
    await show(ctx, user, { note, secret })
  })

  router.get('/hub/token/:id/revoke', async (ctx) => {
    const user = await requireHolder(hub, ctx)
    sendRevokePage(ctx, { user, token: await requireToken(hub, ctx, user), now: await readClock(hub.db) })
  })

  router.post('/hub/token/:id/revoke', ownPage, async (ctx) => {
    const token = await requireToken(hub, ctx, await requireHolder(hub, ctx))
    const delivery = await revokeToken(hub, token)
    await goBack(hub, ctx, '/hub/token', { text: say`${token.note} is revoked.`, delivery })
  })

  return router
}

async function requireHolder(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await requireUser(hub, ctx)
  if (mayHaveTokens(user)) return user
  throw new HttpError(
    403,
    'no_tokens',
    say`Your account comes from a course page of your LMS, and has no API tokens.`,
    [{ href: '/hub/home', text: say`Show my notebooks` }],
  )
}

async function requireToken(hub: Hub, ctx: Koa.Context, user: User): Promise<Token> {
  const token = await findTokenOf(hub.db, user.id, String(ctx.params.id))
  if (token !== undefined) return token
  throw new HttpError(404, 'unknown_token', say`You have no such token any more.`, [again])
}

const again = { href: '/hub/token', text: say`Show my tokens` }
