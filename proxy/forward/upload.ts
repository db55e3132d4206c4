/** Sends the body of a client's request to a backend, framed as the client framed it. */
import type { Exchange } from '../exchange.ts'
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

/** A body of which nothing is read yet, so that its client sends no more of it than the connection holds. */
export function unread({ body }: Exchange): Upload {
  const upload: Upload = {
    isDone: false,
    stop() {
      if (!upload.isDone) body.drop()
      upload.isDone = true
    },
  }
  return upload
}

/** Begins to send the body. Calls `done` when all of it is sent, or when the backend has closed the connection. */
export function upload({ body, framing }: Exchange, { socket }: Connection, done: () => void): Upload {
  const isChunked = framing['transfer-encoding'] !== undefined
  const drained = () => body.goOn()
  const settle = () => {
    socket.off('drain', drained).off('close', cut)
    upload.isDone = true
  }
  const upload: Upload = {
    isDone: false,
    stop() {
      if (upload.isDone) return
      settle()
      body.drop()
    },
  }
  const cut = () => {
    upload.stop()
    done()
  }
  socket.on('drain', drained).once('close', cut)
  body.read({
    piece(bytes, release) {
      let isTaken: boolean
      if (isChunked) {
        socket.cork()
        socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
        socket.write(bytes, release)
        isTaken = socket.write('\r\n', 'latin1')
        socket.uncork()
      } else isTaken = socket.write(bytes, release)
      if (isBehind(isTaken, socket)) body.pause()
    },
    end() {
      settle()
      if (isChunked) socket.write('0\r\n\r\n', 'latin1')
      done()
    },
  })
  return upload
}
