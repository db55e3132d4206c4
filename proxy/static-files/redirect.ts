import { isStaticPath, namesContent, staticUrl } from '../../seats/files/static-files.ts'
import type { Access } from '../../seats/route.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { reply } from '../replies/reply.ts'

/** What a page asks for in such a way that another host may answer. A worker must come from the page's own. */
const parts = new Set(['script', 'style', 'font', 'image'])

/** How long a browser may keep where a file is. Hubs and proxies keep the files themselves for weeks. */
const keptSeconds = 86_400

/**
 * Leads a browser from a static file at a server to the same file at the address that all servers of the image share, and returns
 * true; false where this proxy does not have the file, so that the server answers. `inside` is the path below the server's own,
 * and `access` is that of the server's run.
 */
export function leadToStatic(
  context: Pick<SiteContext, 'site' | 'staticFiles'>,
  exchange: Exchange,
  { digest, inside, access }: { digest: string; inside: string; access: Pick<Access, 'user' | 'server' | 'run'> },
): boolean {
  const { method, headers, upgrade } = exchange
  if (method !== 'GET' || upgrade !== undefined || !parts.has(String(headers['sec-fetch-dest']))) return false
  if (context.staticFiles === undefined || !isStaticPath(inside)) return false
  const file = context.staticFiles.atHand(digest)?.get(inside)
  if (file === undefined) return false
  const { user, server, run } = access
  const asked = { user, run: `${server} ${run}`, path: inside, bytes: Math.min(...Object.values(file)) }
  context.staticFiles.first.asked(digest, asked, performance.now())
  // The style of a theme has the same name in all versions.
  const kept = namesContent(inside) ? `private, max-age=${keptSeconds}` : 'no-store'
  reply(exchange, 302, {
    location: staticUrl(context.site.serversUrl, digest, inside),
    'cache-control': kept,
    vary: 'Sec-Fetch-Dest',
    // A page that wants no other site's parts in it, or reads them by script, takes these.
    'cross-origin-resource-policy': 'same-origin',
  })
  return true
}
