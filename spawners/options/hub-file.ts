/** Files of the hub's machine that options name. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'

/** Bytes that such a file may have. */
const longest = 65_536

export const hubFile = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, 'is an absolute file of the hub’s machine, like /etc/carrel/api-key')

/** Returns the text of a file of up to 64 KiB. Rejects with the reason, and never with what is in the file. */
export async function readHubFile(path: string): Promise<string> {
  // A pipe in the file's place would otherwise block the hub.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return await textOf(file)
  } finally {
    await file.close()
  }
}

async function textOf(file: FileHandle): Promise<string> {
  if (!(await file.stat()).isFile()) throw new Error('it is no file')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(longest + 1), 0, longest + 1, 0)
  if (bytesRead > longest) throw new Error(`it has more than ${longest} bytes`)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead))
  if (text.includes('\0')) throw new Error('it has a zero byte')
  return text
}
