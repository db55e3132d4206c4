/** A connection to a backend, which carries one exchange after the other. */
import { connect, type Socket } from 'node:net'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import type { Address } from '../../net/endpoint.ts'
import { Reads } from '../http/read-buffers.ts'
import { limits } from '../limits.ts'
import type { Pacer } from './pacer.ts'
import { createResponseParser, type ResponseHead, type ResponseParser } from './response-parser.ts'

/** The exchange for which a connection works at the moment. */
export interface Taker {
  /** Takes a part of the answer. The head comes with the first part, perhaps together with all of the body. */
  take(part: AnswerPart): void
  /** Takes over the socket, on which the backend now speaks another protocol. `first` is what has come of that. */
  takeOver(head: ResponseHead, socket: Socket, first: Buffer): void
  /** Called when the connection broke before the answer was complete. Nothing follows. */
  failed(error: Error): void
}

export interface AnswerPart {
  head: ResponseHead | undefined
  body: Buffer | undefined
  isLast: boolean
  /** Gives the memory of `body` back. The taker calls it once the body is written, or will never be. */
  release: (() => void) | undefined
}

/** What the connections of a proxy share. */
export interface Shared {
  log: Logger
  /** Gives turns to connections whose bodies come in crumbs. */
  crumbs: Pacer
}

export class Connection {
  readonly socket: Socket
  /** The address of the backend. */
  readonly where: Address
  /** Whether it has carried an exchange before this one. */
  isReused = false
  /** Whether the backend has ever taken it. What was written before has not left this process. */
  wasOpen = false
  /** Whether bytes of the present answer have come. */
  hasBegun = false
  /** Until when it may be used again while it is idle, as `performance.now()`. */
  idleUntil = 0
  /** How long the backend leaves it open while it is idle, where the last answer says so. */
  keptSeconds: number | undefined
  readonly #shared: Shared
  readonly #parser: ResponseParser
  #taker: Taker | undefined
  #head: ResponseHead | undefined
  #pieces: Buffer[] = []
  readonly #reads = new Reads()
  /** Gives the memory of the present piece back. */
  #release: (() => void) | undefined
  /** How many bytes of a body are still to come whose length its head has told. */
  #left = 0
  /** Whether what has been read and not yet passed on ends an answer. */
  #isComplete = false
  #isUpgraded = false
  #keepsOpen = true
  #interims = 0
  #isHeld = false
  /** Leaves the queue of the pacer; undefined where the connection does not wait in it. */
  #leaveQueue: (() => void) | undefined

