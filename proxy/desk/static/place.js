/** Where this page stands: the server's path, the hub, and the addresses that are made of them. */
const { path, hub } = document.body.dataset

/** The path of the server, which ends with a slash. */
export const serverPath = path

export const deskPath = `${path}_carrel/desk/`

/** Returns the desk's address for what the program shows: a path below the server's, with query and hash. */
export const deskOf = (inside) => deskPath + inside

/** Returns what the desk shows now, by its own address. */
export function shownInside() {
  const { pathname, search, hash } = location
  return pathname.startsWith(deskPath) ? pathname.slice(deskPath.length) + search + hash : ''
}

/** Returns an address of the hub about what the desk shows: `open`, `restart` or `tab`. */
export const hubLink = (page) => `${hub}/hub/${page}?to=${encodeURIComponent(serverPath + shownInside())}`

/** Whether the desk is in a frame of another page, such as a course of an LMS. */
export const isFramed = window !== window.top
