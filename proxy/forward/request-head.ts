import type { OutgoingHttpHeaders } from 'node:http'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { remembered } from '../../net/remembered.ts'

/**
 * Returns the head of a request as it goes to a backend. Throws where a part has characters that it may not have: Node
 * reads heads of which it would refuse to write a part. `framing` are the lines about the message's own length.
 */
export function requestHead(method: string, path: string, headers: OutgoingHttpHeaders, framing: string): string {
  if (badInPath.test(path)) throw new Error('the path has characters that paths do not have')
  return `${method} ${path} HTTP/1.1\r\n${headerLines(headers, framed)}${framing}\r\n`
}

/** Returns the headers, except those of the names in `without`, as lines. Throws as `requestHead` does. */
export function headerLines(headers: OutgoingHttpHeaders, without: ReadonlySet<string> = nothing): string {
  let lines = ''
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value === undefined || without.has(name)) continue
    if (Array.isArray(value)) for (const each of value) lines += line(name, each)
    else lines += line(name, String(value))
  }
  return lines
}

function line(name: string, value: string): string {
  checkName(name)
  if (badInValue.test(value)) validateHeaderValue(name, value)
  return `${name}: ${value}\r\n`
}

const checkName = remembered((name) => {
  validateHeaderName(name)
  return name
})

const nothing: ReadonlySet<string> = new Set()

/** Headers that frame a message, or ask for an interim answer that the proxy itself has given. */
const framed: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection', 'expect'])

const badInPath = /[^\u0021-\u00ff]/
const badInValue = /[^\t\x20-\x7e\x80-\xff]/
