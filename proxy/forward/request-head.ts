import type { OutgoingHttpHeaders } from 'node:http'
import { headerLines } from '../http/header-lines.ts'

/**
 * Returns the head of a request as it goes to a backend. Throws where a part has characters that it may not have: Node
 * reads heads of which it would refuse to write a part. `framing` are the lines about the message's own length.
 */
export function requestHead(method: string, path: string, headers: OutgoingHttpHeaders, framing: string): string {
  if (badInPath.test(path)) throw new Error('the path has characters that paths do not have')
  return `${method} ${path} HTTP/1.1\r\n${headerLines(headers, framed)}${framing}\r\n`
}

/** Headers that frame a message, or ask for an interim answer that the proxy itself has given. */
const framed: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection', 'expect'])

const badInPath = /[^\u0021-\u00ff]/
