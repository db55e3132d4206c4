import { createHash } from 'node:crypto'

/** A URL prefix at the proxy and the server behind it, as hub and proxy exchange it and as it lies on disk. */
export interface Route {
  /** Starts and ends with `/`; only `[A-Za-z0-9._~-]` between slashes. */
  path: string
  /** `http://127.0.0.1:49153` or `unix+http://%2Frun%2Fsock`, without path. */
  target: string
  /** From one sequence of the database; a proxy ignores what is not above what it holds. Absent in foreign routes. */
  revision?: number | undefined
  /** Who may enter. Absent: anybody, as with configurable-http-proxy. Nothing in it is secret. */
  admit?: Admit | undefined
}

export interface Admit {
  server: string
  run: number
  /** Which of the shared keys this run's seat key and server token are derived from. */
  kid: string
  /** The label of the server's own host, where servers have hosts of their own. */
  label: string
  /** Id of the server's owner, whose seats count. */
  user: string
  /** Ids of others whose seats count: staff, and those with whom the owner shares it. */
  guests: string[]
  /** The owner's seats that were issued before this (ms since 1970, the database's clock) have ended. */
  since: number
  /** Ids of seats that have ended. */
  gone: string[]
  /** Origins that may frame this server's pages, beside its own and the hub's. */
  ancestors: string[]
  /** Origins whose scripts may ask with an explicit token. */
  cors: string[]
}

/** What one look tells about a whole table: equal digests, equal routes. Only routes with a revision count. */
export function routesDigest(routes: Iterable<Route>): { count: number; digest: string } {
  const lines = [...routes]
    .filter((route) => route.revision !== undefined)
    .map((route) => `${route.path} ${route.revision}\n`)
    .sort()
  return { count: lines.length, digest: createHash('sha256').update(lines.join('')).digest('hex') }
}
