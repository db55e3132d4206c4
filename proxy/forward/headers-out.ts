/** What becomes of an answer's headers on the way to the browser. A server's answer is hostile in every byte. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { isOurCookie } from '../../seats/cookie.ts'
import { commandsFront } from './commands.ts'
import { endToEnd } from './hop-by-hop.ts'

export interface ServerPages {
  /** The server's path. */
  path: string
  hubUrl: string
  ancestors: readonly string[]
  cors: readonly string[]
  /** The seat was taken in a frame, where cookies need more attributes. */
  framed: boolean
  /** For a request with a token: its `Origin`, whose scripts may read the answer if it is one of `cors`. */
  byToken?: { origin: string | undefined } | undefined
  /** The browser shows the answer as a page. */
  document?: boolean
  /** Under the hub's name, where nothing of a server may act or leave anything. */
  sandboxed?: boolean
}

/** For a server behind a seat. `renewed` is a `Set-Cookie` of our own, when the seat is half over. */
export function fromServerHeaders(
  headers: IncomingHttpHeaders,
  pages: ServerPages,
  renewed: string | undefined,
): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = endToEnd(headers, isForOrigin)

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

/** Lets scripts of the course's origins read what an explicit token gets. Never with cookies. */
export function readerHeaders(
  cors: readonly string[],
  origin: string | undefined,
  vary?: OutgoingHttpHeaders[string],
): OutgoingHttpHeaders {
  if (cors.length === 0) return {}
  const varying = { vary: [vary ?? [], 'Origin'].flat().join(', ') }
  return origin !== undefined && cors.includes(origin) ? { 'access-control-allow-origin': origin, ...varying } : varying
}

/** Who may show the server's pages in a frame. */
export function frameAncestors({ hubUrl, ancestors }: Pick<ServerPages, 'hubUrl' | 'ancestors'>): string {
  return `frame-ancestors ${["'self'", hubUrl, ...ancestors].join(' ')}`
}

/** These would speak for the whole origin, which other servers share, open the server to other sites, or command a front. */
function isForOrigin(name: string): boolean {
  return name.startsWith('access-control-') || originWide.has(name) || commandsFront(name)
}

/** Cookies among them: those that are kept are written anew. */
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

/** There are seven. What stands after this many is not looked at, and does not leave. */
const attributesAtMost = 16

/** A server's cookie, kept under its own path; `undefined` for one that looks like ours. */
function serverCookie(cookie: string, { path, framed }: ServerPages): string | undefined {
  const [pair = '', ...attributes] = cookie.split(';', attributesAtMost + 1).map((part) => part.trim())
  const name = pair.split('=', 1)[0] ?? ''
  // Browsers take a pair without `=` for a value without name, whose text may then read like one of our cookies.
  if (!pair.includes('=') || name.trim() === '' || isOurCookie(name)) return undefined
  const dropped = framed ? ['domain', 'path', 'samesite', 'secure', 'partitioned'] : ['domain', 'path']
  const kept = attributes.filter((attribute) => !dropped.includes(nameOf(attribute)))
  const given = attributes.findLast((attribute) => nameOf(attribute) === 'path')?.replace(/^[^=]*=\s*/, '')
  const ownPath = given?.startsWith(path) ? given : path
  const inFrame = framed ? ['SameSite=None', 'Secure', 'Partitioned'] : []
  return [pair, ...kept, `Path=${ownPath}`, ...inFrame].join('; ')
}

/** What stands between commas, without the empty ones: a head full of commas has no parts. */
function partsOf(list: string): string[] {
  return list.match(/[^,]+/g) ?? []
}

function nameOf(attribute: string): string {
  return (attribute.split('=', 1)[0] ?? '').trim().toLowerCase()
}

/** The server's policies without their `frame-ancestors`: who may frame it is the course's to say. */
function withoutAncestors(header: string | string[] | undefined): readonly string[] {
  if (header === undefined) return []
  const text = String(header)
  const known = policiesOf.get(text)
  if (known !== undefined) return known
  const policies = partsOf(text)
    .map((policy) => policy.split(';').filter((directive) => !isAncestors.test(directive)))
    .map((directives) => directives.join(';').trim())
    .filter((policy) => /[^;\s]/.test(policy))
  if (policiesOf.size >= rememberedPolicies) policiesOf.clear()
  policiesOf.set(text, policies)
  return policies
}

/** What became of the last ones: servers send few different ones, and one with each answer. */
const policiesOf = new Map<string, readonly string[]>()
const rememberedPolicies = 100

const isAncestors = /^\s*frame-ancestors(\s|$)/i

/**
 * What a server answers is never kept for another browser, whatever cache stands in front of us. A page is not kept at
 * all, so that "Back" asks again after its learner has signed out.
 */
function forOneBrowser(header: string | undefined, document: boolean): string {
  if (document) return 'no-store'
  const directives = partsOf(header ?? '').map((directive) => directive.trim())
  const kept = directives.filter((directive) => directive !== '' && !/^(public|private|s-maxage)\b/i.test(directive))
  return kept.some((directive) => /^no-store\b/i.test(directive)) ? kept.join(', ') : ['private', ...kept].join(', ')
}
