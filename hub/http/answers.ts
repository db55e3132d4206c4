import { randomUUID } from 'node:crypto'
import type Koa from 'koa'
import { type ClientBuckets, createClientBuckets, linePace, type Pace } from '../../net/bucket.ts'
import { type Html, html } from '../../net/html.ts'
import { traceOf, withTrace } from '../../net/trace.ts'
import { loggedPath } from '../../seats/logged-path.ts'
import { plainIn, type Said, say } from '../../words/text.ts'
import type { Maintenance } from '../db/installation.ts'
import {
  type ClientError,
  type ErrorLink,
  type HttpError,
  ImageNotBuilt,
  InMaintenance,
  SettingProblems,
  TooMany,
  toClient,
} from '../errors.ts'
import type { Hub } from '../hub.ts'
import { countRequest } from '../metrics/requests.ts'
import { hiddenFields, withTimes } from '../views/fragments.ts'
import { sendPage } from '../views/page.ts'
import { languageOf } from '../views/parts/language.ts'
import { boundRequest } from './bounds.ts'
import { cameThroughProxy, clientOf } from './client.ts'
import { isFramed, wantsHtml } from './request.ts'

declare module 'koa' {
  interface DefaultState {
    /** Links the answer, the proxy's log and ours. */
    requestId?: string
    /** Why the request is refused, whatever it asks for. Thrown once its sender's turns are counted. */
    outOfBounds?: HttpError | undefined
    /** Origins that may frame the answer, if it is a page. */
    ancestors?: string[]
    /** Sends the page of a refusal that passes, where the page of the request itself can offer another try. */
    sendRefusal?: (refusal: ClientError) => void
    /** The maintenance that was going on when the request came. */
    maintenance?: Maintenance | undefined
    /** Where the page waits for the end of maintenance or of a build, if the address of the request is none to ask again. */
    waitAt?: string
  }
}

/** Addresses that are asked every few seconds for ever. */
export const healthPaths = ['/health', '/hub/health']

/** Addresses whose lines in the log would be most of all. */
const quietPaths = [...healthPaths, '/hub/api/desk/state']

