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

/** More values than this are not looked at, so that no query is costly. Those that are not looked at open nothing. */
const valuesAtMost = 16

/** The different values of `token` in the query, whose name may be written with escapes; at most 16. */
export function queryTokens(url: string): string[] {
  const values = new Set<string>()
  for (const [, part = ''] of queryOf(url).matchAll(tokenPart)) {
    values.add(part.slice(part.indexOf('=') + 1))
    if (values.size === valuesAtMost) break
  }
  return [...new Set([...values].map(unescaped))]
}

/** The same URL without `token` in the query. Not one other byte changes. */
export function withoutToken(url: string): string {
  const query = queryOf(url)
  if (query === '') return url
  const kept = query.replace(tokenPart, '')
  if (kept.length === query.length) return url
  return kept === '' ? pathOf(url) : `${pathOf(url)}?${kept.slice(1)}`
}

/** The query, with a `&` where its `?` was: so every part begins with one. */
function queryOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? '' : `&${url.slice(query + 1)}`
}

/** A part of the query whose name is `token` in any spelling. Each letter has two, so nothing needs to be decoded. */
const tokenPart = /&((?:t|%74)(?:o|%6[fF])(?:k|%6[bB])(?:e|%65)(?:n|%6[eE])(?:=[^&]*)?)(?=&|$)/g

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
