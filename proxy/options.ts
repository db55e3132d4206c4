import type { Logger } from 'pino'
import type { Pace } from '../net/bucket.ts'
import type { ListenAt } from '../net/listen.ts'
import type { KeyRing } from '../seats/keys.ts'
import type { CertificateFiles } from './listen/certificate.ts'
import type { GatewaySettings } from './listen/gateways.ts'
import type { ForeignErrors } from './replies/foreign-errors.ts'

export interface ProxyOptions extends ForeignErrors, GatewaySettings {
  /** Where browsers connect. */
  listen: ListenAt
  /** Where hubs write routes. This must not be a public address. */
  api: ListenAt
  /** Where Prometheus reads metrics. This must not be a public address. Without it there is no such listener. */
  metrics?: ListenAt | undefined
  /** Endpoints of the hubs: the default route, and where tickets are redeemed. A plain proxy uses only the first. */
  hubs: readonly string[]
  /**
   * How long a request waits for a hub while none takes connections, as when one process of it takes the place of
   * another. Default: 0, the client is told at once.
   */
  holdSeconds?: number | undefined
  /** The public origins of the hub's pages and of learners' servers. Without both: a plain configurable-http-proxy. */
  hubUrl?: string | undefined
  serversUrl?: string | undefined
  /** Allows (and then requires) the two origins to be equal. */
  shareHubOrigin?: boolean | undefined
  /** Allows http for the two origins also under names that other machines can reach. */
  insecureHttp?: boolean | undefined
  /** The certificate for https. Without it the proxy speaks http, perhaps behind a program that speaks TLS. */
  tls?: CertificateFiles | undefined
  /** Addresses and networks of load balancers in front, whose `X-Forwarded-For` is believed. */
  trustedProxies?: readonly string[] | undefined
  /** The keys shared with the hubs. Required with the two origins. */
  keys?: KeyRing | undefined
  /** The secret shared with the hubs. */
  token: string
  /** The file that keeps the route table. Without it the table is kept only in memory. */
  routesFile?: string | undefined
  /** The folder for static files of programs, which may be emptied at any time. Without it each server hands its own out. */
  staticFolder?: string | undefined
  /**
   * Connections that one address may have at once. For IPv6 a /64 counts as one address; its /56 and /48 may have four
   * and sixteen times as many. Trusted proxies may have any number.
   */
  connectionsPerAddress?: number
  /** How many workers the proxy has, each of which gets its part of every limit. Default: 1, this process itself. */
  workers?: number
  /** Whether the operator has read the warnings about the hosts already. */
  isWarned?: boolean
  log: Logger
  forTests?: ProxyTestOptions | undefined
}

/** Settings that no command offers. Tests change them to reach time limits and rate limits quickly. */
export interface ProxyTestOptions {
  /** How long open connections may go on after a stop. Default: 2. */
  graceSeconds?: number
  /** How long a browser may take to send a ticket. Default: 10 seconds. */
  ticketMilliseconds?: number
  /** How long a client may take to send the head of a request. Default: 30 seconds. */
  headMilliseconds?: number
  /** How many tickets that do not exist one address may show. */
  unknownTickets?: Pace
  /** Milliseconds since 1970. */
  now?(): number
}
