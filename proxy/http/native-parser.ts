/**
 * Node's own HTTP parser. `node:http` offers it only together with its server and client, which take twice the processor
 * time of what the proxy needs. docs/decisions/0002-proxy-engine.md says why it is used nevertheless. No other file asks
 * for it, and the version of Node is fixed in package.json.
 */
import { createRequire } from 'node:module'

/** What the parser does after a head: it reads a body, knows that there is none, or stops until it is renewed. */
export type HeadVerdict = 0 | 1 | 2
export const withBody = 0
export const bodiless = 1
export const stop = 2

/** An error of the parser. */
export interface ParseError extends Error {
  code: string
  /** Up to where the parser has read, in the bytes that it was given last. */
  bytesParsed: number
}

/** The part of Node's parser that is used here. Its events are methods whose names are numbers of the class. */
export interface NativeParser {
  [event: number]: unknown
  initialize(type: number, resource: object, maxHeaderSize: number): void
  execute(bytes: Buffer): number | Error
  finish(): Error | number | undefined
  close(): void
}

interface NativeParserClass {
  new (): NativeParser
  readonly REQUEST: number
  readonly RESPONSE: number
  readonly kOnMessageBegin: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

export const { HTTPParser, methods } = createRequire(import.meta.url)('node:_http_common') as {
  HTTPParser: NativeParserClass
  /** The names of methods by the parser's numbers. */
  methods: readonly string[]
}
