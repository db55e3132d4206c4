import type { Logger } from 'pino'
import { createRouteTable, type RouteTable, type RouteTableOptions } from './route-table.ts'
import { keepRoutes, loadRoutes, type RoutesFile } from './routes-file.ts'

export type TableChanged = NonNullable<RouteTableOptions['changed']>

export interface KeptTableOptions {
  /** Without it the table is kept only in memory. */
  routesFile?: string | undefined
  log: Logger
  now(): number
  changed: TableChanged
}

/** Opens the route table from its file, and from then on keeps the file up to date until `opened` is closed. */
export async function openKeptTable(
  { routesFile, log, now, changed }: KeptTableOptions,
  opened: AsyncDisposableStack,
): Promise<RouteTable> {
  const saved = routesFile === undefined ? { entries: [], removed: [] } : await loadRoutes(routesFile, log)
  let file: RoutesFile | undefined
  const table = createRouteTable({
    ...saved,
    now,
    changed(...change) {
      file?.touch()
      changed(...change)
    },
  })
  if (routesFile !== undefined) {
    const kept = keepRoutes(routesFile, () => ({ entries: table.all(), removed: table.removed() }), log)
    file = kept
    opened.defer(() => kept.close())
  }
  return table
}
