/** Reads the responses of backends with Node's own parser. */
import { bodiless, type HeadVerdict, HTTPParser, stop, withBody } from '../http/native-parser.ts'

/** The first line and the headers of a response. */
export interface ResponseHead {
  status: number
  statusText: string
  /** Names and values in turn, byte for byte as they came. */
  headers: string[]
  /** Whether the backend leaves the connection open for a further request. */
  keepsOpen: boolean
  /** How long the backend leaves it open until that comes; undefined where `Keep-Alive` does not say. */
  keptSeconds: number | undefined
  /** The length of a body that the reader takes by itself; undefined where the parser finds the body's end. */
  length: number | undefined
}

/**
 * What a parser reports while it reads. An error that `interim`, `head` or `upgraded` throws ends the reading, and `read`
 * throws it.
 */
export interface ResponseEvents {
  /** The first byte of an answer, interim or not. May not throw. */
  begun(): void
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
  /**
   * Reads bytes. Returns how many of them were read: fewer than given only after `upgraded`, and after a head with a
   * length, whose body the parser does not read. Throws on bad bytes.
   */
  read(bytes: Buffer): number
  /** Expects a new head, after a body that the parser has not read. */
  renew(): void
  /** Tells the parser that the backend has ended the connection. Throws where an answer is not complete. */
  finish(): void
  /** Gives the parser's memory back. Call it outside the parser's events. */
  close(): void
}

export function createResponseParser(events: ResponseEvents): ResponseParser {
  const native = new HTTPParser()
  const renew = () => native.initialize(HTTPParser.RESPONSE, {}, 0)
  renew()
  let early: string[] = []
  let hasHead = false
  /** Whether the parser says nothing of the end: of an interim answer, or of a body that it does not read. */
  let isSilent = false
  const parser: ResponseParser = {
    isBodiless: false,
    read(bytes) {
      const read = native.execute(bytes)
      if (typeof read !== 'number') throw read
      return read
    },
    renew,
    finish() {
      const problem = native.finish()
      if (problem instanceof Error) throw problem
    },
    close: () => native.close(),
  }
  native[HTTPParser.kOnMessageBegin] = () => {
    early = []
    hasHead = false
    events.begun()
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
    isSilent = status >= 100 && status < 200 && status !== 101
    if (isSilent) {
      events.interim()
      return bodiless
    }
    const isBodiless = parser.isBodiless || status === 204 || status === 304
    const all = headers ?? early
    const head: ResponseHead = {
      status,
      statusText,
      headers: all,
      keepsOpen,
      keptSeconds: keptSecondsIn(all),
      length: undefined,
    }
    if (isUpgrade) {
      events.upgraded(head)
      return stop
    }
    if (!isBodiless) head.length = lengthIn(all)
    isSilent = head.length !== undefined
    events.head(head)
    if (isBodiless) return bodiless
    return head.length === undefined ? withBody : stop
  }
  native[HTTPParser.kOnBody] = (piece: Buffer) => events.body(piece)
  native[HTTPParser.kOnMessageComplete] = () => {
    if (!isSilent) events.end()
  }
  return parser
}

/** Returns the value of `Content-Length`. The parser has seen that there is one at most, and that it is a number. */
function lengthIn(headers: readonly string[]): number | undefined {
  const text = valueIn(headers, 'content-length')
  return text === undefined ? undefined : readLength(text)
}

function keptSecondsIn(headers: readonly string[]): number | undefined {
  const seconds = /(?:^|[,;\s])timeout\s*=\s*(\d+)/i.exec(valueIn(headers, 'keep-alive') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

function valueIn(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) {
    const each = headers[at] ?? ''
    if (each.length === name.length && each.toLowerCase() === name) return headers[at + 1] ?? ''
  }
  return undefined
}

function readLength(text: string): number {
  const length = Number(text)
  if (!/^\d+\s*$/.test(text) || !Number.isSafeInteger(length)) throw new Error('the server gives no length')
  return length
}
