/** Sends bytes in a thread of its own, so that the sender's cost does not count as the hub's. */
import { connect } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface Sending {
  port: number
  bytes: Uint8Array
}

/** Sends bytes, and posts the status of the response when the connection has ended. */
function send({ port, bytes }: Sending): void {
  const client = connect(port, '127.0.0.1')
  let head = ''
  client.on('data', (chunk) => {
    if (head.length < 20) head += chunk.toString('latin1')
  })
  // The hub may close the connection when it has read enough.
  client.on('error', () => undefined)
  client.on('close', () => parentPort?.postMessage(head.slice(9, 12)))
  client.write(bytes)
}

parentPort?.on('message', send)
