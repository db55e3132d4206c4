import { type Database, now } from './dialect.ts'

export type EventKind =
  | 'signed-in'
  | 'signed-out'
  | 'launched'
  | 'started'
  | 'failed'
  | 'stopped'
  | 'culled'
  | 'user-removed'
  | 'token-made'
  | 'token-ended'
  | 'shared'
  | 'unshared'
  | 'opened-as-staff'
  | 'opened-shared'

export interface NewEvent {
  kind: EventKind
  user?: string
  course?: string
  server?: string
  run?: number
  detail?: Record<string, string | number | boolean>
}

/** One line of history. Written in the transaction of what it tells about. */
export async function addEvent(db: Database, event: NewEvent): Promise<void> {
  const { detail, ...columns } = event
  await db('events').insert({ ...columns, at: now(db), detail: detail === undefined ? null : JSON.stringify(detail) })
}
