import type { IncomingMessage } from 'node:http'

/** How many chunks of any size may come before their size counts. */
const chunksAtLeast = 2000
const bytesEachAtLeast = 16

/**
 * Cuts the connection of a request whose chunked body comes in tiny chunks. Each chunk costs some microseconds however
 * short it is, so 1 MiB in chunks of one byte would cost the proxy most of a second. Call it only where the body is
 * read at once.
 */
export function cutCrumbs(req: IncomingMessage): void {
  if (req.headers['transfer-encoding'] === undefined) return
  let chunks = 0
  let bytes = 0
  const count = (chunk: Buffer) => {
    chunks += 1
    bytes += chunk.length
    if (chunks < chunksAtLeast || bytes >= chunks * bytesEachAtLeast) return
    req.off('data', count)
    req.socket.destroy()
  }
  req.on('data', count)
}
