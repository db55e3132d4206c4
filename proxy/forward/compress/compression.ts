/** Compresses answers of learners' servers, within limits of memory and of processor time. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Logger } from 'pino'
import { createBuckets } from '../../../net/bucket.ts'
import { createUnderWay } from '../../../net/under-way.ts'
import type { Exchange } from '../../exchange.ts'
import { limits, paceOf, partOf } from '../../limits.ts'
import { createPacer } from '../pacer.ts'
import { type Answering, codingFor, compressed, isCompressible, unchanged, varying } from './coding.ts'
import { type Compressor, compressInto, streamOf } from './compressor.ts'

/** How an answer goes to the client. */
export interface Outgoing {
  headers: OutgoingHttpHeaders
  /** Takes the body. Undefined where the body goes out as it came. */
  compressor: Compressor | undefined
}

export interface Compression {
  /**
   * Returns how the answer of a server goes to the client, who would get it with `headers` otherwise. Where the limits of
   * all answers or of this server are reached, the body goes out as it came.
   */
  prepare(
    exchange: Exchange,
    server: string,
    answer: Omit<Answering, 'request'>,
    headers: OutgoingHttpHeaders,
  ): Outgoing
  close(): void
}

/** What is counted of the bytes that a server has compressed. */
const turnBytes = 64 * 1024

/** The pause after a piece of a server that has used its share, and of which no length told how long it would be. */
const pauseMilliseconds = 10

/** Each of several workers has its part of the limits. */
export function createCompression(log: Pick<Logger, 'error'>, workers: number): Compression {
  const { streams, streamsOfServer, burstBytes, bytesPerSecond } = limits.compressed
  const underWay = createUnderWay()
  const turns = createBuckets(paceOf({ burst: burstBytes / turnBytes, perSecond: bytesPerSecond / turnBytes }, workers))
  const takeTurns = (server: string, bytes: number) => turns.take(server, Math.ceil(bytes / turnBytes)) === 0
  const late = createPacer(pauseMilliseconds)

  /** Returns the compressor so that a server which has used its share goes on slowly. */
  const paced = ({ write, end }: Compressor, server: string, { answer }: Exchange): Compressor => {
    let leaveQueue: (() => void) | undefined
    answer.whenOver(() => leaveQueue?.())
    return {
      write(piece, taken) {
        if (takeTurns(server, piece.length)) return write(piece, taken)
        write(piece, () => {
          if (!answer.isOver) leaveQueue = late.wait(taken)
          else taken()
        })
      },
      end,
    }
  }

  return {
    prepare(exchange, server, answer, headers) {
      if (answer.status === 304) return { headers: unchanged(headers, exchange.headers), compressor: undefined }
      if (!isCompressible({ ...answer, request: exchange })) return { headers, compressor: undefined }
      const asItCame: Outgoing = { headers: varying(headers), compressor: undefined }
      const coding = codingFor(String(exchange.headers['accept-encoding'] ?? ''))
      if (coding === undefined) return asItCame
      const leave = underWay.take([
        { name: 'all', most: partOf(streams, workers) },
        { name: server, most: partOf(streamsOfServer, workers) },
      ])
      if (leave === undefined) return asItCame
      const { length } = answer
      if (!takeTurns(server, length ?? turnBytes)) {
        leave()
        return asItCame
      }
      const compressor = compressInto(exchange, streamOf(coding, length), log, leave)
      return {
        headers: compressed(headers, coding),
        compressor: length === undefined ? paced(compressor, server, exchange) : compressor,
      }
    },
    close: () => late.close(),
  }
}
