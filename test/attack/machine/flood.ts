/**
 * Opens a number of connections from a number of this machine's addresses, and holds them until its parent disconnects.
 * Prints how many got a 503, once each connection has an answer or its end.
 */
import { connect } from 'node:net'

const [, , port = '', count = '', addresses = ''] = process.argv
let [done, answered] = [0, 0]
const sockets = Array.from({ length: Number(count) }, (_, index) => {
  const localAddress = `127.0.0.${1 + (index % Number(addresses))}`
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress })
  let isDone = false
  const finish = () => {
    if (isDone) return
    isDone = true
    done += 1
    if (done === sockets.length) process.stdout.write(`${answered}\n`)
  }
  // An open connection is held, and one that was refused counts as finished.
  socket
    .on('error', finish)
    .on('close', finish)
    .on('connect', () => socket.write('GET /_carrel/health HTTP/1.1\r\nhost: nb.test\r\n\r\n'))
  socket.on('data', (bytes) => {
    if (String(bytes).startsWith('HTTP/1.1 503')) answered += 1
    finish()
  })
  return socket
})
process.once('disconnect', () => process.exit())
