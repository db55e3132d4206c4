import { createHash } from 'node:crypto'
import { type Database, isOneOf, now, nowPlus } from '../dialect.ts'
import { deleteInParts } from '../in-parts.ts'
import { prepared } from '../prepared.ts'

/** A text that rows name by its digest, so that all rows with the same text share one. It never changes. */
export interface DefinitionText {
  digest: string
  /** JSON. */
  content: string
}

/** Returns the definition of a value. Equal values have equal digests, whatever the order of their fields. Pure. */
export function definitionOf(value: unknown): DefinitionText {
  const content = JSON.stringify(value, (_key, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
  return { digest: createHash('sha256').update(content).digest('hex'), content }
}

/** How long a definition that no row names is kept after its last use. */
const unusedMilliseconds = 60 * 60_000
/** For how long a hub takes a definition for one that is kept. Far less, so that none is removed under a hub's hands. */
const keptMilliseconds = 10 * 60_000
/** The most definitions that a hub remembers. A config with many courses has some hundred. */
const mostRemembered = 1000

/** The definitions as one hub knows them. What is known needs no statement, since definitions never change. */
export interface Definitions {
  /** Sees to it that the database has these, so that a row can name them within the next minutes. */
  keep(definitions: DefinitionText[]): Promise<void>
  /** Has `keep` write this one the next time. For a database that has lost writes. */
  forget(digest: string): void
  /** Returns the values of definitions that rows name, by digest. */
  read(digests: (string | undefined)[], db?: Database): Promise<Map<string, unknown>>
}

export function createDefinitions(hubDb: Database): Definitions {
  const values = new Map<string, unknown>()
  const kept = new Map<string, number>()
  const remember = ({ digest, content }: DefinitionText) => {
    if (values.size >= mostRemembered) values.clear()
    values.set(digest, JSON.parse(content))
  }
  return {
    async keep(definitions) {
      const began = performance.now()
      for (const definition of definitions) {
        const { digest, content } = definition
        const last = kept.get(digest)
        if (last !== undefined && began - last < keptMilliseconds) continue
        await written(hubDb, digest, content)
        if (kept.size >= mostRemembered) kept.clear()
        kept.set(digest, began)
        remember(definition)
      }
    },
    forget: (digest) => void kept.delete(digest),
    async read(digests, db = hubDb) {
      const wanted = [...new Set(digests)].filter((digest) => digest !== undefined)
      const unknown = wanted.filter((digest) => !values.has(digest))
      const found = new Map(wanted.map((digest) => [digest, values.get(digest)]))
      if (unknown.length === 0) return found
      for (const row of await byDigest(db, JSON.stringify(unknown))) {
        remember(row)
        found.set(row.digest, values.get(row.digest))
      }
      return found
    },
  }
}

const written = prepared<[digest: string, content: string], unknown>((db, digest, content) =>
  db('definitions')
    .insert({ digest, content, used: now(db) })
    .onConflict('digest')
    .merge(['used']),
)

const byDigest = prepared<[digests: string], DefinitionText[]>((db, digests) =>
  db('definitions')
    .where(isOneOf(db, 'digest', digests))
    .select('digest', 'content'),
)

/** Returns whether a definition that is kept has this part. */
export async function isInDefinition(db: Database, part: string): Promise<boolean> {
  const pattern = `%${part.replace(/[\\%_]/g, '\\$&')}%`
  return (await db('definitions').whereRaw("content like ? escape '\\'", [pattern]).first('digest')) !== undefined
}

/** Removes definitions that no row has named for a while. A row that comes to name one meanwhile keeps it. */
export async function expireDefinitions(db: Database): Promise<void> {
  await deleteInParts(db, 'definitions', 'digest', (rows) =>
    rows
      .where('used', '<', nowPlus(db, -unusedMilliseconds))
      .whereNotExists(db('servers').whereRaw('servers.made_of = definitions.digest').select('servers.id'))
      .whereNotExists(db('servers').whereRaw('servers.origins = definitions.digest').select('servers.id'))
      .whereNotExists(db('courses').whereRaw('courses.origins = definitions.digest').select('courses.slug')),
  )
}
