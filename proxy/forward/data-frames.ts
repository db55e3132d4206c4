/**
 * Returns a listener for the chunks that a WebSocket's client sends. The listener calls `onData` for each chunk in
 * which a data frame begins or continues. Pings, pongs and closes do not count, because a browser answers pings also
 * in a tab that no person looks at.
 *
 * The listener reads only the heads of frames (RFC 6455, 5.2): 2 bytes, up to 8 of length, 4 of mask when masked.
 */
export function dataFrameWatch(onData: () => void): (chunk: Buffer) => void {
  let seen = 0
  let headEnds = 2
  let lengthEnds = 2
  let length = 0
  let payloadLeft = 0
  let isControl = false

  /** Takes one byte of a frame's head. Uses numbers and no lists, since a chunk may hold only heads of empty frames. */
  const takeOfHead = (byte: number) => {
    if (seen === 0) {
      isControl = (byte & 0x08) !== 0
    } else if (seen === 1) {
      const short = byte & 0x7f
      lengthEnds = short === 127 ? 10 : short === 126 ? 4 : 2
      headEnds = byte & 0x80 ? lengthEnds + 4 : lengthEnds
      length = lengthEnds === 2 ? short : 0
    } else if (seen < lengthEnds) {
      length = length * 256 + byte
    }
    seen += 1
  }

  return (chunk) => {
    let position = 0
    let sawData = false
    while (position < chunk.length) {
      if (payloadLeft > 0) {
        const taken = Math.min(payloadLeft, chunk.length - position)
        position += taken
        payloadLeft -= taken
      } else {
        takeOfHead(chunk[position] ?? 0)
        position += 1
        if (seen < headEnds) continue
        payloadLeft = length
        seen = 0
        headEnds = 2
      }
      sawData ||= !isControl
    }
    if (sawData) onData()
  }
}
