/** Addresses and names that either of hub and proxy sends and the other one understands. */

/** Returns the hub's address that brings a browser back to a page inside a server, through a launch. */
export function openLink(to: string): string {
  return `/hub/open?to=${encodeURIComponent(to)}`
}

/** Returns the hub's address of a page for a frame without its seat's cookie: its button opens `to` in a tab. */
export function tabLink(to: string): string {
  return `/hub/tab?to=${encodeURIComponent(to)}`
}

/** The proxy's address at a server's host to which the launch page posts its ticket. */
export const seatPath = '/_carrel/seat'

/** The proxy's address below a server's path for the first page of a new seat. */
export const seatedPage = '_carrel/seated'

/** The header in which the proxy sends the hub its token, so that the hub believes the client addresses it forwards. */
export const proxyAuthHeader = 'x-carrel-proxy-auth'

/** First segments of entry links whose last segment is a learner's id at the LMS. */
export const learnerVerbs = ['ipythonExercice', 'notebookLazyCopy'] as const
