import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

export interface Listener {
  address: string
  close(): Promise<void>
}

/** Serves an app on a unix socket or a port. Closing lets answers end for two seconds, then cuts them. */
export async function listen(
  app: Koa,
  where: { ip: string; port: number; socket?: string | undefined },
): Promise<Listener> {
  const server = createServer(
    { maxHeaderSize: 32_768, requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
    app.callback(),
  )
  if (where.socket !== undefined) {
    // What lies there is of a dead hub: whoever runs on this data folder holds its lock.
    await rm(where.socket, { force: true })
    server.listen(where.socket)
  } else {
    server.listen(where.port, where.ip)
  }
  await once(server, 'listening')
  const address =
    where.socket ??
    `http://${where.ip.includes(':') ? `[${where.ip}]` : where.ip}:${(server.address() as AddressInfo).port}`
  return {
    address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const cut = setTimeout(() => server.closeAllConnections(), 2000)
      await closed
      clearTimeout(cut)
    },
  }
}
