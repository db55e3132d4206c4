import type { Logger } from 'pino'
import type { Buckets, ClientBuckets } from '../net/bucket.ts'
import type { Forwarder } from './forward/forward.ts'
import type { Admissions } from './hubs/admissions.ts'
import type { Hubs } from './hubs/hubs.ts'
import type { ReplyFault } from './replies/reply.ts'
import type { OpenConnections } from './requests/open-connections.ts'
import type { Site } from './requests/site.ts'
import type { RouteTable } from './routes/route-table.ts'

/** The parts of every running proxy. One with nothing else is a plain configurable-http-proxy, which knows no seats. */
export interface PlainContext {
  log: Logger
  /** Turns of log lines that a server, or who asks for it, can cause at will. Each request has its own line beside them. */
  lines: Buckets
  table: RouteTable
  forwarder: Forwarder
  /** Errors on routes without `access`, whose pages may come from elsewhere. */
  replyForeignFault: ReplyFault
  /** Milliseconds since 1970. */
  now(): number
}

/** The parts of a proxy between browsers, a hub and learners' servers. */
export interface SiteContext extends PlainContext {
  site: Site
  /** Shared with the hubs; both sides show it. */
  token: string
  hubs: Hubs
  admissions: Admissions
  /** Counts tickets that do not exist, by client. */
  unknownTickets: ClientBuckets
  openConnections: OpenConnections
  /** How long a browser may take to send a ticket. */
  ticketMilliseconds: number
}

/** The parts of a running proxy. They are made once, in `proxy/parts.ts`. */
export type Context = PlainContext | SiteContext
