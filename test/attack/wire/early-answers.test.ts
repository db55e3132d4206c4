import { once } from 'node:events'
import { connect } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { addRoute, routeOf } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, startRawServer, startWire } from './wire.ts'

const seat = `host: nb.test\r\ncookie: ${annsSeat}\r\nsec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\n`
const bodyBytes = 4_000_000

describe('attack: bodies that are answered before they are there, a network client', () => {
  const cleanup = cleanupAfterEach()

  /** Sends a body that the server refuses and does not read, and then another request on the same connection. */
  const send = async (refusal: string, ends: boolean) => {
    const wire = await startWire(cleanup)
    const server = await startRawServer(cleanup, (bytes, socket) => {
      if (!bytes.startsWith('POST')) return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nagain')
      socket.pause()
      socket.write(refusal)
      return ends ? socket.end() : socket.destroySoon()
    })
    await addRoute(wire.proxy, routeOf(server, { revision: 9 }))
    const client = connect(addressOf(wire.url) as { host: string; port: number })
    cleanup.defer(() => client.destroy())
    client.on('error', () => {})
    let got = ''
    client.on('data', (chunk) => {
      got += chunk
    })
    client.write(`POST /user/ann/demo/x HTTP/1.1\r\n${seat}content-length: ${bodyBytes}\r\n\r\nx`)
    await until(() => got.includes('\r\n\r\n'), 'the answer is there')
    client.write('x'.repeat(bodyBytes - 1))
    client.write(`GET /user/ann/demo/y HTTP/1.1\r\n${seat}\r\n`)
    await Promise.race([
      once(client, 'close'),
      until(() => got.includes('again'), 'the rest of the body was read or the connection closed'),
    ])
    return got.match(/HTTP\/1\.1 \d+/g)
  }

  const refusal = 'HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
  const table: Attack[] = [
    {
      name: 'sends a long body to a server that has refused it and closed: the rest is read, and the connection goes on',
      rule: 'boundary',
      attempt: () => send(refusal, false),
      expected: ['HTTP/1.1 413', 'HTTP/1.1 200'],
    },
    {
      name: 'sends a long body to a server that has refused it and ended its side: the connection goes on',
      rule: 'boundary',
      attempt: () => send(refusal, true),
      expected: ['HTTP/1.1 413', 'HTTP/1.1 200'],
    },
  ]
  attacks(table)
})
