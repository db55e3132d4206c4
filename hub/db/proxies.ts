import { type Database, now } from './dialect.ts'

export async function noteCollected(db: Database, url: string): Promise<void> {
  await db('proxies')
    .insert({ url, collected: now(db) })
    .onConflict('url')
    .merge(['collected'])
}

/** Returns until when the traffic of all these proxies is known. Undefined when one of them has never answered. */
export async function knownUntil(db: Database, urls: string[]): Promise<number | undefined> {
  const rows: { collected: number }[] = await db('proxies').whereIn('url', urls).select('collected')
  return rows.length < urls.length || rows.length === 0 ? undefined : Math.min(...rows.map((row) => row.collected))
}
