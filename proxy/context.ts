import type { Logger } from 'pino'
import type { Buckets, ClientBuckets } from '../net/bucket.ts'
import type { Forwarder } from './forward/forward.ts'
import type { Admissions } from './hubs/admissions.ts'
import type { Hubs } from './hubs/hubs.ts'
import type { ReplyFault } from './replies/reply.ts'
import type { OpenConnections } from './requests/open-connections.ts'
import type { Site } from './requests/site.ts'
import type { RouteTable } from './routes/route-table.ts'

/** What every part of a running proxy works with. Built once, in proxy.ts. */
export interface Context {
  log: Logger
  /** Shared with the hubs; both sides show it. */
  token: string
  /** Absent: a plain configurable-http-proxy, which knows no seats. */
  site: Site | undefined
  /** Present with a site. */
  hubs: Hubs | undefined
  /** Present with a site. */
  admissions: Admissions | undefined
  /** Counts tickets that do not exist, by client. */
  unknownTickets: ClientBuckets
  /** Turns of log lines that a server, or who asks for it, can cause at will. Each request has its own line beside them. */
  lines: Buckets
  table: RouteTable
  openConnections: OpenConnections
  forwarder: Forwarder
  /** Errors on routes without `admit`, whose pages may come from elsewhere. */
  replyForeignFault: ReplyFault
  /** How long a browser may take to send a ticket. */
  ticketMilliseconds: number
  /** Milliseconds since 1970. */
  now(): number
}
