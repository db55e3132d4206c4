import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http'
import { remembered } from '../../net/remembered.ts'

/**
 * Returns the headers, except those of the names in `without`, as lines. Throws where a name or a value has characters
 * that it may not have: Node's parser reads heads of which Node itself would refuse to write a part.
 */
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

/** Throws where a text has characters that no line of a head may have. */
export function checkText(text: string): void {
  if (badInValue.test(text)) throw new Error('a line of the head has characters that it may not have')
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

const badInValue = /[^\t\x20-\x7e\x80-\xff]/
