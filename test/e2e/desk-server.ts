/** Runs a learner's server without Jupyter: a page at every address, a cacheable file and a service worker. */
import { createServer } from 'node:http'

const sock = process.argv.find((arg) => arg.startsWith('--ServerApp.sock='))?.replace('--ServerApp.sock=', '')

createServer((request, response) => {
  const path = (request.url ?? '').split('?')[0] ?? ''
  if (path.endsWith('/sw.js')) {
    response.writeHead(200, { 'content-type': 'text/javascript', 'service-worker-allowed': '/' })
    return response.end("self.addEventListener('fetch', (event) => event.respondWith(new Response('from the worker')))")
  }
  if (path.endsWith('/work.txt')) {
    response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'public, max-age=86400, immutable' })
    return response.end('the work of somebody')
  }
  response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'max-age=86400' })
  return response.end(`<!doctype html><title>A desk</title><h1>A desk</h1><p>${path}</p>`)
}).listen(sock)
