import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { limitPipelines, type Pipelines } from '../../net/pipelines.ts'

describe('requests of one connection', () => {
  let begun: ServerResponse[]
  let pipelines: Pipelines
  let stop: () => Promise<void>
  let send: (count: number) => Promise<Duplex>

  beforeEach(async () => {
    begun = []
    pipelines = limitPipelines(2)
    const came: (() => void)[] = []
    let count = 0
    const server = createServer((req, res) => {
      if (pipelines.begin(req.socket, res)) begun.push(res)
      count -= 1
      if (count === 0) came.splice(0).forEach((resolve) => void resolve())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sockets: Duplex[] = []
    send = async (requests) => {
      count = requests
      const all = new Promise<void>((resolve) => came.push(resolve))
      const socket = sockets[0] ?? connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.on('error', () => undefined)
      sockets[0] = socket
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(requests))
      await all
      return socket
    }
    stop = async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  })
  afterEach(() => stop())

  it('are begun as long as there are no more than the limit at once', async () => {
    const socket = await send(2)
    assert.equal(begun.length, 2)
    for (const response of begun.splice(0)) {
      response.end()
      await once(response, 'close')
    }
    await send(2)
    assert.equal(begun.length, 2)
    assert.equal(socket.destroyed, false)
  })

  it('cut the connection when there are more, and requests that Node has already read are not begun', async () => {
    const socket = await send(5)
    if (!socket.destroyed) await once(socket, 'close')
    assert.equal(begun.length, 2)
  })

  it('keep the connection from being taken over as long as one of them has no answer', async () => {
    await send(2)
    const [first, second] = begun
    assert.ok(first?.socket && second)
    const connection = first.socket
    const closed = Promise.all([once(first, 'close'), once(second, 'close')])
    assert.equal(pipelines.takeOver(connection), false)
    assert.ok(connection.destroyed)
    await closed
  })

  it('let the connection be taken over when all of them are answered', async () => {
    await send(1)
    const [first] = begun
    assert.ok(first?.socket)
    const connection = first.socket
    first.end()
    await once(first, 'close')
    assert.equal(pipelines.takeOver(connection), true)
    assert.equal(connection.destroyed, false)
  })
})
