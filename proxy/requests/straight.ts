/**
 * The way from a seat straight to JupyterLab, by a redirect and without the page of `seated.ts`: where a tab finds the workspace of
 * its course free, the proxy can see to it that the notebook is in it.
 */
import { z } from 'zod'
import { openPeer } from '../../net/peer.ts'
import { cookieValues } from '../../seats/cookie.ts'
import type { Access } from '../../seats/route.ts'
import type { RunSecrets } from '../../seats/run-secrets.ts'
import type { Seat } from '../../seats/seat.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { HeldRoute } from '../routes/route-table.ts'
import { type LabPlace, newWorkspace } from './jupyterlab.ts'

/** For how long the claim to the workspace lasts, until JupyterLab has come. */
const claimSeconds = 60

/** A server that does not answer so soon gets the page, which offers a restart. */
const lookMilliseconds = 1000
const longestWorkspace = 2 ** 18

/** The cookie that the page sets in a narrow window. */
export const narrowCookie = 'carrel-narrow'

export interface Straight {
  entry: HeldRoute
  access: Access
  secrets: RunSecrets
  seat: Seat
  place: LabPlace
}

/**
 * Resolves with the cookie of a redirect to the place, which claims the workspace. Undefined where the page is needed: after a link of
 * another page, in frames, on phones, in narrow windows, for guests, and where the server does not answer as JupyterLab does.
 * Callers have made sure that nothing is open at the server, since another tab could have the workspace.
 */
export async function straightCookie(
  { site, now }: SiteContext,
  exchange: Exchange,
  { entry, access, secrets, seat, place }: Straight,
): Promise<string | undefined> {
  const { headers, method } = exchange
  // What another page's link has begun stays `cross-site` at each reload, and only a page of the server's own ends that.
  const isTyped = headers['sec-fetch-site'] === 'none' && headers['sec-fetch-dest'] === 'document'
  if (!isTyped || method !== 'GET' || seat.user !== access.user || access.program !== undefined) return undefined
  // The page makes room on a phone and in a narrow window.
  if (/Mobi/i.test(headers['user-agent'] ?? '') || cookieValues(headers.cookie, narrowCookie).length > 0)
    return undefined
  if (!(await hasWorkspace(entry, secrets, place))) return undefined
  const secure = site.scheme === 'https' ? '; Secure' : ''
  const claim = `carrel-workspace-${place.workspace}=${now()}; Path=${place.path}_carrel/; Max-Age=${claimSeconds}`
  return `${claim}; SameSite=Lax${secure}`
}

/**
 * Sees to it that the server's workspace holds the notebook, and says whether it does. One that holds it stays as its user left it, and
 * another one is made new, as on the page. Any answer that JupyterLab does not give, or none, is a no.
 */
async function hasWorkspace({ route, target }: HeldRoute, { token }: RunSecrets, place: LabPlace): Promise<boolean> {
  const { workspace, notebook } = place
  const server = openPeer(route.target, { connections: 1, bytes: longestWorkspace })
  const path = `${target.path}${place.path}lab/api/workspaces/${workspace}`
  const headers = { authorization: `token ${token}` }
  const signal = AbortSignal.timeout(lookMilliseconds)
  try {
    const { status, text } = await server.call({ method: 'GET', path, headers, signal })
    if (status !== 200) return false
    const { data } = workspaceSchema.parse(JSON.parse(text))
    const fresh = newWorkspace(place)
    if (fresh === undefined || Object.hasOwn(data, `notebook:${notebook}`)) return true
    const body = JSON.stringify({ data: fresh, metadata: { id: workspace } })
    const json = { ...headers, 'content-type': 'application/json' }
    return (await server.call({ method: 'PUT', path, headers: json, body, signal })).status === 204
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** A workspace as JupyterLab answers, also for one that is not there yet. */
const workspaceSchema = z.object({ data: z.record(z.string(), z.unknown()) })
