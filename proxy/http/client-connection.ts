/** A connection of a client, which brings one request after the other. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import { codeOf } from '../../net/error-code.ts'
import { Answer, type Answered, keptSeconds } from './answer.ts'
import { headersOf } from './headers.ts'
import { readInto } from './own-reads.ts'
import { Reads } from './read-buffers.ts'
import { pieceBytes, RequestBody } from './request-body.ts'
import { createRequestParser, type RequestHead, type RequestParser } from './request-parser.ts'

/** A request as it came, and the means to answer it. */
export interface ClientRequest {
  socket: Socket
  method: string
  /** The request target, byte for byte as it came. */
  target: string
  /** `1.1` or `1.0`. */
  version: string
  /** Names and values in turn. */
  rawHeaders: readonly string[]
  headers: IncomingHttpHeaders
  body: RequestBody
  answer: Answer
  /** The connection and first bytes of what follows, where the client asks for a WebSocket or a tunnel. */
  upgrade: { socket: Socket; head: Buffer } | undefined
}

export interface ClientConnectionOptions {
  /** Answers a request. Contained: what it throws ends the connection. */
  respond(request: ClientRequest): void | Promise<void>
  /** How long a client may take to send the head of a request. */
  headMilliseconds: number
  /** How long a body may wait because its server reads no further. Default: five minutes. */
  stuckMilliseconds?: number
  log: Pick<Logger, 'error'>
}

/** Bytes that a client may send before the request before them is answered. Real clients wait for each answer. */
const earlyAtMost = 64 * 1024

/** How long a client may send what is not read any more. If the connection ended at once, the answer would be lost. */
const lingerMilliseconds = 2000

/** Headers of one request. Each costs a little work, however short it is. */
const headersAtMost = 1000

/** How many pieces of a chunked body may come, before their size counts, and how long they must be then. */
const piecesAtLeast = 2000
const bytesEachAtLeast = 16

/**
 * Requests of a connection are answered one after the other. Several at once would let one connection hold many places
 * at a backend, and no browser asks for that.
 */
export class ClientConnection {
  readonly socket: Socket
  /** When the client must have sent a head, or the connection ends; as `performance.now()`. */
  deadline: number
  readonly #options: ClientConnectionOptions
  readonly #parser: RequestParser
  readonly #reads = new Reads()
  #isUpgraded = false
  #head: RequestHead | undefined
  #current: { request: ClientRequest; answered: Answered; isChunked: boolean; left: number } | undefined
  /** What the parser has read of a chunked body, and is not yet passed on. */
  #pieces: Buffer[] = []
  #hasEnded = false
  #pieceCount = 0
  #pieceBytes = 0
  #early: Buffer[] = []
  #earlyBytes = 0
  /** Whether nothing of the next request has come. */
  #isIdle = true
  #isClosing = false

