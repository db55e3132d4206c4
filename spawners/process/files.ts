/** Reads files that lie where learners' programs may have put something else: a pipe, a link, a file without end. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

const longest = 65_536

/** All of a short file; nothing of what is no file, or longer. Rejects where there is none. */
export async function textOf(path: string): Promise<string> {
  return read(path, async (file, size) => (size > longest ? '' : part(file, 0, size)))
}

/** Its last bytes; nothing of what is no file. */
export async function lastOf(path: string, bytes: number): Promise<string> {
  return read(path, (file, size) => part(file, Math.max(0, size - bytes), Math.min(size, bytes)))
}

/** To wait for the other end of a pipe would hold a thread for ever, of which a process has four. */
async function read(path: string, act: (file: FileHandle, size: number) => Promise<string>): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    // A link, and a socket.
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
