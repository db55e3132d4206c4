/** Reads files in whose place learners' programs may have put something else: a pipe, a link, an endless file. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

const longest = 65_536

/**
 * Returns the text of a file of up to 64 KiB; '' for a longer one or something that is no file. Rejects when nothing is
 * there.
 */
export async function textOf(path: string): Promise<string> {
  return read(path, async (file, size) => (size > longest ? '' : part(file, 0, size)))
}

/** Returns the last bytes of a file; '' for something that is no file. Rejects when nothing is there. */
export async function lastOf(path: string, bytes: number): Promise<string> {
  return read(path, (file, size) => part(file, Math.max(0, size - bytes), Math.min(size, bytes)))
}

/**
 * Opens a file without following a link or waiting for a pipe: a wait would block one of Node's four threads for ever.
 */
async function read(path: string, act: (file: FileHandle, size: number) => Promise<string>): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    // ELOOP is a link, ENXIO a socket.
    if (error.code === 'ELOOP' || error.code === 'ENXIO') return undefined
    throw error
  })
  try {
    const found = await file?.stat()
    return file !== undefined && found?.isFile() ? await act(file, found.size) : ''
  } finally {
    await file?.close()
  }
}

async function part(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.toString('utf8', 0, bytesRead)
}
