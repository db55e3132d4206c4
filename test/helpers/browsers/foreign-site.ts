import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Gateway, startGateway } from '../gateway.ts'

/** Another web site, `https://<name>.localhost:<port>`, such as an LMS or an attacker's. */
export interface ForeignSite {
  origin: string
  /** Sets the page of the site. */
  show(html: string): void
  close(): Promise<void>
}

export async function startForeignSite(name: string): Promise<ForeignSite> {
  let page = ''
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('cache-control', 'no-store')
    response.end(`<!doctype html><title>${name}</title>${page}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const gateway: Gateway = await startGateway({ tls: true })
  gateway.forwardTo((server.address() as AddressInfo).port)
  return {
    origin: `https://${name}.localhost:${gateway.port}`,
    show(html) {
      page = html
    },
    async close() {
      await gateway.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
