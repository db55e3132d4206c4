/**
 * A learner's server whose responses have no end. It runs in a thread of its own, so that its cost is not the hub's.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface Endless {
  head: string
  /** Text that is sent again and again while the connection is open. */
  again: string
}

let answer: Endless = { head: '', again: '' }

const server = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.once('data', () => {
    const again = Buffer.from(answer.again.repeat(Math.ceil(65_536 / answer.again.length)), 'latin1')
    const write = () => {
      while (!socket.destroyed && socket.write(again));
    }
    socket.write(answer.head, 'latin1')
    socket.on('drain', write)
    write()
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
parentPort?.on('message', (next: Endless) => {
  answer = next
  parentPort?.postMessage('ready')
})
parentPort?.postMessage((server.address() as AddressInfo).port)
