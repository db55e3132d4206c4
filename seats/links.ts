/** Addresses and names that one side of hub and proxy sends and the other side answers to. */

/** At the hub: brings a browser back to a page inside a server, through a launch. */
export function openLink(to: string): string {
  return `/hub/open?to=${encodeURIComponent(to)}`
}

/** At the hub: for a frame that did not keep its seat's cookie, a page with a button that opens `to` in a tab. */
export function tabLink(to: string): string {
  return `/hub/tab?to=${encodeURIComponent(to)}`
}

/** At a server's host: the proxy's own, where the launch page posts its ticket. */
export const seatPath = '/_carrel/seat'

/** Below a server's path: the proxy's own, the first page that a new seat shows. */
export const seatedPage = '_carrel/seated'

/** In it the proxy shows the hub its token, so that the hub believes the addresses that it forwards. */
export const proxyAuthHeader = 'x-carrel-proxy-auth'

/** First segments of entry links whose last one is a learner's id at the LMS. */
export const learnerVerbs = ['ipythonExercice', 'notebookLazyCopy'] as const