  readonly #closed = () => {
    contain(this.#shared.log, this.socket, () => this.break(new Error('the server closed the connection')))
    this.#leaveQueue?.()
    this.#reads.close()
    if (!this.#isUpgraded) setImmediate(() => this.#parser.close())
  }

  constructor(where: Address, shared: Shared) {
    this.where = where
    this.#shared = shared
    const options = 'socketPath' in where ? { path: where.socketPath } : where
    const within = (step: () => void) => contain(shared.log, this.socket, step)
    const onread = {
      buffer: () => this.#reads.next(this.#left > 0),
      callback: (length: number, { buffer, byteOffset }: Uint8Array) => {
        const bytes = Buffer.from(buffer, byteOffset, length)
        // The socket is the taker's, who reads it as a stream.
        if (this.#isUpgraded) return this.socket.push(Buffer.from(bytes))
        within(() => this.#read(bytes))
        return true
      },
    }
    const probes = { keepAlive: true, keepAliveInitialDelay: probeMilliseconds }
    this.socket = connect({ ...options, noDelay: true, ...probes, onread })
    this.#parser = createResponseParser({
      begun: () => {
        // Otherwise the connection would be used again, and the next answer would begin with these bytes.
        if (this.#isComplete) this.#keepsOpen = false
      },
      interim: () => {
        this.#expectHead()
        this.#interims += 1
        if (this.#interims > limits.interimAnswers)
          throw new Error('the server sends one interim answer after the other')
      },
      head: (head) => {
        this.#expectHead()
        this.#head = head
        this.#keepsOpen = head.keepsOpen
        this.keptSeconds = head.keptSeconds
        this.#left = head.length ?? 0
      },
      upgraded: (head) => {
        this.#expectHead()
        this.#head = head
        this.#isUpgraded = true
      },
      body: (piece) => void this.#pieces.push(piece),
      end: () => {
        this.#isComplete = true
      },
    })
    this.socket
      .once('connect', () => {
        this.wasOpen = true
      })
      .on('end', () => within(() => this.#finish()))
      .on('error', (error) => within(() => this.break(error)))
      .on('close', this.#closed)
  }

  /** Sends the head of a request, whose answer `taker` gets. The connection must be usable. */
  begin(head: string, taker: Taker, method: string): void {
    this.#taker = taker
    this.#parser.isBodiless = method === 'HEAD'
    this.#interims = 0
    this.hasBegun = false
    // latin1 keeps the bytes as they came from the client.
    this.socket.write(head, 'latin1')
  }

  /** Calls a step once the backend has taken the connection; never where the connection breaks before. */
  whenOpen(step: () => void): void {
    if (this.socket.connecting) this.socket.once('connect', () => contain(this.#shared.log, this.socket, step))
    else step()
  }

  /** Whether it may carry a further exchange, now that the answer of the last one is complete. */
  get isUsable(): boolean {
    return this.#taker === undefined && this.#keepsOpen && !this.#isUpgraded && !this.socket.destroyed
  }

  /** Stops reading, since the client reads more slowly than the backend writes. */
  hold(): void {
    this.#isHeld = true
    this.socket.pause()
  }

  goOn(): void {
    this.#isHeld = false
    if (this.#leaveQueue === undefined) this.socket.resume()
  }

  /** Ends the connection. The exchange hears nothing more. */
  destroy(): void {
    this.#taker = undefined
    this.socket.destroy()
  }

  /** Ends the connection, and tells the exchange why. */
  break(error: Error): void {
    const taker = this.#taker
    this.#taker = undefined
    this.socket.destroy()
    taker?.failed(error)
  }

  #read(bytes: Buffer): void {
    // On an idle connection a backend has nothing to say.
    if (this.#taker === undefined) return void this.socket.destroy()
    this.hasBegun = true
    let read = 0
    try {
      if (this.#left === 0) read = this.#parser.read(bytes)
    } catch (error) {
      // What follows a complete answer does not spoil it.
      if (!this.#isComplete) {
        this.break(asError(error))
        return
      }
      this.#keepsOpen = false
    }
    if (this.#isUpgraded) {
      this.#handOver(Buffer.from(bytes.subarray(read)))
      return
    }
    if (this.#left > 0 || this.#head?.length !== undefined) this.#readBody(bytes, read)
    else if (this.#pieces.length > piecesAtMost) this.#pace()
    this.#deliver()
  }

  /** Reads a body whose length is known. */
  #readBody(bytes: Buffer, from: number): void {
    const to = Math.min(bytes.length, from + this.#left)
    if (to > from) {
      const { bytes: piece, release } = this.#reads.keep(bytes.subarray(from, to))
      this.#pieces.push(piece)
      this.#release = release
    }
    this.#left -= to - from
    if (this.#left > 0) return
    this.#isComplete = true
    this.#parser.renew()
    // More than the answer has come.
    if (to < bytes.length) this.#keepsOpen = false
  }

  #expectHead(): void {
    if (this.#isComplete) throw new Error('the server answers more than it was asked')
  }

  /** Passes on what one read has brought, so that a head and a short body leave together. */
  #deliver(): void {
    const [taker, head, pieces, isLast] = [this.#taker, this.#head, this.#pieces, this.#isComplete]
    const release = this.#release
    if (head === undefined && pieces.length === 0 && !isLast) return
    this.#head = undefined
    this.#release = undefined
    if (pieces.length > 0) this.#pieces = []
    if (isLast) {
      this.#isComplete = false
      this.#taker = undefined
    }
    if (taker === undefined) release?.()
    taker?.take({ head, body: pieces.length > 1 ? Buffer.concat(pieces) : pieces[0], isLast, release })
  }

  #handOver(first: Buffer): void {
    const [taker, head] = [this.#taker, this.#head]
    this.#taker = undefined
    this.socket.pause()
    for (const event of ['data', 'end', 'error']) this.socket.removeAllListeners(event)
    // Others too wait for the end of the socket: `net/open-files.ts` counts it.
    this.socket.off('close', this.#closed)
    setImmediate(() => this.#parser.close())
    if (head !== undefined) taker?.takeOver(head, this.socket, first)
  }

  /** Ends an answer that has no length, and so ends with its connection. */
  #finish(): void {
    this.#keepsOpen = false
    if (this.#left === 0) {
      try {
        this.#parser.finish()
      } catch (error) {
        this.break(asError(error))
        return
      }
      this.#deliver()
    }
    this.break(new Error('the server closed the connection'))
  }

  /** Pauses a backend that sends its body in crumbs, each of which costs as much as a long piece. */
  #pace(): void {
    if (this.#leaveQueue !== undefined) return
    this.socket.pause()
    this.#leaveQueue = this.#shared.crumbs.wait(() => {
      this.#leaveQueue = undefined
      if (!this.#isHeld) this.socket.resume()
    })
  }
}

/** How long a backend may be silent before TCP asks whether its machine is still there. It says nothing when it is lost. */
const probeMilliseconds = 30_000

/** How many pieces of a body one read may bring. A read is 64 KiB at most, and a piece of a usual body is 1 KiB or more. */
const piecesAtMost = 1000

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
