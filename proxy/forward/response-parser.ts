/**
 * Node's own HTTP parser, for the responses of backends. `node:http` offers it only together with its client, which
 * takes twice the processor time of this. docs/decisions/0002-proxy-engine.md says why it is used nevertheless.
 */
import { createRequire } from 'node:module'

/** The first line and the headers of a response. */
export interface ResponseHead {
  status: number
  statusText: string
  /** Names and values in turn, byte for byte as they came. */
  headers: string[]
  /** Whether the backend leaves the connection open for a further request. */
  keepsOpen: boolean
}

/**
 * What a parser reports while it reads. An error that `interim`, `head` or `upgraded` throws ends the reading, and `read`
 * throws it.
 */
export interface ResponseEvents {
  /** An interim answer (1xx), of which there may be several. */
  interim(): void
  head(head: ResponseHead): void
  /** The head of an answer with status 101, after which the connection speaks another protocol. */
  upgraded(head: ResponseHead): void
  body(piece: Buffer): void
  end(): void
}

export interface ResponseParser {
  /** Whether the next answer has no body, whatever its head says, because it answers a HEAD. */
  isBodiless: boolean
  /** Reads bytes. Returns how many of them were read: fewer than given only after `upgraded`. Throws on bad bytes. */
  read(bytes: Buffer): number
  /** Tells the parser that the backend has ended the connection. Throws where an answer is not complete. */
  finish(): void
  /** Gives the parser's memory back. Call it outside the parser's events. */
  close(): void
}

export function createResponseParser(events: ResponseEvents): ResponseParser {
  const native = new HTTPParser()
  native.initialize(HTTPParser.RESPONSE, {}, 0)
  let early: string[] = []
  let hasHead = false
  let isInterim = false
  const parser: ResponseParser = {
    isBodiless: false,
    read(bytes) {
      const read = native.execute(bytes)
      if (typeof read !== 'number') throw read
      return read
    },
    finish() {
      const problem = native.finish()
      if (problem instanceof Error) throw problem
    },
    close: () => native.close(),
  }
  native[HTTPParser.kOnMessageBegin] = () => {
    early = []
    hasHead = false
  }
  // Called where a head has over 32 headers, for each 32 of them, and for the trailers of a chunked body.
  native[HTTPParser.kOnHeaders] = (headers: string[]) => {
    if (!hasHead) early.push(...headers)
  }
  native[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    headers: string[] | undefined,
    _method: unknown,
    _url: unknown,
    status: number,
    statusText: string,
    isUpgrade: boolean,
    keepsOpen: boolean,
  ): HeadVerdict => {
    hasHead = true
    isInterim = status >= 100 && status < 200 && status !== 101
    if (isInterim) {
      events.interim()
      return bodiless
    }
    const head = { status, statusText, headers: headers ?? early, keepsOpen }
    if (isUpgrade) {
      events.upgraded(head)
      return otherProtocol
    }
    events.head(head)
    return parser.isBodiless || status === 204 || status === 304 ? bodiless : withBody
  }
  native[HTTPParser.kOnBody] = (piece: Buffer) => events.body(piece)
  native[HTTPParser.kOnMessageComplete] = () => {
    if (!isInterim) events.end()
  }
  return parser
}

/** What Node's parser does after a head: it reads a body, knows that there is none, or stops for good. */
type HeadVerdict = 0 | 1 | 2
const withBody = 0
const bodiless = 1
const otherProtocol = 2

/** The part of Node's parser that is used here. Its events are methods whose names are these numbers. */
interface NativeParser {
  [event: number]: unknown
  initialize(type: number, resource: object, maxHeaderSize: number): void
  execute(bytes: Buffer): number | Error
  finish(): Error | number | undefined
  close(): void
}

interface NativeParserClass {
  new (): NativeParser
  readonly RESPONSE: number
  readonly kOnMessageBegin: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: NativeParserClass }
