/**
 * Web origins, and patterns of them. `https://*.example.org` stands for every name below example.org, as browsers read it
 * in a Content-Security-Policy, so that everything that asks here agrees with what browsers do.
 */

/** Returns whether the text is an exact origin as browsers write it: nothing in it means more in a policy. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?$/.test(text) && URL.parse(text)?.origin === text
}

/**
 * Returns whether the text is an exact origin, or one with `*` for what stands before a name. That name must be one that
 * a single owner has, so a name under which registries sell names is refused.
 */
export function isOriginPattern(text: string): boolean {
  if (!text.includes('*')) return isOrigin(text)
  const sample = sampleOf(text)
  return isOrigin(sample) && !isRegistry(new URL(sample).hostname.split('.').slice(1))
}

/** Returns an origin that the pattern covers; an exact origin itself. */
export function sampleOf(pattern: string): string {
  return pattern.replace('://*.', '://any.')
}

/**
 * Returns whether the pattern covers `origin`, which may be a pattern too. Scheme and port must be the same, and `*`
 * stands for one label or more, never for none.
 */
export function coversOrigin(pattern: string, origin: string): boolean {
  const [start = '', end] = pattern.split('*', 2)
  if (end === undefined) return pattern === origin
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false
  return /^(\*|[a-z0-9_-]+)(\.[a-z0-9_-]+)*$/.test(origin.slice(start.length, -end.length))
}

/** Returns whether one of the patterns covers `origin`. */
export function areCovering(patterns: readonly string[], origin: string): boolean {
  return patterns.some((pattern) => coversOrigin(pattern, origin))
}

/** Returns whether the pattern covers `origin` with one label for its `*`. */
export function coversSibling(pattern: string, origin: string): boolean {
  return coversOrigin(pattern, origin) && pattern.split('.').length === origin.split('.').length
}

/** The words below a country's domain under which its registry sells names: `co.uk`, `com.br`, `ac.jp`. */
const sold = new Set(
  'ac ad asn asso co com ed edu fi go gob gouv gov gv id in info ltd me mil ne net nhs nom or org plc sch tm'.split(
    ' ',
  ),
)

function isRegistry(labels: string[]): boolean {
  const [name = '', country = '', ...more] = labels
  if (labels.length < 2) return true
  return more.length === 0 && country.length === 2 && sold.has(name)
}
