import type { IncomingHttpHeaders } from 'node:http'
import { remembered } from '../../net/remembered.ts'

/**
 * Returns the headers by their names in lower case, as `node:http` does: values of one name are joined with a comma
 * (cookies with a semicolon), `set-cookie` is a list, and of a header that can only have one value the first counts.
 */
export function headersOf(raw: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at < raw.length; at += 2) {
    const name = lowerCase(raw[at] ?? '')
    const value = raw[at + 1] ?? ''
    // Not a text for a name like `constructor`, which every object has.
    const earlier = headers[name]
    if (name === 'set-cookie') {
      if (Array.isArray(earlier)) earlier.push(value)
      else headers[name] = [value]
    } else if (typeof earlier !== 'string') headers[name] = value
    else if (!single.has(name)) headers[name] = `${earlier}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}

/** Returns all values of a header, whose name is given in lower case. */
export function headerValues(raw: readonly string[], wanted: string): string[] {
  const values: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (name.length === wanted.length && lowerCase(name) === wanted) values.push(raw[at + 1] ?? '')
  }
  return values
}

const lowerCase = remembered((name) => name.toLowerCase())

const single = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])
