import { gzipSync } from 'node:zlib'
import type { Knex } from 'knex'
import { putSnapshot } from '../../../hub/db/content/snapshots.ts'

/** Keeps a copy that a user shares of a notebook of demo. Returns its id. */
export async function addSnapshotFor(db: Knex, user: string, path = 'hers.ipynb', milliseconds = 86_400_000) {
  const document = { title: 'Hers', html: gzipSync('<p>secret</p>'), style: 'x' }
  const most = { perUser: 20, bytesOfUser: 1e6, bytesOfCourse: 1e6 }
  const kept = await db.transaction((trx) =>
    putSnapshot(trx, { user, course: 'demo', path, ...document, milliseconds }, most),
  )
  if (typeof kept === 'string') throw new Error(kept)
  return kept.id
}
