/** Compresses the body of one answer on its way to the client, in Node's threads for such work. */
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { Logger } from 'pino'
import { contain } from '../../../net/boundary.ts'
import type { Exchange } from '../../exchange.ts'
import type { Coding } from './coding.ts'

export interface Compressor {
  /** Compresses a piece, and sends at once what has become of it. Calls `taken` when the client has room for more. */
  write(piece: Buffer, taken: () => void): void
  /** Compresses the last piece, and ends the answer. Calls `taken` when the piece is not needed any more. */
  end(piece: Buffer | undefined, taken: () => void): void
}

/**
 * Returns a compressor for the body of an answer whose head is fixed. Calls `over` when it holds no memory any more, as
 * soon as the answer is over, also because its client has left.
 */
export function compressInto(
  { answer, socket, cut }: Pick<Exchange, 'answer' | 'socket' | 'cut'>,
  stream: CompressingStream,
  log: Pick<Logger, 'error'>,
  over: () => void,
): Compressor {
  /** Whether one of Node's threads may still read a piece. */
  let isWriting = false
  const within = (step: () => unknown) => contain(log, socket, step)
  const write = (piece: Buffer, taken: () => void) => {
    isWriting = true
    stream.write(piece, () =>
      within(() => {
        isWriting = false
        if (answer.isOver) stream.destroy()
        taken()
      }),
    )
  }
  stream
    .on('data', (piece: Buffer) =>
      within(() => {
        if (answer.isOver) return
        const isTaken = answer.write(piece)
        if (isTaken || socket.writableLength === 0) return
        stream.pause()
        answer.whenDrained(() => stream.resume())
      }),
    )
    .on('end', () => within(() => answer.end(undefined)))
    .on('error', () => within(cut))
    .once('close', over)
  answer.whenOver(() => {
    // What a thread reads must stay until it has done so. Until then its results go nowhere.
    if (isWriting) stream.resume()
    else stream.destroy()
  })
  return {
    write,
    end(piece, taken) {
      if (piece === undefined) taken()
      else write(piece, taken)
      stream.end()
    },
  }
}

export type CompressingStream = ReturnType<typeof createGzip | typeof createBrotliCompress | typeof createZstdCompress>

/**
 * Returns the stream of a coding. The levels take 6 (zstd), 12 (br) and 16 ms (gzip) of processor time for a megabyte of
 * JupyterLab's scripts, of which each leaves about a quarter; the windows keep a stream at about one megabyte.
 */
export function streamOf(coding: Coding, length: number | undefined): CompressingStream {
  switch (coding) {
    case 'zstd':
      return createZstdCompress({
        chunkSize,
        flush: constants.ZSTD_e_flush,
        ...(length !== undefined && { pledgedSrcSize: length }),
        params: {
          [constants.ZSTD_c_compressionLevel]: 3,
          [constants.ZSTD_c_windowLog]: 18,
          [constants.ZSTD_c_hashLog]: 16,
          [constants.ZSTD_c_chainLog]: 15,
        },
      })
    case 'br':
      return createBrotliCompress({
        chunkSize,
        flush: constants.BROTLI_OPERATION_FLUSH,
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 3,
          [constants.BROTLI_PARAM_LGWIN]: 18,
          ...(length !== undefined && { [constants.BROTLI_PARAM_SIZE_HINT]: length }),
        },
      })
    case 'gzip':
      return createGzip({ chunkSize, flush: constants.Z_SYNC_FLUSH, level: 4 })
  }
}

/** How long the pieces of a compressed body are. */
const chunkSize = 32 * 1024
