import type { Logger } from 'pino'
import type { Pace } from '../net/bucket.ts'
import type { KeyRing } from '../seats/keys.ts'
import type { CertificateFiles } from './listen/certificate.ts'
import type { ListenAt } from './listen/listen.ts'
import type { ForeignErrors } from './replies/foreign-errors.ts'

export interface ProxyOptions extends ForeignErrors {
  /** Where browsers come in. */
  listen: ListenAt
  /** Where hubs write routes. Never a public address. */
  api: ListenAt
  /** Endpoints of the hubs: the default route, and where tickets are redeemed. A plain proxy uses the first. */
  hubs: readonly string[]
  /** The public origins of the hub's pages and of learners' servers. Both absent: a plain configurable-http-proxy. */
  hubUrl?: string | undefined
  serversUrl?: string | undefined
  /** The two may be equal. */
  shareHubOrigin?: boolean | undefined
  /** They may be http under names that others reach. */
  insecureHttp?: boolean | undefined
  /** Browsers come in by https, with this certificate. Absent: by http, perhaps from something in front that speaks TLS. */
  tls?: CertificateFiles | undefined
  /** Addresses and networks of load balancers in front, whose `X-Forwarded-For` is believed. */
  trustedProxies?: readonly string[] | undefined
  /** Shared with the hubs; needed with the two origins. */
  keys?: KeyRing | undefined
  /** Shared with the hubs. */
  token: string
  /** Where the route table is kept. Absent: only in memory. */
  routesFile?: string | undefined
  /** Connections that one address may have at once, of IPv6 a /64, and its /56 and /48 four and sixteen times as many. Trusted proxies may have any number. */
  connectionsPerAddress?: number
  log: Logger
  forTests?: ProxyTestOptions | undefined
}

/** Settings that no command offers: tests change them to see what is slow, late or too much. */
export interface ProxyTestOptions {
  /** How long open connections may go on after a stop. Default: 2. */
  graceSeconds?: number
  /** How long a browser may take to send a ticket. Default: 10 seconds. */
  ticketMilliseconds?: number
  /** How long a client may take to send the head of a request. Default: 30 seconds. */
  headMilliseconds?: number
  /** Tickets that do not exist, which one address may show. */
  unknownTickets?: Pace
  /** Milliseconds since 1970. */
  now?(): number
}
