/**
 * The memory into which this process reads what backends send. Left to itself, Node makes a buffer of 64 KiB for each
 * read, and to make and collect these is most of what a long answer costs.
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
