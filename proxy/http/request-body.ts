import type { KeptPiece } from './read-buffers.ts'

/** Gets the body of a request, piece by piece, as it comes. */
export interface BodyReader {
  /** Takes bytes. With `release` they last until that is called, which the reader does once it is done with them. */
  piece(bytes: Buffer, release: (() => void) | undefined): void
  /** Called when all of the body has come. Nothing is called where the client leaves before. */
  end(): void
}

/** How many bytes wait for a reader before the connection is not read any more. */
const heldAtMost = 64 * 1024

/** What a piece costs beside its bytes, in bytes. A client may send one byte at a time. */
export const pieceBytes = 512

/** The body of a request. It waits until it is read or dropped. */
export class RequestBody {
  /** Whether all of it has come. */
  isComplete: boolean
  readonly #source: { pause(): unknown; resume(): unknown }
  readonly #begin: () => void
  #reader: BodyReader | undefined
  #held: KeptPiece[] = []
  #heldBytes = 0
  #isPaused = false

  /** `source` is what it comes from. `begin` is called when the body shall come, before it is read. */
  constructor(isEmpty: boolean, source: { pause(): unknown; resume(): unknown }, begin: () => void) {
    this.isComplete = isEmpty
    this.#source = source
    this.#begin = begin
  }

  /** Gives all that has come, and what comes, to this reader. */
  read(reader: BodyReader): void {
    if (this.#reader === undefined) this.#begin()
    this.#reader = reader
    const held = this.#held
    this.#held = []
    this.goOn()
    for (const { bytes, release } of held) reader.piece(bytes, release)
    if (this.isComplete) reader.end()
  }

  /** Reads the rest and forgets it, or else the client could send no further request. */
  drop(): void {
    this.#reader = nowhere
    for (const { release } of this.#held) release?.()
    this.#held = []
    this.goOn()
  }

  /** Stops reading. Pieces that have been read already still come. */
  pause(): void {
    if (this.isComplete) return
    this.#isPaused = true
    this.#source.pause()
  }

  goOn(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#source.resume()
  }

  /** Takes a piece from the client, with which its reader calls `release`. */
  take(bytes: Buffer, release: (() => void) | undefined): void {
    if (this.#reader !== undefined) {
      this.#reader.piece(bytes, release)
      return
    }
    this.#held.push({ bytes, release })
    this.#heldBytes += bytes.length + pieceBytes
    if (this.#heldBytes > heldAtMost) this.pause()
  }

  /** Takes the end from the client. */
  finish(): void {
    this.isComplete = true
    // What follows is read also while the answer is under way, or else nothing would tell that the client leaves.
    this.goOn()
    this.#reader?.end()
  }
}

const nowhere: BodyReader = { piece: (_bytes, release) => release?.(), end() {} }

/** Reads a body as text. Returns `long` for one of more bytes, whose rest is dropped. Settles not where the client leaves. */
export function bodyText(body: RequestBody, mostBytes: number): Promise<{ text: string } | 'long'> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    body.read({
      piece(bytes, release) {
        size += bytes.length
        if (size <= mostBytes) pieces.push(Buffer.from(bytes))
        else resolve('long')
        release?.()
      },
      end: () => resolve({ text: Buffer.concat(pieces).toString() }),
    })
  })
}
