import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { makeToken, revokeToken } from '../access/user-tokens.ts'
import type { Precondition } from '../db/sessions.ts'
import { findTokenOf, holdToken, type Token, tokensOf } from '../db/tokens.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { notFound, only, userCalling } from './caller.ts'
import { presentToken } from './models.ts'
import { userNamed } from './users.ts'

const newToken = z.strictObject({
  note: z.string().max(255).optional(),
  /** Seconds. */
  expires_in: z.int().positive().nullable().optional(),
})

/** JupyterHub's API of users' tokens. Every token may do all that its user may: there are no scopes to choose. */
export function tokensApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/users/:name/tokens' })
  const own = only(hub, 'admin', 'self')

  router.get('/', own, async (ctx) => {
    const user = await userNamed(hub, ctx)
    ctx.body = { api_tokens: (await tokensOf(hub.db, user.id)).map((token) => presentToken(user, token)) }
  })

  router.post('/', own, async (ctx) => {
    const wanted = newToken.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_token_request', z.prettifyError(wanted.error))
    const user = await userNamed(hub, ctx)
    const { note = 'Requested via api', expires_in } = wanted.data
    const { user: by, token: asking } = userCalling(ctx)
    const precondition: Precondition = (trx) => holdToken(trx, asking.id)
    const { token, secret } = await makeToken(hub, user, { note, seconds: expires_in ?? undefined, precondition, by })
    ctx.status = 201
    ctx.body = { ...presentToken(user, token), token: secret }
  })

  router.get('/:id', own, async (ctx) => {
    const { user, token } = await tokenNamed(hub, ctx)
    ctx.body = presentToken(user, token)
  })

  router.delete('/:id', own, async (ctx) => {
    await revokeToken(hub, (await tokenNamed(hub, ctx)).token)
    ctx.status = 204
  })

  return router
}

async function tokenNamed(hub: Hub, ctx: Koa.Context): Promise<{ user: User; token: Token }> {
  const user = await userNamed(hub, ctx)
  const token = await findTokenOf(hub.db, user.id, String(ctx.params.id))
  if (token === undefined) throw notFound()
  return { user, token }
}
