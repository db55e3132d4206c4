/**
 * The rules for requests to servers, as one table. Each row is a function, and the first row with a verdict decides.
 *
 * Jupyter believes every request that carries its token, and the proxy adds that token. So these rows replace the XSRF,
 * origin and CORS checks that Jupyter would have made.
 */
import { areCovering } from '../net/origins.ts'
import { say, type Text } from '../words/text.ts'
import { normalHost } from './host.ts'
import type { Seat } from './seat.ts'
import type { SeatCheck } from './seat-check.ts'
import { decodedPath, hasDotSegment, pathOf } from './spelling.ts'

/** The facts that the proxy knows of a request to a route with `access`. */
export interface RequestFacts {
  method: string
  /** Path and query as they were sent. */
  url: string
  /** Whether the request asks to become a WebSocket. */
  upgrade: boolean
  /** All hosts that the request names. */
  hosts: readonly string[]
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  route: {
    path: string
    /** The origin of its pages. */
    origin: string
    cors: readonly string[]
    /** Whether the program sees paths without that of the route. */
    stripped?: boolean
  }
  /** The hub's judgement of the API tokens that the request shows. */
  token: TokenCheck
  seat: SeatCheck
}

/**
 * The state of a request's API tokens. `none`: it shows no token, or only the server's own. `undecided`: no hub could
 * judge the token. `rate-limited`: too many wrong tokens came from the client, too many questions about tokens are
 * under way, or the user takes new seats too fast.
 */
export type TokenCheck =
  | { state: 'valid'; seat: Seat }
  | { state: 'none' | 'refused' | 'ambiguous' | 'undecided' | 'rate-limited' }

export type Row = '1' | '2b' | '2c' | '3' | '4' | '5a' | '5b' | '5c' | '5d' | '5e'

export type Verdict =
  | { kind: 'pass'; seat: Seat }
  /** Answer 303 to the hub, which asks the course whether this path may be opened from outside. */
  | { kind: 'launch' }
  /** Answer 204. Scripts of another origin may send requests only where `allow` names that origin. */
  | { kind: 'preflight'; allow: string | undefined }
  | Refusal

export interface Refusal {
  kind: 'refuse'
  status: 400 | 403 | 421 | 429 | 503
  code: string
  message: Text
}

export type Judgement = Verdict & { row: Row }

/** Returns the judgement of the first row that has one. A request that no row decides is refused. */
export function judge(facts: RequestFacts): Judgement {
  for (const [row, judge] of rows) {
    const verdict = judge(facts)
    if (verdict !== undefined) return { ...verdict, row }
  }
  return {
    ...refuse(403, 'request_foreign', say`This request does not come from the notebook’s own pages.`),
    row: '5e',
  }
}

type Judge = (facts: RequestFacts) => Verdict | undefined

// Row 2a of docs/security.md has no function. A server's own token, which pages send with every fetch, is no credential
// here: the proxy drops it without asking the hub about it, and the seat decides.
const rows: readonly (readonly [Row, Judge])[] = [
  ['1', plainlySpelled],
  ['2b', explicitToken],
  ['2c', serviceWorker],
  ['3', preflight],
  ['4', seatNeeded],
  ['5a', webSocket],
  ['5b', ownPage],
  ['5c', typedAddress],
  ['5d', foreignPage],
  ['5e', oldBrowser],
]

function plainlySpelled({ url, hosts, route }: RequestFacts): Verdict | undefined {
  const [host, ...others] = hosts
  const scheme = route.origin.startsWith('https:') ? 'https:' : 'http:'
  const own = route.origin.slice(scheme.length + 2)
  if (host === undefined || others.length > 0) {
    return refuse(400, 'host_ambiguous', say`A request names exactly one host.`)
  }
  if (normalHost(host, scheme) !== own) {
    return refuse(421, 'host_wrong', say`This host is not that of the notebook. Open the notebook through the hub.`)
  }
  const path = pathOf(url)
  const decoded = decodedPath(path)
  const isPrefixPlain = path.startsWith(route.path) || `${path}/` === route.path
  // Without the prefix, a path that begins with two slashes would name a host.
  const isHost = route.stripped === true && namesHost.test(decoded?.slice(route.path.length) ?? '')
  if (decoded === undefined || hasDotSegment(decoded) || !isPrefixPlain || isHost) {
    return refuse(400, 'path_unclear', say`This address is written in a way that programs read differently.`)
  }
  return undefined
}

/** The beginning of a path that some program reads as a further slash: browsers pass over spaces, tabs and the like. */
const namesHost = /^[\0-\x20]*[/\\]/

/**
 * Row 2b. An explicit token decides, whatever else the request shows. It is a program's own credential, which no page
 * of another site can send.
 */
function explicitToken({ token }: RequestFacts): Verdict | undefined {
  if (token.state === 'none') return undefined
  if (token.state === 'valid') return { kind: 'pass', seat: token.seat }
  const [status, code, message] = tokenRefusals[token.state]
  return refuse(status, code, message)
}

