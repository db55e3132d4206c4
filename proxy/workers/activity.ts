import { type HeldRoute, lastUseOf, type RouteTable } from '../routes/route-table.ts'

export interface ActivityReporter {
  /** Says that the owner knows this route's activity, because it has just sent it. */
  isKnown(entry: HeldRoute): void
  /** Returns what the owner does not know yet, in batches, and counts it as known. */
  unreported(): [path: string, at: number, use: number][][]
}

/** How many routes one report names. */
const batchRoutes = 1000

export function createActivityReporter(table: Pick<RouteTable, 'all'>): ActivityReporter {
  const known = new WeakMap<HeldRoute, number>()
  return {
    isKnown: (entry) => void known.set(entry, entry.lastActivity),
    unreported() {
      const news = table.all().filter((entry) => known.get(entry) !== entry.lastActivity)
      for (const entry of news) known.set(entry, entry.lastActivity)
      const batches = Math.ceil(news.length / batchRoutes)
      return Array.from({ length: batches }, (_, index) =>
        news
          .slice(index * batchRoutes, (index + 1) * batchRoutes)
          .map((entry): [string, number, number] => [entry.route.path, entry.lastActivity, lastUseOf(entry)]),
      )
    },
  }
}