  constructor(socket: Socket, options: ClientConnectionOptions) {
    this.socket = socket
    this.#options = options
    this.deadline = performance.now() + options.headMilliseconds
    this.#parser = createRequestParser({
      begun: () => this.#headBegins(),
      head: (head) => {
        this.#head = head
      },
      // The piece lasts longer than the read that has brought it.
      body: (piece) => void this.#pieces.push(Buffer.from(piece)),
      end: () => {
        this.#hasEnded = true
      },
    })
    const isOwn = readInto(socket, {
      buffer: () => this.#reads.next((this.#current?.left ?? 0) > 0),
      callback: (length, { buffer, byteOffset }) => {
        const bytes = Buffer.from(buffer, byteOffset, length)
        // Another protocol is spoken, and the socket is read as a stream.
        if (this.#isUpgraded) return socket.push(Buffer.from(bytes))
        this.#onData(bytes)
        return true
      },
    })
    if (!isOwn) socket.on('data', this.#onData)
    socket
      .on('end', this.#onEnd)
      .on('drain', () => this.#within(() => this.#current?.request.answer.drained()))
      .on('error', () => socket.destroy())
      .on('close', () => {
        this.#within(() => this.#current?.request.answer.close(false))
        this.#current?.request.body.drop()
        this.#reads.close()
        setImmediate(() => this.#parser.close())
      })
  }

  /** Whether no request is under way. */
  get isIdle(): boolean {
    return this.#current === undefined
  }

  /** Ends the connection after the answer that is under way. */
  finish(): void {
    this.#isClosing = true
    if (this.#current !== undefined) this.#current.answered.keepsOpen = false
    else if (this.#isIdle) this.socket.destroySoon()
  }

  /** Ends a connection whose time is over. */
  expire(): void {
    // A client that was in the midst of a head is told.
    if (!this.#isIdle && this.#current === undefined && !this.socket.writableEnded) this.#refuse(408, 'Request Timeout')
    else this.socket.destroy()
  }

  readonly #onData = (bytes: Buffer) => this.#within(() => this.#read(bytes))
  readonly #onEnd = () => void this.socket.end()

  #within(step: () => unknown): void {
    contain(this.#options.log, this.socket, step)
  }

  #read(bytes: Buffer): void {
    const { socket } = this
    for (let at = 0; at < bytes.length && !socket.writableEnded && !socket.destroyed; ) {
      at += this.#readPart(at === 0 ? bytes : bytes.subarray(at))
    }
  }

  /** Reads what belongs together. Returns how many bytes that were. */
  #readPart(bytes: Buffer): number {
    const current = this.#current
    if (current === undefined) return this.#readHead(bytes)
    if (current.left > 0) {
      const piece = bytes.length > current.left ? bytes.subarray(0, current.left) : bytes
      current.left -= piece.length
      const { bytes: kept, release } = this.#reads.keep(piece)
      current.request.body.take(kept, release)
      if (current.left === 0) this.#finishBody()
      return piece.length
    }
    if (current.isChunked && !current.request.body.isComplete) {
      const read = this.#parse(bytes)
      this.#passPieces()
      return read
    }
    this.#keepEarly(bytes)
    return bytes.length
  }

  /** Keeps what comes before the answer to the present request is out. */
  #keepEarly(bytes: Buffer): void {
    if (this.#current?.answered.keepsOpen !== true) return
    this.#early.push(Buffer.from(bytes))
    this.#earlyBytes += bytes.length + pieceBytes
    // The connection must be read, or else nothing would tell that the client leaves.
    if (this.#earlyBytes > earlyAtMost) this.socket.destroy()
  }

  #headBegins(): void {
    if (!this.#isIdle) return
    this.#isIdle = false
    this.deadline = performance.now() + this.#options.headMilliseconds
  }

  #readHead(bytes: Buffer): number {
    const read = this.#parse(bytes)
    const head = this.#head
    if (head === undefined) return read
    this.#head = undefined
    return this.#begin(head, bytes, read)
  }

  #parse(bytes: Buffer): number {
    try {
      return this.#parser.read(bytes)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'HPE_HEADER_OVERFLOW') this.#refuse(431, 'Request Header Fields Too Large')
      else if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') this.#refuse(413, 'Payload Too Large')
      else this.#refuse(400, 'Bad Request')
      return bytes.length
    }
  }

  /** Begins to answer a request. Returns how many of the bytes belong to it. */
  #begin(head: RequestHead, bytes: Buffer, read: number): number {
    const { method, target, version, headers: rawHeaders } = head
    if (method === undefined || rawHeaders.length > headersAtMost * 2) {
      if (method === undefined) this.#refuse(400, 'Bad Request')
      else this.#refuse(431, 'Request Header Fields Too Large')
      return bytes.length
    }
    const { socket } = this
    const headers = headersOf(rawHeaders)
    const isOld = version === '1.0'
    const isUpgrade = head.isUpgrade && (method === 'CONNECT' || (!isOld && isWebSocket(method, headers)))
    const isChunked = !isUpgrade && headers['transfer-encoding']?.toLowerCase() === 'chunked'
    const answered: Answered = {
      socket,
      isHead: method === 'HEAD',
      isOld,
      keepsOpen: head.keepsOpen && !isUpgrade && !this.#isClosing,
      isLast: isUpgrade,
      flushed: () => this.#within(() => answer.close(true)),
      over: () => this.#goOn(),
    }
    const answer = new Answer(answered)
    const left = isUpgrade ? 0 : lengthOf(headers)
    const isBodiless = isUpgrade || (left === 0 && headers['transfer-encoding'] === undefined)
    const source = {
      pause: () => {
        this.deadline = performance.now() + (this.#options.stuckMilliseconds ?? 300_000)
        socket.pause()
      },
      resume: () => {
        this.deadline = Number.POSITIVE_INFINITY
        socket.resume()
      },
    }
    const body = new RequestBody(isBodiless, source, () => {
      if (!isOld && headers.expect?.toLowerCase() === '100-continue') socket.write(goOn, 'latin1')
    })
    const upgrade = isUpgrade ? { socket, head: Buffer.from(bytes.subarray(read)) } : undefined
    const request = { socket, method, target, version, rawHeaders, headers, body, answer, upgrade }
    this.deadline = Number.POSITIVE_INFINITY
    this.#current = { request, answered, isChunked, left }
    if (isUpgrade) {
      this.#isUpgraded = true
      socket.pause()
      socket.off('data', this.#onData).off('end', this.#onEnd)
    }
    if (isChunked) this.#parser.expectChunks()
    this.#within(() => this.#options.respond(request))
    return isUpgrade ? bytes.length : read
  }

  #passPieces(): void {
    const { body } = this.#current?.request ?? {}
    const pieces = this.#pieces
    if (pieces.length > 0) this.#pieces = []
    for (const piece of pieces) {
      this.#pieceCount += 1
      this.#pieceBytes += piece.length
      body?.take(piece, undefined)
    }
    // Each piece costs some microseconds however short it is, so a body in pieces of one byte would cost too much.
    if (this.#pieceCount >= piecesAtLeast && this.#pieceBytes < this.#pieceCount * bytesEachAtLeast)
      this.socket.destroy()
    else if (this.#hasEnded) this.#finishBody()
  }

  #finishBody(): void {
    this.#hasEnded = false
    this.#pieceCount = 0
    this.#pieceBytes = 0
    this.#current?.request.body.finish()
    this.#goOn()
  }

  /** Goes on with the next request, once the present one has come and is answered. */
  #goOn(): void {
    const current = this.#current
    if (current === undefined || !current.request.answer.isOver) return
    // What has come since belongs to nobody: the client has left.
    if (this.socket.destroyed) return
    if (!current.answered.keepsOpen) {
      this.#end(current.request.body.isComplete)
      return
    }
    if (!current.request.body.isComplete) return
    this.#current = undefined
    this.#parser.expectHead()
    this.#isIdle = true
    this.deadline = performance.now() + keptSeconds * 1000
    if (this.#early.length === 0) return
    const early = Buffer.concat(this.#early)
    this.#early = []
    this.#earlyBytes = 0
    this.#read(early)
  }

  /** Ends the connection after what was written. A client that is still sending reads the answer only after that. */
  #end(hasAll: boolean): void {
    this.deadline = performance.now() + lingerMilliseconds
    if (hasAll) this.socket.destroySoon()
    else this.socket.end()
  }

  /** Answers bytes that are no request, and ends the connection. */
  #refuse(status: number, statusText: string): void {
    const { socket } = this
    const hasBegun = this.#current?.request.answer.hasBegun === true
    // What is refused may follow an answer that is under way, and would be taken for a part of it.
    if (!hasBegun) socket.write(`HTTP/1.1 ${status} ${statusText}\r\nconnection: close\r\n\r\n`)
    this.deadline = performance.now() + lingerMilliseconds
    socket.destroySoon()
  }
}

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

function isWebSocket(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/** Returns the length of a body that its head tells. The parser has seen that there is one at most, and a number. */
function lengthOf(headers: IncomingHttpHeaders): number {
  return Number(headers['content-length'] ?? 0)
}
