import assert from 'node:assert/strict'
import { dataFrameWatch } from '../../../proxy/forward/data-frames.ts'

describe('the frames of a WebSocket', () => {
  /** Returns a masked frame, as a client sends it. */
  const frame = (opcode: number, length: number) => {
    const head =
      length < 126
        ? [0x80 | length]
        : length < 65_536
          ? [0xfe, length >> 8, length & 255]
          : [0xff, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
    return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 1, 2, 3, 4]), Buffer.alloc(length, 0x89)])
  }
  const [continued, textFrame, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10]
  const cases: [string, Buffer[], number][] = [
    ['text', [frame(textFrame, 5)], 1],
    ['binary', [frame(binary, 5)], 1],
    ['a continuation', [frame(continued, 5)], 1],
    ['empty text', [frame(textFrame, 0)], 1],
    ['a ping', [frame(ping, 5)], 0],
    ['a pong', [frame(pong, 0)], 0],
    ['a close', [frame(close, 2)], 0],
    ['pongs, then text', [frame(pong, 0), frame(pong, 125), frame(textFrame, 1)], 1],
    ['text of 126 bytes, then a pong', [frame(textFrame, 126), frame(pong, 4)], 1],
    ['text of 70000 bytes, then a pong', [frame(textFrame, 70_000), frame(pong, 4)], 1],
  ]
  for (const [what, frames, expected] of cases) {
    it(`${what}: ${expected === 1 ? 'data' : 'no data'}, however it is cut`, () => {
      const bytes = Buffer.concat(frames)
      for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
        let seen = 0
        const watch = dataFrameWatch(() => {
          seen += 1
        })
        for (let at = 0; at < bytes.length; at += size) watch(bytes.subarray(at, at + size))
        assert.equal(Math.min(seen, 1), expected, `in pieces of ${size}`)
      }
    })
  }
})
