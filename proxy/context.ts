import type { Logger } from 'pino'
import type { Buckets, ClientBuckets } from '../net/bucket.ts'
import type { OwnRoute } from '../seats/route.ts'
import type { StripFiles } from './desk/strip-files.ts'
import type { Forwarder } from './forward/forward.ts'
import type { Holding } from './forward/holding.ts'
import type { Admissions } from './hubs/admissions.ts'
import type { Hubs } from './hubs/hubs.ts'
import type { Gateways } from './listen/gateways.ts'
import type { ProxyCounters } from './metrics/counters.ts'
import type { ReplyFault } from './replies/reply.ts'
import type { OpenConnections } from './requests/open-connections.ts'
import type { Site } from './requests/site.ts'
import type { OwnPauses } from './routes/pauses.ts'
import type { RouteTable } from './routes/route-table.ts'
import type { StaticFiles } from './static-files/static-files.ts'

/** The parts of every running proxy. A proxy with nothing else is a plain configurable-http-proxy without seats. */
export interface PlainContext {
  log: Logger
  /** Limits log lines that a server or its visitors can cause at will. The one line of each request is not limited. */
  lines: Buckets
  counters: ProxyCounters
  table: RouteTable
  forwarder: Forwarder
  gateways: Gateways
  /** Replies with errors on routes without `access`. The page may come from an error target or a folder. */
  replyForeignFault: ReplyFault
  /** Milliseconds since 1970. */
  now(): number
}

/** The parts of a proxy between browsers, a hub and learners' servers. */
export interface SiteContext extends PlainContext {
  site: Site
  /** The secret shared with the hubs. Both sides authenticate with it. */
  token: string
  hubs: Hubs
  /** Gives out the places of requests that wait for a hub; undefined where none waits. */
  holding: Holding | undefined
  admissions: Admissions
  /** Counts tickets that do not exist, by client. */
  unknownTickets: ClientBuckets
  openConnections: OpenConnections
  /** Holds back what changes files of a server while a hub replaces one. */
  pauses: OwnPauses
  stripFiles: StripFiles
  /** The static files of programs that this proxy has; undefined where it has no folder for them. */
  staticFiles: StaticFiles | undefined
  /** Limits what the strips of one server ask the hub. */
  deskQuestions: Buckets
  /** Puts a route that came with a seat into the table. Resolves when every worker of this proxy has it. */
  takeRoute(route: OwnRoute): Promise<void>
  /** How long a browser may take to send a ticket. */
  ticketMilliseconds: number
}

/** The parts of a running proxy, made once in `proxy/parts.ts`. */
export type Context = PlainContext | SiteContext
