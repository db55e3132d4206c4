/** Reads the bytes of a request target: the spelling of its path, and tokens in its query. */

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** Returns the path with its escapes resolved once; undefined when one is malformed. */
export function decodedPath(path: string): string | undefined {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path
  } catch {
    return undefined
  }
}

/** Says whether a decoded path has a segment `.` or `..`. Programs disagree about what such a path names. */
export function hasDotSegment(decoded: string): boolean {
  return decoded.includes('.') && decoded.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')
}

/** How many values are read, so that no query is costly. The others give no access. */
const valuesAtMost = 16

/** Returns the different values of `token` in the query, at most 16. The name may be written with escapes. */
export function queryTokens(url: string): string[] {
  const values = new Set<string>()
  for (const [, part = ''] of queryOf(url).matchAll(tokenPart)) {
    values.add(part.slice(part.indexOf('=') + 1))
    if (values.size === valuesAtMost) break
  }
  return [...new Set([...values].map(unescaped))]
}

/** Returns the URL without `token` in the query, and otherwise byte for byte unchanged. */
export function withoutToken(url: string): string {
  const start = url.indexOf('?')
  // Most queries hold neither the word nor an escape, and need no closer look.
  if (start < 0 || !(url.includes('token', start) || url.includes('%', start))) return url
  const query = queryOf(url)
  const kept = query.replace(tokenPart, '')
  if (kept.length === query.length) return url
  return kept === '' ? pathOf(url) : `${pathOf(url)}?${kept.slice(1)}`
}

/** Returns the query with a `&` in place of its `?`, so that every part begins with a `&`. */
function queryOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? '' : `&${url.slice(query + 1)}`
}

/** Finds a part of the query whose name is `token`, each letter of which may be written plainly or as an escape. */
const tokenPart = /&((?:t|%74)(?:o|%6[fF])(?:k|%6[bB])(?:e|%65)(?:n|%6[eE])(?:=[^&]*)?)(?=&|$)/g

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
