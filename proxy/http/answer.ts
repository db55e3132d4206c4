/** The answer to a client's request, as the proxy writes it on the client's connection. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { checkText, headerLines } from './header-lines.ts'

/** The request that an answer belongs to, and its connection. */
export interface Answered {
  socket: Socket
  isHead: boolean
  /** Whether the client speaks HTTP/1.0, which knows no chunks. */
  isOld: boolean
  /** Whether the connection may carry a further request. An answer that ends with its connection makes it false. */
  keepsOpen: boolean
  /** Whether the connection belongs to this answer alone, because the client has asked for another protocol. */
  isLast: boolean
  /** Called when all of the answer has left this process. */
  flushed(): void
  /** Called when the answer is over, after all that `whenOver` has been given. */
  over(): void
}

/** Answers up to this length go out as one text together with their head, which takes one write instead of two. */
const shortBytes = 16 * 1024

export class Answer {
  /** Whether its head is fixed. */
  hasBegun = false
  /** Whether all of it has left this process. */
  isComplete = false
  /** Whether it is complete, or its connection has ended. */
  isOver = false
  readonly #to: Answered
  #head = ''
  #hasBody = true
  #isChunked = false
  #isEnded = false
  #overs: (() => void)[] = []
  #drained: (() => void) | undefined

  constructor(to: Answered) {
    this.#to = to
  }

  /** Whether the client takes nothing more. */
  get hasLeft(): boolean {
    return this.#to.socket.destroyed || this.#to.socket.writableEnded || this.isOver
  }

  /** Fixes the head, which leaves with the first piece of the body. Throws, and fixes nothing, where it cannot be written. */
  begin(status: number, statusText: string, headers: OutgoingHttpHeaders): void {
    const to = this.#to
    checkText(statusText)
    const lines = headerLines(headers, ours)
    const hasBody = !to.isHead && status !== 204 && status !== 304
    const length = status === 204 ? undefined : headers['content-length']
    const isChunked = hasBody && length === undefined && !to.isOld
    const endsConnection = headers.connection === 'close' || to.isLast || (hasBody && length === undefined && to.isOld)
    if (endsConnection) to.keepsOpen = false
    const date = headers.date === undefined ? dateLine() : ''
    const framing = length !== undefined ? `content-length: ${length}\r\n` : isChunked ? chunked : ''
    this.#head = `HTTP/1.1 ${status} ${statusText}\r\n${lines}${date}${framing}${to.keepsOpen ? keepsOpen : closes}\r\n`
    this.#hasBody = hasBody
    this.#isChunked = isChunked
    this.hasBegun = true
  }

  /** Writes the head at once, since the first byte of the body may come late. */
  flush(): boolean {
    const head = this.#takeHead()
    return this.hasLeft || head === '' || this.#to.socket.write(head, 'latin1')
  }

  /**
   * Writes a piece of the body. Returns whether the connection can take more. Calls `written` when the piece is not
   * needed any more.
   */
  write(piece: Buffer, written?: () => void): boolean {
    if (this.hasLeft || !this.#hasBody || piece.length === 0) {
      written?.()
      return this.flush()
    }
    const { socket } = this.#to
    const before = this.#isChunked ? `${this.#takeHead()}${piece.length.toString(16)}\r\n` : this.#takeHead()
    if (before === '') return socket.write(piece, written)
    socket.cork()
    socket.write(before, 'latin1')
    let isTaken = socket.write(piece, written)
    if (this.#isChunked) isTaken = socket.write('\r\n', 'latin1')
    socket.uncork()
    return isTaken
  }

  /** Writes the last piece of the body, and ends the answer. See `write`. */
  end(piece: Buffer | undefined, written?: () => void): void {
    if (this.#isEnded || this.hasLeft) {
      written?.()
      return
    }
    this.#isEnded = true
    const { socket } = this.#to
    const last = this.#isChunked ? '0\r\n\r\n' : ''
    const body = this.#hasBody && piece !== undefined && piece.length > 0 ? piece : undefined
    if (body === undefined) {
      written?.()
      const text = this.#takeHead() + last
      if (text !== '') socket.write(text, 'latin1')
    } else if (body.length <= shortBytes) {
      const before = this.#isChunked ? `${body.length.toString(16)}\r\n` : ''
      const after = this.#isChunked ? `\r\n${last}` : ''
      socket.write(this.#takeHead() + before + body.toString('latin1') + after, 'latin1')
      written?.()
    } else {
      socket.cork()
      this.write(body, written)
      if (last !== '') socket.write(last, 'latin1')
      socket.uncork()
    }
    if (socket.writableLength === 0) this.close(true)
    else {
      socket.write('', (error) => {
        if (!error) this.#to.flushed()
      })
    }
  }

  /** Calls this once what was written has left, after `flush` or `write` has said that the connection takes no more. */
  whenDrained(goOn: () => void): void {
    this.#drained = goOn
  }

  /** Calls this once the answer is over; for a connection that speaks another protocol afterwards, when that is over. */
  whenOver(listener: () => void): void {
    this.#overs.push(listener)
  }

  /** Tells that the connection can take more. */
  drained(): void {
    const goOn = this.#drained
    this.#drained = undefined
    goOn?.()
  }

  /** Tells that the answer is complete, or that its connection has ended. */
  close(isComplete: boolean): void {
    if (this.isOver) return
    if (isComplete) this.isComplete = true
    if (isComplete && this.#to.isLast) {
      this.#to.socket.destroySoon()
      return
    }
    this.isOver = true
    for (const listener of this.#overs) listener()
    this.#to.over()
  }

  #takeHead(): string {
    const head = this.#head
    this.#head = ''
    return head
  }
}

/** The headers that say how a message is framed, which `begin` writes itself. */
const ours: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])

/** How long a connection is kept for a further request. */
export const keptSeconds = 65

const chunked = 'transfer-encoding: chunked\r\n'
const closes = 'connection: close\r\n'
const keepsOpen = `connection: keep-alive\r\nkeep-alive: timeout=${keptSeconds}\r\n`

let dateSecond = 0
let date = ''

function dateLine(): string {
  const now = Date.now()
  if (Math.floor(now / 1000) !== dateSecond) {
    dateSecond = Math.floor(now / 1000)
    date = `date: ${new Date(now).toUTCString()}\r\n`
  }
  return date
}
