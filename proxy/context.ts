import type { Logger } from 'pino'
import type { Forwarder } from './forward.ts'
import type { Hubs } from './hubs.ts'
import type { RouteTable } from './route-table.ts'
import type { Site } from './site.ts'
import type { Sittings } from './sittings.ts'

/** What every part of a running proxy works with. Built once, in proxy.ts. */
export interface Context {
  log: Logger
  /** Shared with the hubs; both sides show it. */
  token: string
  /** Absent: a plain configurable-http-proxy, which knows no seats. */
  site: Site | undefined
  /** Absent only in a plain one without default target. */
  hubs: Hubs | undefined
  table: RouteTable
  sittings: Sittings
  forwarder: Forwarder
  /** Milliseconds since 1970. */
  now(): number
}
