/**
 * A hostile learner's server, which runs as a program in Jupyter's place and does what a page of the tests requests.
 *
 * `<base>respond?head=<JSON>&body=<text>` responds with these headers and this body. `<base>seen` returns all requests
 * but those for itself. Every other request is recorded, and its response is an empty page.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const option = (name: string) => process.argv.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
const base = option('--ServerApp.base_url') ?? '/'
const seen: { method: string; url: string; headers: unknown; body: string }[] = []

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
  if (pathname === `${base}api`) return response.end('{"version":"2.21.0"}')
  if (pathname === `${base}seen`) return response.end(JSON.stringify(seen))
  const body = await text(request)
  seen.push({
    method: request.method ?? '',
    url: (request.url ?? '').slice(base.length),
    headers: request.headers,
    body,
  })
  response.setHeader('content-type', 'text/html')
  for (const [name, value] of Object.entries(JSON.parse(searchParams.get('head') ?? '{}') as Record<string, string>))
    response.setHeader(name, value)
  return response.end(searchParams.get('body') ?? '<!doctype html><title>server</title>')
})
server.on('upgrade', (request, socket) => {
  seen.push({ method: 'UPGRADE', url: (request.url ?? '').slice(base.length), headers: request.headers, body: '' })
  socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
})
server.listen(option('--ServerApp.sock'))
