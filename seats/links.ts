/** Addresses and names that either of hub and proxy sends and the other one understands. */

/** Returns the hub's address that brings a browser back to a page inside a server, through a launch. */
export function openLink(to: string): string {
  return `/hub/open?to=${encodeURIComponent(to)}`
}

/** Returns the hub's address of a page for a frame without its seat's cookie: its button opens `to` in a tab. */
export function tabLink(to: string): string {
  return `/hub/tab?to=${encodeURIComponent(to)}`
}

/**
 * Returns the hub's address of the page that asks before it signs out. `next` is where a browser goes on after it has
 * signed in again: a path of the hub.
 */
export function signOutLink(next: string): string {
  return `/hub/logout?next=${encodeURIComponent(next)}`
}

/** Returns whether this decoded path is where a server's program signs out by itself, as Jupyter does. */
export function isSignOut(decoded: string, serverPath: string): boolean {
  if (!decoded.endsWith('/logout') && !decoded.endsWith('/logout/')) return false
  return decoded === `${serverPath}logout` || decoded === `${serverPath}logout/`
}

/** Returns the hub's address of the page that asks whether to restart a server, and then leads to `to` in it. */
export function restartLink(to: string): string {
  return `/hub/restart?to=${encodeURIComponent(to)}`
}

/**
 * Returns the address of the hub that a server's programs are told. JupyterLab appends `spawn` to start its server again,
 * `home`, or `user-redirect/…` for a link to share. So the address names the server.
 */
export function hubPrefixOf(serverPath: string): string {
  return `/hub/at${serverPath}`
}

/** The proxy's address at a server's host to which the launch page posts its ticket. */
export const seatPath = '/_carrel/seat'

/** The proxy's address below a server's path for the first page of a new seat. */
export const seatedPage = '_carrel/seated'

/**
 * The proxy's address below a server's path to which the hub leads a browser whose session has a seat at the run already, with
 * the landing as `to`. Where the browser's seat does not count, the proxy sends it back to the hub, which gives it a ticket.
 */
export const againPage = '_carrel/again'

/** The header in which the proxy sends the hub its token, so that the hub believes the client addresses it forwards. */
export const proxyAuthHeader = 'x-carrel-proxy-auth'

/** The header in which a proxy tells a hub what a gateway in front says about the person of a request. */
export const gatewayHeader = 'x-carrel-gateway'

/** First segments of entry links that name a learner by the id that an LMS has for her. */
export const learnerVerbs = [
  ...['ipythonExercice', 'notebookLazyCopy', 'notebookGitRepo'],
  ...['ipythonForward', 'ipythonShare', 'containerKill'],
]
