import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { TestCluster } from '../../../helpers/engines/kubernetes.ts'

/** A stand-in for the hub's internal listener, from which pods fetch archives. */
export interface Archives {
  publish(archive: () => Readable, token: string): Promise<string>
  /** The requests so far: what came in `Range`, and the status of the answer. */
  readonly asked: string[]
  close(): Promise<void>
}

/**
 * Starts it at the machine's address on the network of pods. `breaks` is how many answers break off in their middle.
 * Returns undefined for a foreign cluster, from which this machine may not be reachable.
 */
export async function startArchives({ instance }: TestCluster, breaks = 0): Promise<Archives | undefined> {
  if (instance?.node === undefined) return undefined
  const published = new Map<string, { archive: () => Readable; token: string }>()
  const asked: string[] = []
  let left = breaks
  const server = createServer(async (request, response) => {
    const found = published.get(request.url ?? '')
    const isAllowed = found !== undefined && request.headers.authorization === `token ${found.token}`
    const [, from = '0'] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
    const status = !isAllowed ? 403 : request.headers.range === undefined ? 200 : 206
    asked.push(`${request.headers.range ?? 'all'} ${status}`)
    if (!isAllowed || found === undefined) return response.writeHead(403).end()
    const all = await buffer(found.archive())
    const bytes = all.subarray(Number(from))
    const range = `bytes ${from}-${all.length - 1}/${all.length}`
    response.writeHead(status, { 'content-length': bytes.length, ...(status === 206 && { 'content-range': range }) })
    if (left-- > 0) return response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
    return response.end(bytes)
  }).listen(0, instance.node.address)
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  return {
    asked,
    async publish(archive, token) {
      const path = `/archive-${published.size}`
      published.set(path, { archive, token })
      return `http://${address}:${port}${path}`
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
