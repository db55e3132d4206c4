import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { addRoute, raw, start } from '../world.ts'

describe('the bytes of a header beyond ASCII', () => {
  const cleanup = cleanupAfterEach()

  // UTF-8, as servers send it in names of files, and bytes that are not UTF-8.
  const bytes = 'attachment; filename="caf\xc3\xa9 \xff.ipynb"'
  const end = /\r\n\r\n$/

  async function startEcho(head: string) {
    let seen = ''
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1')
        if (end.test(seen)) socket.end(Buffer.from(`${head}x-name: ${bytes}\r\ncontent-length: 0\r\n\r\n`, 'latin1'))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => server.close())
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/', target: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    return { url: proxy.urls[0], seen: () => seen }
  }

  for (const [what, status, upgrade] of [
    ['a page', '200 OK', ''],
    ['a page without a body', '304 Not Modified', ''],
    ['a refused WebSocket', '403 Forbidden', 'upgrade: websocket\r\nconnection: Upgrade\r\n'],
    ['a WebSocket', '101 Switching Protocols', 'upgrade: websocket\r\nconnection: Upgrade\r\n'],
  ]) {
    it(`are the same on both sides of ${what}`, async () => {
      const { url, seen } = await startEcho(`HTTP/1.1 ${status}\r\n${upgrade}`)
      const answer = await raw(url ?? '', `GET /a HTTP/1.1\r\nhost: x\r\n${upgrade}x-name: ${bytes}\r\n\r\n`, end)
      assert.match(seen(), /^x-name: (.*)$/im)
      assert.equal(/^x-name: (.*)$/im.exec(seen())?.[1], bytes, 'request')
      assert.equal(/^x-name: (.*)$/im.exec(answer)?.[1], bytes, 'answer')
    })
  }
})
