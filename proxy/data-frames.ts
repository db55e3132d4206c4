/**
 * Watches a WebSocket's bytes from the client go by and calls `onData` for each chunk in which a data frame begins or
 * goes on. Pings, pongs and closes do not count: a browser answers pings in a tab that nobody looks at.
 *
 * Only frame heads are looked at (RFC 6455, 5.2): 2 bytes, up to 8 of length, 4 of mask when masked.
 */
export function dataFrameWatch(onData: () => void): (chunk: Buffer) => void {
  let headBytes: number[] = []
  let payloadLeft = 0
  let isControl = false

  return (chunk) => {
    let position = 0
    let sawData = false
    while (position < chunk.length) {
      if (payloadLeft > 0) {
        const taken = Math.min(payloadLeft, chunk.length - position)
        position += taken
        payloadLeft -= taken
        sawData ||= !isControl
        continue
      }
      headBytes.push(chunk[position] ?? 0)
      position += 1
      if (headBytes.length < headLength(headBytes)) continue
      isControl = ((headBytes[0] ?? 0) & 0x08) !== 0
      payloadLeft = payloadLength(headBytes)
      sawData ||= !isControl
      headBytes = []
    }
    if (sawData) onData()
  }
}

function headLength([, second]: number[]): number {
  if (second === undefined) return 2
  const short = second & 0x7f
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0)
}

function payloadLength([, second = 0, ...rest]: number[]): number {
  const short = second & 0x7f
  if (short < 126) return short
  return rest.slice(0, short === 126 ? 2 : 8).reduce((length, byte) => length * 256 + byte, 0)
}
