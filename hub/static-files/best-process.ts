/** A process that compresses by brotli as well as that can, of the files that it is sent, when nothing else wants the processors. */
import { constants as os, setPriority } from 'node:os'
import { brotliCompressSync, constants as zlib } from 'node:zlib'

setPriority(os.priority.PRIORITY_BELOW_NORMAL)

// Without the hub there is no channel, and nothing keeps the process.
process.on('message', (plain: Uint8Array) => process.send?.(compress(plain)))

function compress(plain: Uint8Array): Uint8Array {
  return brotliCompressSync(plain, {
    params: {
      [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY,
      [zlib.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  })
}