const tokenRefusals = {
  refused: [
    403,
    'token_refused',
    say`This API token does not open this server: it is unknown, over, or somebody else’s.`,
  ],
  ambiguous: [400, 'token_ambiguous', say`This request shows several API tokens. Send one.`],
  undecided: [
    503,
    'hub_unreachable',
    say`The hub does not answer, so this API token cannot be checked. Try again soon.`,
  ],
  'rate-limited': [
    429,
    'too_many_tokens',
    say`Too many wrong API tokens came from your address. Try again in a minute.`,
  ],
} as const

/**
 * Row 2c. Refuses service workers. One would go on answering for the host after its learner has left, also to the next
 * user of this browser.
 */
function serviceWorker({ headers }: RequestFacts): Verdict | undefined {
  if (headers['service-worker'] === undefined && headers['sec-fetch-dest'] !== 'serviceworker') return undefined
  return refuse(403, 'service_worker_refused', say`Notebooks may have no service workers here.`)
}

/**
 * Row 3. Answers a preflight, which a browser sends for a script of another origin, never with cookies. So the seat
 * does not matter.
 */
function preflight({ method, headers, route }: RequestFacts): Verdict | undefined {
  const origin = text(headers.origin)
  if (method !== 'OPTIONS' || origin === undefined || headers['access-control-request-method'] === undefined) {
    return undefined
  }
  return { kind: 'preflight', allow: areCovering(route.cors, origin) ? origin : undefined }
}

function seatNeeded(facts: RequestFacts): Verdict | undefined {
  if (facts.seat.state === 'valid') return undefined
  if (isNavigation(facts)) return { kind: 'launch' }
  const { state } = facts.seat
  return refuse(403, `seat_${state}`, seatMessages[state])
}

export const seatMessages = {
  missing: say`This browser has no access to this notebook. Open it through the hub.`,
  ambiguous: say`This browser sends several cookies for this notebook, and nothing tells which of them is its own. Delete the cookies of this site, then open the notebook through the hub again.`,
  invalid: say`This browser has access to an earlier start of this notebook only. Open it through the hub again.`,
  expired: say`The access of this browser has expired. Open the notebook through the hub in another tab, then try again here.`,
  ended: say`The access of this browser has ended, because of a sign-out or a restart. Open the notebook through the hub again.`,
} as const

/** Row 5a. Judges a WebSocket by its `Origin`, which browsers always send. They send no `Sec-Fetch-Site` for it. */
function webSocket({ upgrade, headers, route, seat }: RequestFacts): Verdict | undefined {
  if (!upgrade) return undefined
  if (headers.origin === route.origin) return pass(seat)
  return refuse(403, 'origin_foreign', say`A WebSocket is opened from the notebook’s own pages only.`)
}

function ownPage({ headers, seat }: RequestFacts): Verdict | undefined {
  return headers['sec-fetch-site'] === 'same-origin' ? pass(seat) : undefined
}

function typedAddress({ method, headers, seat }: RequestFacts): Verdict | undefined {
  if (headers['sec-fetch-site'] !== 'none') return undefined
  if (isRead(method) && headers['sec-fetch-mode'] === 'navigate') return pass(seat)
  return refuse(403, 'request_unclear', say`Without a page behind it, a request may only open a page.`)
}

function foreignPage({ method, headers }: RequestFacts): Verdict | undefined {
  const site = headers['sec-fetch-site']
  if (site !== 'same-site' && site !== 'cross-site') return undefined
  const isLink = headers['sec-fetch-mode'] === 'navigate' && documents.has(text(headers['sec-fetch-dest']) ?? '')
  if (method === 'GET' && isLink) return { kind: 'launch' }
  return refuse(
    403,
    'request_foreign',
    say`Pages of other sites may link to this notebook, and do nothing else with it.`,
  )
}

const documents = new Set(['document', 'iframe', 'frame'])

/**
 * Row 5e. Judges a browser that sends no `Sec-Fetch-*`: an old one, or any browser on plain http under a public name.
 * `Origin` or `Referer` show that a request comes from a page of the server itself. A request with neither may come
 * from a link on any site that hides its address. So a navigation goes through the hub as in row 5d, and any other
 * request is refused.
 */
function oldBrowser(facts: RequestFacts): Verdict | undefined {
  const { method, headers, route, seat } = facts
  if (headers['sec-fetch-site'] !== undefined) return undefined
  if (headers.origin === route.origin) return pass(seat)
  if (headers.origin === undefined && isRead(method)) {
    if (text(headers.referer)?.startsWith(`${route.origin}/`)) return pass(seat)
    if (isNavigation(facts)) return { kind: 'launch' }
  }
  return refuse(403, 'request_foreign', say`This request does not come from the notebook’s own pages.`)
}

/** Says whether a person opens a page, rather than a script or a tool sending a request. */
export function isNavigation({ method, upgrade, headers }: Pick<RequestFacts, 'method' | 'upgrade' | 'headers'>) {
  if (method !== 'GET' || upgrade) return false
  const mode = headers['sec-fetch-mode']
  return mode === undefined ? (text(headers.accept) ?? '').includes('text/html') : mode === 'navigate'
}

/** Returns the verdict that lets a seat pass. For the rows after row 4, which makes sure that there is a seat. */
function pass(check: SeatCheck): Verdict | undefined {
  return check.state === 'valid' ? { kind: 'pass', seat: check.seat } : undefined
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

function refuse(status: Refusal['status'], code: string, message: Text): Refusal {
  return { kind: 'refuse', status, code, message }
}
