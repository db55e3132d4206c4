/**
 * The memory into which this process reads what clients and backends send. Left to itself, Node makes a buffer of 64 KiB
 * for each read, and to make and collect these is most of what a long body costs.
 */
export interface ReadBuffers {
  /** Memory for any read of any connection. What it holds is used or copied before the next read. */
  readonly common: Buffer
  /** How many long buffers are lent. */
  readonly lent: number
  /** Lends a long buffer, until `giveBack`. Returns undefined while too many are lent. */
  take(): Buffer | undefined
  /** Takes a buffer back that nothing reads or writes any more. Does nothing when it was given back before. */
  giveBack(buffer: Buffer): void
}

/** As much as Node reads at once. */
const commonBytes = 64 * 1024
/** Four times as long, because each read and each write costs something by itself. */
const longBytes = 256 * 1024

export function createReadBuffers(lentAtMost: number): ReadBuffers {
  const free: Buffer[] = []
  const lent = new Set<Buffer>()
  return {
    common: Buffer.allocUnsafeSlow(commonBytes),
    get lent() {
      return lent.size
    },
    take() {
      if (lent.size >= lentAtMost) return undefined
      const buffer = free.pop() ?? Buffer.allocUnsafeSlow(longBytes)
      lent.add(buffer)
      return buffer
    },
    giveBack(buffer) {
      if (lent.delete(buffer)) free.push(buffer)
    },
  }
}

/** 32 MiB of long buffers. When clients that read slowly hold all of them, the others' bodies are copied. */
export const readBuffers = createReadBuffers(128)

/** The longest piece of which a copy costs little. */
const shortBytes = 16 * 1024

/** A piece of a body that lasts: one with `release` until that is called, which may be done twice. */
export interface KeptPiece {
  bytes: Buffer
  release: (() => void) | undefined
}

/** The reads of one connection: the memory for each, and what of it lasts. */
export class Reads {
  /** A long buffer for the next read, or with what the present one has brought. */
  #long: Buffer | undefined

  /** Returns the memory for the next read: a long buffer where a body is to come, since its bytes need not be copied. */
  next(isBody: boolean): Buffer {
    if (isBody) this.#long ??= readBuffers.take()
    return this.#long ?? readBuffers.common
  }

  /** Returns a piece of what the present read has brought, which lasts. */
  keep(piece: Buffer): KeptPiece {
    const own = this.#long
    this.#long = undefined
    const long = own ?? (piece.length > shortBytes ? readBuffers.take() : undefined)
    if (long === undefined) return { bytes: Buffer.from(piece), release: undefined }
    const release = () => readBuffers.giveBack(long)
    if (own !== undefined) return { bytes: piece, release }
    // A copy costs less than a buffer that is made and collected.
    piece.copy(long)
    return { bytes: long.subarray(0, piece.length), release }
  }

  /** Gives back what no piece has. */
  close(): void {
    if (this.#long !== undefined) readBuffers.giveBack(this.#long)
    this.#long = undefined
  }
}
