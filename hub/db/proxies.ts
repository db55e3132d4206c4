import { type Database, isOneOf, now } from './dialect.ts'
import { prepared } from './prepared.ts'

export async function noteCollected(db: Database, url: string): Promise<void> {
  await db('proxies')
    .insert({ url, collected: now(db) })
    .onConflict('url')
    .merge(['collected'])
}

const collectedOf = prepared<[urls: string], { collected: number }[]>((db, urls) =>
  db('proxies')
    .where(isOneOf(db, 'url', urls))
    .select('collected'),
)

/** Returns until when the traffic of all these proxies is known. Undefined when one of them has never answered. */
export async function knownUntil(db: Database, urls: string[]): Promise<number | undefined> {
  const rows = await collectedOf(db, JSON.stringify(urls))
  return rows.length < urls.length || rows.length === 0 ? undefined : Math.min(...rows.map((row) => row.collected))
}
