import { isUtf8 } from 'node:buffer'
import { notebookLimits, type UnreadableNotebook } from './notebook.ts'

/** Returns the text of a file, or why it has none. A byte order mark stays, as it does for Jupyter. */
export function notebookText(bytes: Uint8Array): string | UnreadableNotebook {
  if (bytes.length > notebookLimits.bytes) {
    const size = (bytes.length / 1024 / 1024).toFixed(0)
    return {
      problem: `it has ${size} MiB, and notebooks of more than ${notebookLimits.bytes / 1024 / 1024} MiB are not read`,
    }
  }
  if (!isUtf8(bytes)) return { problem: 'it is no text in UTF-8; save it as UTF-8' }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}
