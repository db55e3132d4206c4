/** Keeps bytes that are the same for many, so that they are made once. */

export interface KeptBytes {
  /** Returns the bytes of a name: those that are kept or being made, else those that `make` returns. They are shared, so callers leave them unchanged. */
  get(name: string, make: () => Promise<Buffer>): Promise<Buffer>
}

/** Keeps so many bytes at most: those that were asked for last. */
export function keepBytes(most: number): KeptBytes {
  const making = new Map<string, Promise<Buffer>>()
  const kept = new Map<string, Buffer>()
  let size = 0

  function keep(name: string, bytes: Buffer): void {
    kept.set(name, bytes)
    size += bytes.length
    for (const [oldest, { length }] of kept) {
      if (size <= most) break
      kept.delete(oldest)
      size -= length
    }
  }

  async function made(name: string, make: () => Promise<Buffer>): Promise<Buffer> {
    try {
      const bytes = await make()
      keep(name, bytes)
      return bytes
    } finally {
      making.delete(name)
    }
  }

  return {
    async get(name, make) {
      const found = kept.get(name)
      if (found !== undefined) {
        kept.delete(name)
        kept.set(name, found)
        return found
      }
      const begun = making.get(name) ?? made(name, make)
      making.set(name, begun)
      return begun
    },
  }
}
