/** What the page that waits for a server has its browser do meanwhile. */
import { staticFilesPrefix, staticOrigin } from '../../seats/files/static-files.ts'
import { areNeighbours, serverOrigin } from '../../seats/host.ts'
import { likelyStaticFiles } from '../db/images/course-images.ts'
import type { Hub } from '../hub.ts'

type Urls = Pick<Hub, 'config' | 'hubUrl' | 'serversUrl'>

/**
 * Returns the origin to which a page that waits may connect before it goes there, which saves the notebook's page two or
 * three times the way. Browsers keep the connections of each site apart, so it helps only at another host of one site.
 */
export function earlyOrigin({ hubUrl, serversUrl }: Urls, label: string): string | undefined {
  const origin = serverOrigin(serversUrl, label)
  return origin !== hubUrl && areNeighbours(hubUrl, origin) ? origin : undefined
}

/**
 * Returns the address below which the static files lie that a server of the course will most likely lead to, for a page that waits
 * for the server. Undefined where the browser would bring them in vain.
 */
export async function earlyFiles(hub: Urls & Pick<Hub, 'db'>, course: string): Promise<string | undefined> {
  const digest = bringsFiles(hub) ? await likelyStaticFiles(hub.db, course) : undefined
  return digest && `${staticOrigin(hub.serversUrl, digest)}${staticFilesPrefix}${digest}/`
}

/**
 * Returns whether pages of the hub may bring static files of programs. Browsers keep what the pages of each site have brought apart, so
 * it helps only where hub and servers are of one site. At one origin for both, learners' code would be what the hub's pages ask.
 */
export function bringsFiles({ config, hubUrl, serversUrl }: Urls): boolean {
  return config.staticFiles && serversUrl !== hubUrl && areNeighbours(hubUrl, serverOrigin(serversUrl, 'label'))
}
