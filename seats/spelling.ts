/** The bytes of a request target: which spellings of a path are plain, and taking the token out of a query. */

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** The path with its escapes resolved once, or `undefined` when one is malformed. */
export function decodedPath(path: string): string | undefined {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path
  } catch {
    return undefined
  }
}

/** `.` or `..` as a segment in any spelling: programs disagree about what such a path names. */
export function hasDotSegment(decoded: string): boolean {
  return decoded.includes('.') && decoded.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')
}

/** The values of `token` in the query, whose name may be written with escapes. */
export function queryTokens(url: string): string[] {
  return queryParts(url)
    .filter(isToken)
    .map((part) => unescaped(part.slice(part.indexOf('=') + 1)))
}

/** The same URL without `token` in the query. Not one other byte changes. */
export function withoutToken(url: string): string {
  // Nearly all: without an escape the name stands there in plain sight.
  if (!url.includes('token') && !url.includes('%')) return url
  const parts = queryParts(url)
  const kept = parts.filter((part) => !isToken(part))
  if (kept.length === parts.length) return url
  return kept.length === 0 ? pathOf(url) : `${pathOf(url)}?${kept.join('&')}`
}

function queryParts(url: string): string[] {
  const query = url.indexOf('?')
  return query < 0 ? [] : url.slice(query + 1).split('&')
}

function isToken(part: string): boolean {
  const end = part.indexOf('=')
  return unescaped(end < 0 ? part : part.slice(0, end)) === 'token'
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
