/** The hub's own cookies. Koa's `ctx.cookies` reads the first one of a name and knows no `Max-Age`: see decision 5. */
import type Koa from 'koa'
import { cookieHeader, countedValues, nonceCookieName, sessionCookieName } from '../../seats/cookie.ts'

/** The name that koa-session clears by itself. No cookie has it, so koa-session leaves the session's cookie alone. */
export const unusedCookie = 'carrel-none'

export function sessionCookie(hubUrl: string): string {
  return sessionCookieName(isSecure(hubUrl))
}

export function nonceCookie(hubUrl: string): string {
  return nonceCookieName(isSecure(hubUrl))
}

/**
 * Returns the values of exactly this cookie that look like ours, in the browser's order. Ambiguous values do not count,
 * because another host, script or path may have planted one of them.
 */
export function readCookies(ctx: Koa.Context, name: string): string[] {
  const values = countedValues(ctx.get('Cookie'), name)
  return values === 'ambiguous' ? [] : values.filter((value) => /^[A-Za-z0-9_-]{43}$/.test(value))
}

/**
 * Sets the session's cookie. An answer has the cookie once, whatever was set before. In a frame only a partitioned
 * cookie comes back.
 */
export function setSessionCookie(
  ctx: Koa.Context,
  hubUrl: string,
  { value, milliseconds, framed }: { value: string; milliseconds: number; framed: boolean },
): void {
  const name = sessionCookie(hubUrl)
  const others = [ctx.res.getHeader('Set-Cookie') ?? []].flat().map(String)
  const line = cookieHeader({
    name,
    value,
    path: '/',
    secure: isSecure(hubUrl),
    framed,
    maxAgeSeconds: Math.round(milliseconds / 1000),
  })
  const isOurs = (other: string) => other.startsWith(`${name}=`) || other.startsWith(`${unusedCookie}=`)
  ctx.set('Set-Cookie', [...others.filter((other) => !isOurs(other)), line])
}

/** Deletes the nonce cookie, under both of its names: this browser's next visit needs a new one. */
export function deleteNonceCookies(ctx: Koa.Context): void {
  for (const secure of [false, true]) {
    const name = nonceCookieName(secure)
    ctx.append('Set-Cookie', cookieHeader({ name, value: '', path: '/', secure, framed: false, maxAgeSeconds: 0 }))
  }
}

function isSecure(hubUrl: string): boolean {
  return hubUrl.startsWith('https:')
}
