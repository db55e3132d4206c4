/**
 * The way from a seat straight to JupyterLab, by a redirect and without the page of `seated.ts`: where a tab finds the workspace of
 * its course free, the proxy can see to it that the notebook is in it.
 */
import { z } from 'zod'
import { openPeer } from '../../net/peer.ts'
import { cookieHeader, cookieValues, countedValues, landingCookieName } from '../../seats/cookie.ts'
import { readLanding, signLanding } from '../../seats/landing.ts'
import type { Access } from '../../seats/route.ts'
import type { RunSecrets } from '../../seats/run-secrets.ts'
import type { Seat } from '../../seats/seat.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { HeldRoute } from '../routes/route-table.ts'
import { type LabPlace, newWorkspace } from './jupyterlab.ts'
import type { Site } from './site.ts'

/** For how long the redirect's own request may be under way, and the claim to the workspace lasts until JupyterLab has come. */
const [landsSeconds, claimSeconds] = [10, 60]

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
 * Resolves with the cookies of a redirect to the place: one lets the request that follows it pass (`lands`), the other one claims the
 * workspace. Undefined where the page is needed: in frames, on phones, in narrow windows, for guests, and where the server does not answer as JupyterLab does.
 * Callers have made sure that nothing is open at the server, since another tab could have the workspace.
 */
export async function straightCookies(
  { site, now }: SiteContext,
  exchange: Exchange,
  { entry, access, secrets, seat, place }: Straight,
): Promise<string[] | undefined> {
  const { headers, method } = exchange
  const isTab = headers['sec-fetch-dest'] === 'document' && headers['sec-fetch-site'] !== undefined && !seat.framed
  if (!isTab || method !== 'GET' || seat.user !== access.user || access.program !== undefined) return undefined
  // The page makes room on a phone and in a narrow window.
  if (/Mobi/i.test(headers['user-agent'] ?? '') || cookieValues(headers.cookie, narrowCookie).length > 0)
    return undefined
  if (!(await hasWorkspace(entry, secrets, place))) return undefined
  const to = `${place.path}${place.before}lab/workspaces/${place.workspace}${place.rest}`
  const value = signLanding(secrets.seatKey, seat.id, to, now() + landsSeconds * 1000)
  const secure = site.scheme === 'https'
  const claim = `carrel-workspace-${place.workspace}=${now()}; Path=${place.path}_carrel/; Max-Age=${claimSeconds}`
  return [landingCookie(site, access, place.path, value), `${claim}; SameSite=Lax${secure ? '; Secure' : ''}`]
}

/** Says whether a tab comes by such a redirect: its cookie is signed for its seat, and for this address. */
export function lands(
  { site, now }: SiteContext,
  { headers, url }: Exchange,
  { access, secrets, seat }: Pick<Straight, 'access' | 'secrets' | 'seat'>,
): boolean {
  const values = countedValues(headers.cookie, landingCookieName(access.label, scopeOf(site)))
  const [value, ...others] = values === 'ambiguous' ? [] : values
  if (value === undefined || others.length > 0) return false
  const landing = readLanding(secrets.seatKey, seat.id, value, now())
  return landing.state === 'good' && landing.to === url
}

/** Returns the `Set-Cookie` values that end such a cookie where a request shows one, since it counts once. */
export function spentLanding(site: Site, { headers }: Exchange, access: Access, path: string): string[] {
  const name = landingCookieName(access.label, scopeOf(site))
  return headers.cookie?.includes(`${name}=`) ? [landingCookie(site, access, path, '')] : []
}

function landingCookie(site: Site, { label }: Access, path: string, value: string): string {
  const { ownHost, secure } = scopeOf(site)
  return cookieHeader({
    name: landingCookieName(label, { ownHost, secure }),
    value,
    path: ownHost ? '/' : path,
    secure,
    framed: false,
    maxAgeSeconds: value === '' ? 0 : landsSeconds,
  })
}

function scopeOf(site: Site) {
  return { ownHost: site.hosts === 'own', secure: site.scheme === 'https' }
}

/** Returns the `Set-Cookie` value by which a browser gets the page at its way from the launch page, whose window is narrow. */
export function narrowWindow(site: Site, path: string): string {
  const secure = site.scheme === 'https' ? '; Secure' : ''
  return `${narrowCookie}=1; Path=${path}_carrel/; Max-Age=86400; SameSite=Lax${secure}`
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
