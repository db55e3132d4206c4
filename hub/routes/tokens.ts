import { createHash, timingSafeEqual } from 'node:crypto'
import type Koa from 'koa'
import { HttpError } from '../errors.ts'

/** Lets a request through that carries this very token as `Authorization: token …` or `Bearer …`, and no other. */
export function requireToken(token: string): Koa.Middleware {
  return async function bearer(ctx, next) {
    const [, given] = /^(?:token|bearer) +(\S+)$/i.exec(ctx.get('Authorization')) ?? []
    if (given === undefined || !isSame(given, token)) {
      throw new HttpError(403, 'bad_token', 'Missing or invalid credentials.')
    }
    await next()
  }
}

/** Takes the same time wherever the two differ. */
export function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
