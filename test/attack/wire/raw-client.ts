/** A thread of its own that sends bytes, so that what the sender costs is not counted as the hub's. */
import { connect } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface Sending {
  port: number
  bytes: Uint8Array
}

/** Sends, and tells the status of the answer once the connection has ended, however it ended. */
function send({ port, bytes }: Sending): void {
  const client = connect(port, '127.0.0.1')
  let head = ''
  client.on('data', (chunk) => {
    if (head.length < 20) head += chunk.toString('latin1')
  })
  // A hub that has read enough may cut the rest off.
  client.on('error', () => undefined)
  client.on('close', () => parentPort?.postMessage(head.slice(9, 12)))
  client.write(bytes)
}

parentPort?.on('message', send)
