/** Sends the body of a client's request to a backend, framed as the client framed it. */
import type { Exchange } from '../exchange.ts'
import { cutCrumbs } from '../replies/crumbs.ts'
import { isBehind } from './behind.ts'
import type { Connection } from './connection.ts'

export interface Upload {
  /** Whether nothing more will be sent. */
  isDone: boolean
  /** Stops sending. The rest is read and dropped, or else the client could send no further request. */
  stop(): void
}

/** A body of no bytes. */
export const noUpload: Upload = { isDone: true, stop() {} }

/** Begins to send the body. Calls `done` when all of it is sent, or when the backend has closed the connection. */
export function upload({ req, framing }: Exchange, { socket }: Connection, done: () => void): Upload {
  const isChunked = framing['transfer-encoding'] !== undefined
  const send = (chunk: Buffer) => {
    let isTaken: boolean
    if (isChunked) {
      socket.cork()
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      socket.write(chunk)
      isTaken = socket.write('\r\n', 'latin1')
      socket.uncork()
    } else isTaken = socket.write(chunk)
    if (isBehind(isTaken, socket)) req.pause()
  }
  const drained = () => req.resume()
  const settle = () => {
    req.off('data', send).off('end', finish)
    socket.off('drain', drained).off('close', cut)
    upload.isDone = true
  }
  const finish = () => {
    settle()
    if (isChunked) socket.write('0\r\n\r\n', 'latin1')
    done()
  }
  const stop = () => {
    if (upload.isDone) return
    settle()
    req.resume()
  }
  const cut = () => {
    stop()
    done()
  }
  const upload: Upload = { isDone: false, stop }
  cutCrumbs(req)
  socket.on('drain', drained).once('close', cut)
  req.on('data', send).once('end', finish)
  return upload
}
