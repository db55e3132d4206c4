/**
 * Lets a connection that was accepted read into memory of our own. `net.connect` has an option for that, `onread`, and
 * `net.Server` has none, so this file sets on the socket what that option would have set: the version of Node is fixed
 * in package.json. Where Node does it in another way, sockets are read as usual, which only costs more.
 */
import { Socket } from 'node:net'

export interface OwnReads {
  /** Returns the memory for the next read. Called before each. */
  buffer(): Buffer
  /** Takes what was read. Returns whether the socket is read further. */
  callback(length: number, buffer: Uint8Array): boolean
}

interface Handle {
  useUserBuffer(buffer: Uint8Array): void
}

const names = ['kBuffer', 'kBufferCb', 'kBufferGen'] as const
const symbols = findSymbols()

/** Sets where a socket reads to. Call it at once when the socket was accepted. Returns whether it was possible. */
export function readInto(socket: Socket, { buffer, callback }: OwnReads): boolean {
  const { _handle: handle } = socket as unknown as { _handle?: Partial<Handle> | null }
  if (symbols === undefined || typeof handle?.useUserBuffer !== 'function') return false
  const first = buffer()
  handle.useUserBuffer(first)
  Object.assign(socket, { [symbols.kBuffer]: first, [symbols.kBufferCb]: callback, [symbols.kBufferGen]: buffer })
  return true
}

function findSymbols(): Record<(typeof names)[number], symbol> | undefined {
  const all = Object.getOwnPropertySymbols(new Socket({ onread: { buffer: Buffer.alloc(1), callback: () => true } }))
  const [kBuffer, kBufferCb, kBufferGen] = names.map((name) => all.find(({ description }) => description === name))
  if (kBuffer === undefined || kBufferCb === undefined || kBufferGen === undefined) return undefined
  return { kBuffer, kBufferCb, kBufferGen }
}
