/** Reads the heads and chunked bodies of requests with Node's own parser. */
import { codeOf } from '../../net/error-code.ts'
import {
  type HeadVerdict,
  HTTPParser,
  methods,
  type NativeParser,
  type ParseError,
  stop,
  withBody,
} from './native-parser.ts'

/** The first line and the headers of a request. */
export interface RequestHead {
  /** Undefined for a method of another protocol than HTTP, which the parser knows too. */
  method: string | undefined
  /** The request target, byte for byte as it came. */
  target: string
  /** `1.1` or `1.0`; the parser reads some other versions, too. */
  version: string
  /** Names and values in turn, byte for byte as they came. */
  headers: string[]
  /** Whether the client leaves the connection open for a further request. */
  keepsOpen: boolean
  /** Whether the client asks for another protocol on this connection, or for a tunnel. */
  isUpgrade: boolean
}

/** What the parser finds. No event may throw, renew the parser or close it. */
export interface RequestEvents {
  /** The first byte of a head. */
  begun(): void
  head(head: RequestHead): void
  /** A piece of a chunked body, which is good for the duration of the event. */
  body(piece: Buffer): void
  /** The end of a chunked body. */
  end(): void
}

export interface RequestParser {
  /** Reads bytes, up to the end of the head or the chunked body. Returns how many those were. Throws on bad bytes. */
  read(bytes: Buffer): number
  /** Expects a head next. */
  expectHead(): void
  /** Expects a chunked body next. */
  expectChunks(): void
  /** Gives the parser's memory back. Call it outside the parser's events. */
  close(): void
}

/** Heads may be as long as this; Node's server has the same limit by an option. */
const headBytes = 32 * 1024

/**
 * The head that the parser gets in front of each chunked body. Behind the head that came it would not always do: after
 * one that asks for another protocol it reports no bad chunk, and after one that leaves the connection open it reads on
 * into the next request. Behind `connection: close` it stops at the first byte that follows.
 */
const ownHead = Buffer.from('POST / HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n')

/** Creates a parser, which expects a head. */
export function createRequestParser(events: RequestEvents): RequestParser {
  const native: NativeParser = new HTTPParser()
  let early: string[] = []
  let earlyTarget = ''
  /** Whether a chunked body is read. */
  let isChunked = false
  /** Whether all of the chunked body was read. */
  let hasEnded = false
  native[HTTPParser.kOnMessageBegin] = () => {
    if (isChunked) return
    early = []
    earlyTarget = ''
    events.begun()
  }
  // Called for each part of a head that has many headers, and for the trailers of a chunked body.
  native[HTTPParser.kOnHeaders] = (headers: string[], target: string) => {
    if (isChunked) return
    early.push(...headers)
    earlyTarget += target
  }
  native[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    headers: string[] | undefined,
    method: number,
    target: string | undefined,
    _status: unknown,
    _statusText: unknown,
    isUpgrade: boolean,
    keepsOpen: boolean,
  ): HeadVerdict => {
    if (isChunked) return withBody
    events.head({
      method: methodOf(method),
      target: target ?? earlyTarget,
      version: `${major}.${minor}`,
      headers: headers ?? early,
      keepsOpen,
      isUpgrade,
    })
    return stop
  }
  native[HTTPParser.kOnBody] = (piece: Buffer) => events.body(piece)
  native[HTTPParser.kOnMessageComplete] = () => {
    if (!isChunked) return
    hasEnded = true
    events.end()
  }
  const expect = (isBody: boolean) => {
    native.initialize(HTTPParser.REQUEST, {}, headBytes)
    isChunked = isBody
    hasEnded = false
    if (isBody) native.execute(ownHead)
  }
  expect(false)
  return {
    read(bytes) {
      const result = native.execute(bytes)
      // The parser has read the first byte of what follows, and stands behind it.
      const isBehind = hasEnded && codeOf(result) === 'HPE_CLOSED_CONNECTION'
      const read = isBehind ? Number((result as ParseError).bytesParsed) - 1 : result
      if (typeof read !== 'number') throw read
      if (!(read >= 0 && read <= bytes.length)) throw new Error(`the parser has read ${read} of ${bytes.length} bytes`)
      return read
    },
    expectHead: () => expect(false),
    expectChunks: () => expect(true),
    close: () => native.close(),
  }
}

/** The parser's number of QUERY, which stands apart from the other methods and is not in Node's list. */
const query = 46

function methodOf(index: number): string | undefined {
  return index === query ? 'QUERY' : methods[index]
}
