/**
 * Runs what stands around the measured hubs, in a process of its own: a trivial server, which is every notebook server
 * of both hubs, and for each hub a proxy that only records its routes.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startFakeProxy } from '../../test/helpers/fake-proxy.ts'

export interface World {
  backend: string
  proxies: string[]
}

const [token = '', proxies = '1'] = process.argv.slice(2)

const backend = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
  // JupyterHub warns of each server that names no version.
  response.writeHead(200, { 'content-type': 'application/json', 'x-jupyterhub-version': '6.1.1' })
  response.end('{"version":"2.21.0"}')
})
backend.listen(0, '127.0.0.1')
await once(backend, 'listening')
const recorders = await Promise.all(Array.from({ length: Number(proxies) }, () => startFakeProxy(token)))
process.send?.({
  backend: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
  proxies: recorders.map(({ url }) => url),
} satisfies World)
process.once('disconnect', () => process.exit())
