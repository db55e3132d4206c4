/** Reads the heads and chunked bodies of requests with Node's own parser. */
import { type HeadVerdict, HTTPParser, methods, type NativeParser, stop, withBody } from './native-parser.ts'

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

export interface RequestEvents {
  /** Returns whether the parser reads a chunked body, or stops. May not throw. */
  head(head: RequestHead): 'chunked' | 'stop'
  /** A piece of a chunked body. */
  body(piece: Buffer): void
  /** The end of a chunked body. */
  end(): void
}

export interface RequestParser {
  /** Reads bytes. Returns how many of them were read: fewer than given where it has stopped. Throws on bad bytes. */
  read(bytes: Buffer): number
  /** Expects a new head. */
  renew(): void
  /** Gives the parser's memory back. Call it outside the parser's events. */
  close(): void
}

/** Heads may be as long as this; Node's server has the same limit by an option. */
const headBytes = 32 * 1024

/** Creates a parser. After a head it stops, unless the head's event says that a chunked body follows. */
export function createRequestParser(events: RequestEvents): RequestParser {
  const native: NativeParser = new HTTPParser()
  const renew = () => native.initialize(HTTPParser.REQUEST, {}, headBytes)
  renew()
  let early: string[] = []
  let earlyTarget = ''
  let isChunked = false
  native[HTTPParser.kOnMessageBegin] = () => {
    early = []
    earlyTarget = ''
    isChunked = false
  }
  // Called where a head has over 32 headers, for each 32 of them, and for the trailers of a chunked body.
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
    const verdict = events.head({
      method: methodOf(method),
      target: target ?? earlyTarget,
      version: `${major}.${minor}`,
      headers: headers ?? early,
      keepsOpen,
      isUpgrade,
    })
    isChunked = verdict === 'chunked'
    return isChunked ? withBody : stop
  }
  native[HTTPParser.kOnBody] = (piece: Buffer) => events.body(piece)
  native[HTTPParser.kOnMessageComplete] = () => {
    if (isChunked) events.end()
  }
  return {
    read(bytes) {
      const read = native.execute(bytes)
      if (typeof read !== 'number') throw read
      return read
    },
    renew,
    close: () => native.close(),
  }
}

/** The parser's number of QUERY, which stands apart from the other methods and is not in Node's list. */
const query = 46

function methodOf(index: number): string | undefined {
  return index === query ? 'QUERY' : methods[index]
}
