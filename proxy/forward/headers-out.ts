/** Builds the headers of an answer that the browser gets. Every byte of a server's answer may be hostile. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { areCovering } from '../../net/origins.ts'
import { remembered } from '../../net/remembered.ts'
import { isOurCookie } from '../../seats/cookie.ts'
import { commandsGateway } from './commands.ts'
import { endToEnd } from './hop-by-hop.ts'
import { prefixed, type Stripped, withPrefix } from './prefix.ts'

export interface ServerPages {
  /** The server's path. */
  path: string
  hubUrl: string
  ancestors: readonly string[]
  cors: readonly string[]
  /** Whether the seat was taken in a frame, where cookies need more attributes. */
  framed: boolean
  /** The `Origin` of a request with a token. Scripts of that origin may read the answer if it is one of `cors`. */
  byToken?: { origin: string | undefined } | undefined
  /** Whether the browser shows the answer as a page. */
  document?: boolean
  /** For a program that sees no prefix. */
  stripped?: Stripped | undefined
  /** Whether the request came under the hub's name, where a server's answer may run no script and set no cookie. */
  sandboxed?: boolean
}

/** Returns the headers for an answer of a server behind a seat. `renewed` is our own `Set-Cookie` of a renewed seat. */
export function fromServerHeaders(
  headers: IncomingHttpHeaders,
  pages: ServerPages,
  renewed: string | undefined,
): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = endToEnd(headers, isForOrigin)

  if (pages.stripped !== undefined && headers.location !== undefined)
    kept.location = withPrefix(headers.location, pages.stripped)
  const cookies = (headers['set-cookie'] ?? []).flatMap((cookie) => serverCookie(cookie, pages) ?? [])
  if (renewed !== undefined) cookies.push(renewed)
  if (cookies.length > 0 && !pages.sandboxed) kept['set-cookie'] = cookies

  kept['content-security-policy'] = [
    ...withoutAncestors(headers['content-security-policy']),
    frameAncestors(pages),
    ...(pages.sandboxed ? ['sandbox'] : []),
  ].join(', ')
  kept['cache-control'] = forOneBrowser(headers['cache-control'], pages.document === true)
  if (pages.cors.length === 0) kept['cross-origin-resource-policy'] = 'same-origin'
  kept['referrer-policy'] ??= 'same-origin'
  kept['x-content-type-options'] ??= 'nosniff'
  kept['x-robots-tag'] = 'noindex'
  if (pages.byToken !== undefined) Object.assign(kept, readerHeaders(pages.cors, pages.byToken.origin, kept.vary))
  return kept
}

/** Returns the headers that let scripts of the course's origins read an answer to a token. Never with cookies. */
export function readerHeaders(
  cors: readonly string[],
  origin: string | undefined,
  vary?: OutgoingHttpHeaders[string],
): OutgoingHttpHeaders {
  if (cors.length === 0) return {}
  const varying = { vary: [vary ?? [], 'Origin'].flat().join(', ') }
  return origin !== undefined && areCovering(cors, origin)
    ? { 'access-control-allow-origin': origin, ...varying }
    : varying
}

/** Returns the CSP directive that says which origins may show the server's pages in a frame. */
export function frameAncestors({ hubUrl, ancestors }: Pick<ServerPages, 'hubUrl' | 'ancestors'>): string {
  return ancestors.length === 0 ? framedByUs(hubUrl) : `${framedByUs(hubUrl)} ${ancestors.join(' ')}`
}

const framedByUs = remembered((hubUrl) => `frame-ancestors 'self' ${hubUrl}`)

/**
 * Whether a server may not send this header, because it speaks for the whole origin (which other servers may share),
 * opens the server to other sites, or commands a program in front.
 */
function isForOrigin(name: string): boolean {
  return name.startsWith('access-control-') || originWide.has(name) || commandsGateway(name)
}

/** Headers that speak for the whole origin. `set-cookie` is among them, because allowed cookies are written anew. */
const originWide = new Set([
  'set-cookie',
  'service-worker-allowed',
  'clear-site-data',
  'strict-transport-security',
  'nel',
  'report-to',
  'reporting-endpoints',
  'alt-svc',
  'set-login',
  'speculation-rules',
  'secure-session-registration',
  'sec-session-registration',
  'use-as-dictionary',
  'accept-ch',
  'critical-ch',
  'x-frame-options',
  'public-key-pins',
  'public-key-pins-report-only',
  'idp-signin-status',
  'shared-storage-write',
  'observe-browsing-topics',
  'activate-storage-access',
  'attribution-reporting-register-source',
  'attribution-reporting-register-trigger',
])

/** How many attributes of a cookie are read; the rest is dropped. Only seven attributes exist. */
const attributesAtMost = 16

/** Returns a server's cookie, limited to the server's own path. Undefined for a cookie that looks like ours. */
function serverCookie(cookie: string, { path, framed, stripped }: ServerPages): string | undefined {
  const [pair = '', ...attributes] = cookie.split(';', attributesAtMost + 1).map((part) => part.trim())
  const name = pair.split('=', 1)[0] ?? ''
  // A browser reads a pair without `=` as a value without a name, and sends it back as text like one of our cookies.
  if (!pair.includes('=') || name.trim() === '' || isOurCookie(name)) return undefined
  const dropped = framed ? ['domain', 'path', 'samesite', 'secure', 'partitioned'] : ['domain', 'path']
  const kept = attributes.filter((attribute) => !dropped.includes(nameOf(attribute)))
  const given = attributes.findLast((attribute) => nameOf(attribute) === 'path')?.replace(/^[^=]*=\s*/, '')
  const seen = stripped !== undefined && given?.startsWith('/') ? prefixed(given, path) : given
  const ownPath = seen?.startsWith(path) ? seen : path
  const inFrame = framed ? ['SameSite=None', 'Secure', 'Partitioned'] : []
  return [pair, ...kept, `Path=${ownPath}`, ...inFrame].join('; ')
}

/** Returns the non-empty parts between commas. A header full of commas has no parts. */
function partsOf(list: string): string[] {
  return list.match(/[^,]+/g) ?? []
}

function nameOf(attribute: string): string {
  return (attribute.split('=', 1)[0] ?? '').trim().toLowerCase()
}

/** Returns the server's policies without their `frame-ancestors`, because the course decides who may frame a server. */
function withoutAncestors(header: string | string[] | undefined): readonly string[] {
  return header === undefined ? [] : policiesOf(String(header))
}

const policiesOf = remembered((header): readonly string[] =>
  partsOf(header)
    .map((policy) => policy.split(';').filter((directive) => !isAncestors.test(directive)))
    .map((directives) => directives.join(';').trim())
    .filter((policy) => /[^;\s]/.test(policy)),
)

const isAncestors = /^\s*frame-ancestors(\s|$)/i

/**
 * Returns a `Cache-Control` under which no cache in front keeps a server's answer for another browser. A page is not
 * kept at all, so that "Back" requests it again after its learner has signed out.
 */
function forOneBrowser(header: string | undefined, document: boolean): string {
  return document ? 'no-store' : privately(header ?? '')
}

const privately = remembered((header) => {
  const directives = partsOf(header).map((directive) => directive.trim())
  const kept = directives.filter((directive) => directive !== '' && !/^(public|private|s-maxage)\b/i.test(directive))
  return kept.some((directive) => /^no-store\b/i.test(directive)) ? kept.join(', ') : ['private', ...kept].join(', ')
})
