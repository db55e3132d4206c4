import { parseTarget, type Target } from '../../net/endpoint.ts'
import { type Route, routesDigest } from '../../seats/route.ts'

/** A route as the table holds it. */
export interface HeldRoute {
  route: Route
  target: Target
  /** Further keys that the writer of a foreign route keeps in it (JupyterHub: `user`, `server`). */
  extra: Record<string, unknown>
  /** Milliseconds since 1970. */
  lastActivity: number
  /** When something else happened last than what open pages ask by themselves. Absent where that is `lastActivity`. */
  lastUse?: number | undefined
}

/** What is known of the activity on a route. */
export type HeldActivity = Pick<HeldRoute, 'lastActivity' | 'lastUse'>

export function lastUseOf({ lastActivity, lastUse = lastActivity }: HeldActivity): number {
  return lastUse
}

/** Returns the later times of both. */
export function laterActivity(one: HeldActivity, other: HeldActivity): HeldActivity {
  const lastActivity = Math.max(one.lastActivity, other.lastActivity)
  const lastUse = Math.max(lastUseOf(one), lastUseOf(other))
  return { lastActivity, lastUse: lastUse === lastActivity ? undefined : lastUse }
}

/** A removed route whose revision is remembered, so that a late write cannot bring it back. */
export interface Removed {
  path: string
  revision: number
  at: number
}

export type Write = 'done' | 'missing' | { stale: number }

export interface RouteTable {
  /** Stores a route unless a revision as high is held or remembered. Throws a `RangeError` for an unusable target. */
  put(route: Route, extra?: Record<string, unknown>): Write
  /** Removes a route. Remembers a revision also where there is no route. */
  remove(path: string, revision?: number): Write
  /**
   * Makes this path as another table has it, whatever the revisions. A worker follows the owner's table by this, so that
   * it ignores nothing that the owner took.
   */
  follow(path: string, held: (HeldActivity & Pick<HeldRoute, 'route'>) | undefined): void
  get(path: string): HeldRoute | undefined
  /** Returns the route whose path is the longest prefix of this decoded path, in whole segments. */
  find(decodedPath: string): HeldRoute | undefined
  /** Says whether a route leads to the server with this label. */
  hasLabel(label: string): boolean
  /**
   * Notes activity on the route by which a request was answered. A write that came meanwhile has put another entry in
   * the place of this one, and the activity counts there, unless that route leads to another run or address. A poll is what
   * an open page asks by itself.
   */
  noteActivity(entry: HeldRoute, isPoll?: boolean): void
  all(): HeldRoute[]
  /** Returns the origins that may frame a page of the proxy that belongs to no single server. */
  ancestors(): string[]
  removed(): Removed[]
  digest(): { count: number; digest: string }
}

export interface RouteTableOptions {
  now(): number
  /** The routes that an earlier process left on disk. */
  entries?: Omit<HeldRoute, 'target'>[]
  removed?: Removed[]
  /** Called after every change of a route, but not for activity. */
  changed?(path: string, before: HeldRoute | undefined, after: HeldRoute | undefined): void
}

/** How long a removed route's revision is remembered. A late write could lead to another server at a reused address. */
const rememberedMilliseconds = 10 * 60_000

export function createRouteTable({ now, entries = [], removed = [], changed }: RouteTableOptions): RouteTable {
  const table = new Map<string, HeldRoute>()
  const labels = new Set<string>()
  const remembered = new Map(removed.map((one) => [one.path, one]))
  // `find` looks at a path only up to the length of the longest key.
  let longestKey = 1

  const letGo = (entry: HeldRoute | undefined) => {
    if (entry?.route.access !== undefined) labels.delete(entry.route.access.label)
  }
  const hold = (entry: Omit<HeldRoute, 'target'>): HeldRoute => {
    const target = parseTarget(entry.route.target)
    if (target === undefined) throw new RangeError('target is neither http://host:port nor unix+http://%2Fpath')
    const held = { ...entry, target }
    letGo(table.get(entry.route.path))
    table.set(entry.route.path, held)
    if (entry.route.access !== undefined) labels.add(entry.route.access.label)
    longestKey = Math.max(longestKey, entry.route.path.length)
    return held
  }
  for (const entry of entries) hold(entry)

  const floor = (path: string): number | undefined => {
    const held = table.get(path)?.route.revision
    const gone = remembered.get(path)?.revision
    return held === undefined ? gone : Math.max(held, gone ?? held)
  }

  const remember = (path: string, revision: number | undefined) => {
    if (revision !== undefined) remembered.set(path, { path, revision, at: now() })
  }

  const forgetOld = () => {
    const limit = now() - rememberedMilliseconds
    for (const one of remembered.values()) if (one.at <= limit) remembered.delete(one.path)
  }

  return {
    put(route, extra = {}) {
      forgetOld()
      const held = floor(route.path)
      if (route.revision !== undefined && held !== undefined && route.revision <= held) return { stale: held }
      const before = table.get(route.path)
      const isSame = before !== undefined && isSameRun(before.route, route)
      const { lastActivity, lastUse } = isSame ? before : { lastActivity: now() }
      const after = hold({ route, extra, lastActivity, lastUse })
      // A foreign write has no revision. The replaced route must still not come back by a late write.
      if (route.revision === undefined) remember(route.path, held)
      else remembered.delete(route.path)
      changed?.(route.path, before, after)
      return 'done'
    },

    remove(path, revision) {
      forgetOld()
      const held = floor(path)
      if (revision !== undefined && held !== undefined && revision <= held) return { stale: held }
      const before = table.get(path)
      remember(path, revision ?? held)
      letGo(before)
      table.delete(path)
      if (before !== undefined || revision !== undefined) changed?.(path, before, undefined)
      return before === undefined ? 'missing' : 'done'
    },

    follow(path, held) {
      const before = table.get(path)
      if (held === undefined) {
        letGo(before)
        table.delete(path)
        changed?.(path, before, undefined)
        return
      }
      const isSame = before !== undefined && isSameRun(before.route, held.route)
      const after = hold({ route: held.route, extra: {}, ...laterActivity(isSame ? before : held, held) })
      changed?.(path, before, after)
    },

    get: (path) => table.get(path),

    find(decodedPath) {
      const whole = decodedPath.endsWith('/') ? decodedPath : `${decodedPath}/`
      let end = whole.lastIndexOf('/', longestKey - 1)
      while (end >= 0) {
        const entry = table.get(whole.slice(0, end + 1))
        if (entry !== undefined) return entry
        end = end === 0 ? -1 : whole.lastIndexOf('/', end - 1)
      }
      return undefined
    },

    noteActivity(entry, isPoll = false) {
      const held = table.get(entry.route.path)
      if (held === undefined || (held !== entry && !isSameRun(held.route, entry.route))) return
      held.lastUse = isPoll ? lastUseOf(held) : undefined
      held.lastActivity = now()
    },

    hasLabel: (label) => labels.has(label),
    all: () => [...table.values()],
    ancestors: () => [...new Set([...table.values()].flatMap(({ route }) => route.access?.ancestors ?? []))],
    removed: () => [...remembered.values()],
    digest: () => routesDigest([...table.values()].map((entry) => entry.route)),
  }
}

function isSameRun(one: Route, other: Route): boolean {
  return one.access?.run === other.access?.run && one.target === other.target
}