const headersOfAll = [
  ['Cache-Control', 'no-store'],
  ['Referrer-Policy', 'strict-origin'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  // Servers are neighbours of the hub: their pages could otherwise load ours, with the session, into their own process.
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Robots-Tag', 'noindex'],
] as const

export interface AnswerOptions {
  /** Whether errors are pages for clients that want HTML. Otherwise errors are JSON for all. */
  pages: boolean
  /** Whether bodies of some calls are taken as streams: on the socket for commands. */
  streams?: boolean
  /** How often refusals are logged for each address; when undefined, each of them is logged. */
  refusals?: Pace
}

/**
 * Goes around everything: an id and a log line for each request, the headers that all answers have, and errors as
 * answers.
 */
export function answers(hub: Hub, { pages, streams = false, refusals }: AnswerOptions): Koa.Middleware {
  const lines = createClientBuckets(linePace)
  const refused = refusals && createClientBuckets(refusals)
  return async function answer(ctx, next) {
    // Bounded before anything reads the request, the pages about errors included.
    ctx.state.outOfBounds = boundRequest(ctx.req, { streams })
    const began = performance.now()
    const fromProxy = cameThroughProxy(hub, ctx)
    const given = ctx.get('X-Request-Id')
    ctx.state.requestId = fromProxy && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
    const trace = traceOf(fromProxy ? ctx.get('traceparent') : undefined, randomUUID())
    ctx.res.setHeader('X-Request-Id', ctx.state.requestId)
    for (const [name, value] of headersOfAll) ctx.res.setHeader(name, value)
    let isLogged = true
    let code: string | undefined
    try {
      await withTrace(trace.traceparent, next)
    } catch (error) {
      if (refused !== undefined && refused.take(clientOf(hub, ctx)) > 0) isLogged = false
      code = sendError(hub, ctx, error, { pages, lines, isLogged })
    }
    // A stream goes on after this; what counts is the time until it began.
    countRequest(hub.counters, { method: ctx.method, pattern: ctx.state.route, status: ctx.status, began, code })
    const milliseconds = Math.round((performance.now() - began) * 10) / 10
    hub.log[isLogged && !quietPaths.includes(ctx.path) ? 'info' : 'debug'](
      {
        request: ctx.state.requestId,
        trace: trace.id,
        method: ctx.method,
        path: loggedPath(ctx.path),
        status: ctx.status,
        milliseconds,
      },
      'request',
    )
  }
}

interface ErrorFormat {
  pages: boolean
  lines: ClientBuckets
  isLogged: boolean
}

/** Answers with an error and returns its code. */
function sendError(hub: Hub, ctx: Koa.Context, error: unknown, { pages, lines, isLogged }: ErrorFormat): string {
  const refusal = toClient(error)
  const { status, code, message, links, page, percent, mayPass } = refusal
  const request = ctx.state.requestId
  const { detail } = error as { detail?: string }
  if (status === 500) {
    if (lines.take(clientOf(hub, ctx)) === 0) hub.log.error({ request, err: error }, 'a request failed')
  } else hub.log[isLogged ? 'info' : 'debug']({ request, code, detail }, 'refused')
  const isWaiting = error instanceof InMaintenance || error instanceof ImageNotBuilt
  const elsewhere = isWaiting ? ctx.state.waitAt : page
  if (elsewhere !== undefined && pages && wantsHtml(ctx)) {
    ctx.status = 303
    ctx.redirect(elsewhere)
    return code
  }
  // This page says so itself.
  if (isWaiting) delete ctx.state.maintenance
  ctx.status = status
  if (status === 411) {
    // The pieces that come after this answer would be parsed, too.
    ctx.set('Connection', 'close')
    ctx.req.socket.pause()
    ctx.res.prependOnceListener('finish', () => ctx.req.socket.destroy())
  }
  if ((status === 429 || isWaiting) && !ctx.res.hasHeader('Retry-After'))
    ctx.set('Retry-After', String(error instanceof TooMany || isWaiting ? error.seconds : 60))
  if (!pages || !wantsHtml(ctx)) {
    ctx.body = {
      ...{ error: code, message, status, error_id: request },
      ...(mayPass && { may_pass: true }),
      ...(links.length > 0 && { links }),
      ...(error instanceof SettingProblems && { problems: error.problems }),
      ...(page && { page }),
      ...(percent !== undefined && { percent }),
    }
    return code
  }
  if (mayPass && status !== 500 && ctx.state.sendRefusal !== undefined) {
    ctx.state.sendRefusal(refusal)
    return code
  }
  // Staff find more about these in the log, and nothing more about a misspelt address.
  const isForStaff = status === 500 || detail !== undefined
  const { contact } = ctx.state
  sendPage(ctx, {
    // A text that names whom to ask says why, and what for.
    namesContact: contact !== undefined && plainIn(message, languageOf(ctx)).includes(contact),
    ...(isForStaff && { reference: request }),
    title: titles[code] ?? titles[status] ?? say`This did not work`,
    ...(ctx.state.ancestors && { ancestors: ctx.state.ancestors }),
    ...(isWaiting && { scripts: ['again.js'], refresh: { seconds: error.seconds, onlyWithoutScript: true } }),
    body: html`<p>${withTimes(message)}</p>
${isWaiting && html`<p id="again" data-seconds="${error.seconds}">${say`This page goes on by itself when that is over. You may leave it open.`}</p>`}
${links.length > 0 && html`<ul class="choices">${links.map((link, at) => html`<li>${linkOf(link, { framed: isFramed(ctx), isMain: at === 0 && !mayPass })}</li>`)}</ul>`}
${mayPass && ctx.method === 'GET' && html`<p><a class="button" href="${ownAddress(ctx)}">${say`Try again`}</a></p>`}
${isForStaff && html`<p class="quiet">${say`Reference: ${html`<code>${request}</code>`}`}</p>`}`,
  })
  return code
}

function linkOf(
  { href, text, here = false, make = false }: ErrorLink,
  { framed, isMain }: { framed: boolean; isMain: boolean },
): Html {
  if (make)
    return html`<form method="post" action="/hub/launches">${hiddenFields({ link: href, framed: String(framed), make: 'true' })}<button${!isMain && html` class="plain"`}>${text}</button></form>`
  return html`<a class="button${!isMain && ' plain'}" href="${href}"${framed && !here && html` target="_blank"`}>${text}</a>`
}

/** Returns the address of this page for a link. A browser would read `//launch/demo` as a host named launch. */
function ownAddress(ctx: Koa.Context): string {
  return (ctx.req.url ?? '').replace(/^[/\\]+/, '/')
}

/** Titles of error pages, by code, else by status. */
const titles: Record<string, Said> = {
  sign_in_failed: say`Signing in did not work`,
  no_sign_in: say`Signing in did not work`,
  no_password_link: say`This link does not work any more`,
  notebook_missing: say`This notebook is not there`,
  course_not_open_yet: say`This course is not open yet`,
  course_closed: say`This course is closed`,
  course_archived: say`This course is archived`,
  course_needs_sign_in: say`Sign in first`,
  no_rooms: say`There are no rooms here`,
  maintenance: say`Maintenance`,
  image_not_built: say`The course is being prepared`,
  image_build_failed: say`This course is not ready`,
  400: say`This link does not work`,
  401: say`Sign in first`,
  403: say`This is not open to you`,
  404: say`Not found`,
  405: say`This did not work`,
  414: say`This link does not work`,
  429: say`Too many at once`,
  500: say`Something went wrong`,
}
