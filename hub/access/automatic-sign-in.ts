/**
 * Decides when the sign-in page goes on to the only provider by itself. A cookie keeps it from that: for a minute after
 * each time, so that no provider that answers at once can make a loop, and after a sign-out or a refused sign-in until a
 * person has come in by the button, so that the one who leaves is not brought back.
 */
import type Koa from 'koa'
import type { Authenticator, HeaderAuthenticator, RedirectAuthenticator } from '../../authenticators/authenticator.ts'
import { automaticCookieName, cookieHeader, cookieValues } from '../../seats/cookie.ts'
import { isFramed } from '../http/request.ts'
import type { Hub } from '../hub.ts'

const pauseSeconds = 60
/** As long as browsers keep any cookie. */
const longSeconds = 400 * 86_400

/** Returns the provider, or the gateway in front, to which this browser's sign-in page may go on without a button. */
export function automaticWay(hub: Hub, ctx: Koa.Context): RedirectAuthenticator | HeaderAuthenticator | undefined {
  if (isFramed(ctx) || cookieValues(ctx.get('Cookie'), nameOf(hub)).length > 0) return undefined
  return onlyWay(hub.config.authenticators)
}

/** Notes that the page has gone on by itself just now. */
export function pauseAutomatic(hub: Hub, ctx: Koa.Context): void {
  setMark(hub, ctx, 'paused', pauseSeconds)
}

/** Ends it for this browser, until `allowAutomatic`. Does nothing where there never is an automatic sign-in. */
export function stopAutomatic(hub: Hub, ctx: Koa.Context): void {
  if (onlyWay(hub.config.authenticators) !== undefined) setMark(hub, ctx, 'stopped', longSeconds)
}

/** Allows it again, after a person has come in. A pause goes on, since a lost session could lead back here at once. */
export function allowAutomatic(hub: Hub, ctx: Koa.Context): void {
  if (cookieValues(ctx.get('Cookie'), nameOf(hub)).includes('stopped')) setMark(hub, ctx, 'paused', pauseSeconds)
}

/** Returns the one provider by which all people come in; undefined where there is any other way, an LMS's links too. */
function onlyWay(authenticators: Authenticator[]): RedirectAuthenticator | HeaderAuthenticator | undefined {
  const [first, ...others] = authenticators
  const way = first?.kind === 'temporary' ? first.behind : first
  return others.length === 0 && (way?.kind === 'redirect' || way?.kind === 'header') ? way : undefined
}

function nameOf({ hubUrl }: Pick<Hub, 'hubUrl'>): string {
  return automaticCookieName(hubUrl.startsWith('https:'))
}

function setMark(hub: Hub, ctx: Koa.Context, value: 'paused' | 'stopped', maxAgeSeconds: number): void {
  const secure = hub.hubUrl.startsWith('https:')
  ctx.append('Set-Cookie', cookieHeader({ name: nameOf(hub), value, path: '/', secure, framed: false, maxAgeSeconds }))
}
