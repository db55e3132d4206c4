import type { IncomingMessage } from 'node:http'

/**
 * Reads a body of at most `mostBytes` bytes. Returns `long` for a longer one; its rest stays unread and the connection
 * open, so that an answer can say so. Rejects where the sender leaves half-way. The caller ends bodies that come too
 * slowly or in tiny chunks.
 */
export async function readBody(req: IncomingMessage, mostBytes: number): Promise<{ bytes: Buffer } | 'long'> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) return 'long'
    chunks.push(chunk)
  }
  return { bytes: Buffer.concat(chunks) }
}
