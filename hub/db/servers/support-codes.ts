import { type Database, now, nowPlus } from '../dialect.ts'
import { deleteInParts } from '../in-parts.ts'
import { prepared } from '../prepared.ts'

/** The present code of a server, without its hyphen, and when it ends. */
export interface StoredSupportCode {
  server: string
  code: string
  /** Milliseconds since 1970, by the database's clock. */
  expires: number
}

type Row = Omit<StoredSupportCode, 'expires'> & { expires: number | string }

const lasting = (db: Database) => db('support_codes').where('expires', '>', now(db))

const codeOfServer = prepared<[server: string], Row | undefined>((db, server) => lasting(db).where({ server }).first())

/** Returns the code that the server has at the moment. */
export async function storedCodeOf(db: Database, server: string): Promise<StoredSupportCode | undefined> {
  return toCode(await codeOfServer(db, server))
}

/** Returns what this code means at the moment. */
export async function findStoredCode(db: Database, code: string): Promise<StoredSupportCode | undefined> {
  return toCode(await lasting(db).where({ code }).first())
}

/** Stores a code for a server that has none. Does nothing where it has one by now, or where another server has that code. */
export async function addStoredCode(
  db: Database,
  { server, code, lasts }: { server: string; code: string; lasts: number },
): Promise<void> {
  await db('support_codes').where({ server }).where('expires', '<=', now(db)).delete()
  await db('support_codes')
    .insert({ server, code, expires: nowPlus(db, lasts) })
    .onConflict()
    .ignore()
}

export async function expireSupportCodes(db: Database): Promise<void> {
  await deleteInParts(db, 'support_codes', 'server', (rows) => rows.where('expires', '<=', now(db)))
}

function toCode(row: Row | undefined): StoredSupportCode | undefined {
  return row && { ...row, expires: Number(row.expires) }
}
