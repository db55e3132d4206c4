import type { Knex } from 'knex'
import { observeFor } from '../../metrics/histogram.ts'
import { type HubCounters, secondsSince, statementBounds } from './counters.ts'

const mostBegun = 10_000

/** Measures each statement to the database from now on, the wait for a connection not counted. */
export function watchStatements(db: Knex, { statements }: Pick<HubCounters, 'statements'>): void {
  const begun = new Map<string, number>()
  const over = (end: string) => (_: unknown, query: { __knexQueryUid?: string }) => {
    const uid = query.__knexQueryUid ?? ''
    const began = begun.get(uid)
    if (began === undefined) return
    begun.delete(uid)
    observeFor(statements, end, secondsSince(began), statementBounds)
  }
  db.on('query', (query: { __knexQueryUid: string }) => {
    // A statement whose connection is lost may have no end.
    if (begun.size >= mostBegun) begun.clear()
    begun.set(query.__knexQueryUid, performance.now())
  })
  db.on('query-response', over('success'))
  db.on('query-error', over('failure'))
}
