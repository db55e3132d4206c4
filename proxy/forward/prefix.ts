/**
 * Takes the path of a route off the paths of requests, for a program that has to see them as if it had a host of its own,
 * and puts it back into the paths of its answers. Pure. Row 1 of the rules has refused paths that would be read as a host.
 */

/** A server whose program sees no prefix. */
export interface Stripped {
  /** The path of the route. */
  path: string
  /** The origin of the server's pages. */
  origin: string
  /** Path and query as the program has seen them. */
  url: string
}

/** Returns path and query of a request below a route, as a program without a prefix sees them. */
export function withoutPrefix(url: string, path: string): string {
  const rest = url.slice(path.length)
  return url.startsWith(path) ? `/${rest}` : `/${url.slice(path.length - 1)}`
}

/**
 * Returns where an answer of such a program leads: below the path of the route, if it leads to the program's own host, under
 * whatever scheme. A place that the program names with the prefix, and one at another host, stays as it is.
 */
export function withPrefix(location: string, { path, origin, url }: Stripped): string {
  const own = new URL(origin)
  // Browsers read the bytes of an address as UTF-8.
  const to = URL.parse(Buffer.from(location, 'latin1').toString(), origin + url)
  if (to === null || to.host !== own.host || !/^https?:$/.test(to.protocol)) return location
  return prefixed(to.pathname, path) + to.search + to.hash
}

/** Returns a path of such a program as browsers have it. */
export function prefixed(inside: string, path: string): string {
  if (`${inside}/` === path) return path
  return inside.startsWith(path) ? inside : path + inside.replace(/^\//, '')
}
