import type Koa from 'koa'
import { readBody } from '../../net/body.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'
import { mostBodyBytes } from './bounds.ts'

/** Returns whether a person's browser opens a page: not a prefetch, an image, a crawler's fetch or a script's. */
export function isPageNavigation(ctx: Koa.Context): boolean {
  return (
    ctx.method === 'GET' &&
    ctx.get('Sec-Fetch-Mode') === 'navigate' &&
    ['document', 'iframe'].includes(ctx.get('Sec-Fetch-Dest')) &&
    ctx.get('Sec-Purpose') === ''
  )
}

export function isFramed(ctx: Koa.Context): boolean {
  return ['iframe', 'frame'].includes(ctx.get('Sec-Fetch-Dest'))
}

/** Returns a signal that aborts when the client has its answer, or has left without one. */
export function hasLeft(ctx: Koa.Context): AbortSignal {
  const left = new AbortController()
  if (ctx.res.destroyed) left.abort()
  else ctx.res.once('close', () => left.abort())
  return left.signal
}

/** Where a window that a frame opened to sign in begins and ends. */
export const windowPath = '/hub/window'

/**
 * Keeps the opener of a window that a frame opened to sign in, on all answers from there to the provider and back, so
 * that the window can hand over the code that it got. No other page of the hub has an opener.
 */
export function keepOpener(ctx: Koa.Context, next: string | undefined): void {
  if (next?.startsWith(`${windowPath}?`)) ctx.set('Cross-Origin-Opener-Policy', 'unsafe-none')
}

/** Refuses changes that do not come from the hub's own pages. */
export function requireOwnPage(hubUrl: string): Koa.Middleware {
  return async function ownPage(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD' && !isFromOwnPage(ctx, hubUrl)) {
      throw foreignPage(ctx.get('Origin'), hubUrl)
    }
    await next()
  }
}

function foreignPage(origin: string, hubUrl: string): HttpError {
  const page = URL.parse(origin)
  // A person who has typed http, or another port, sees our own page and gets no cookie by it.
  if (page !== null && page.origin !== hubUrl && page.hostname === new URL(hubUrl).hostname) {
    const message = say`The page was opened at ${page.origin}, and this site is at ${hubUrl}. Nothing was done. Open it there.`
    return new HttpError(403, 'foreign_page', message, [{ href: `${hubUrl}/hub/home`, text: say`Open this site` }])
  }
  return new HttpError(
    403,
    'foreign_page',
    say`This was sent by another site's page and was not done. Use the buttons on this site.`,
  )
}

function isFromOwnPage(ctx: Koa.Context, hubUrl: string): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  return site === '' ? ctx.get('Origin') === hubUrl : site === 'same-origin'
}

/**
 * Returns the parameters of the query by name; a name that comes more than once has a list. Koa's own takes quadratic
 * time.
 */
export function queryOf(ctx: Koa.Context): Record<string, string | string[]> {
  const found = new Map<string, string | string[]>()
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    const before = found.get(name)
    found.set(name, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(found)
}

async function readText(ctx: Koa.Context): Promise<string> {
  return (await readBytes(ctx)).toString()
}

/** Returns a small body; throws 413 when it is larger. */
export async function readBytes(ctx: Koa.Context): Promise<Buffer> {
  const body = await readBody(ctx.req, mostBodyBytes(ctx.req)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') throw error
    throw new HttpError(400, 'cut_off', say`The request ended before its body did.`)
  })
  if (body === 'long') throw new HttpError(413, 'too_large', say`This request is too large. Send less.`)
  return body.bytes
}

/** Returns the body as JSON, an empty one as `{}`; throws 400 or 415 when it is none. */
export async function readJson(ctx: Koa.Context): Promise<unknown> {
  const text = await readText(ctx)
  if (text === '') return {}
  if (ctx.is('application/json') === false) {
    throw new HttpError(415, 'not_json', say`Send JSON, with content type application/json.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'bad_json', say`The body is not JSON.`)
  }
}

/** Returns a submitted form's fields; throws 400 when one comes twice. */
export async function readForm(ctx: Koa.Context): Promise<Record<string, string>> {
  const fields = new URLSearchParams(await readText(ctx))
  const names = [...fields.keys()]
  if (new Set(names).size < names.length)
    throw new HttpError(400, 'repeated_field', say`A field of this form came twice.`)
  return Object.fromEntries(fields)
}

export function wantsHtml(ctx: Koa.Context): boolean {
  return ctx.accepts('json', 'html') === 'html'
}

/**
 * Returns `next` when it is a path of this hub to go on to after sign-in, never another site's; otherwise undefined.
 */
export function safeNext(next: string | undefined, hubUrl: string): string | undefined {
  if (next === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes('\\') || next.length > 4000)
    return undefined
  return URL.canParse(next, hubUrl) && new URL(next, hubUrl).origin === hubUrl ? next : undefined
}
