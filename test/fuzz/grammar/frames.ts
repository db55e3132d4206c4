import type { Random } from '../random.ts'

/** Makes WebSocket frames, mostly sound, in either direction. */
export function frames(random: Random, most: number, masked: boolean): string {
  return random.times(1, most, () => frame(random, masked)).join('')
}

function frame(random: Random, isMasked: boolean): string {
  const opcode = random.weighted([
    [4, 1],
    [4, 2],
    [2, 0],
    [2, 8],
    [2, 9],
    [2, 10],
    [1, random.int(16)],
  ])
  const final = random.chance(0.8) ? 0x80 : 0
  const reserved = random.chance(0.9) ? 0 : random.int(8) << 4
  const payload = random.weighted([
    [6, random.bytes(random.int(20))],
    [2, 'x'.repeat(126)],
    [1, 'x'.repeat(65_536)],
    [1, ''],
  ])
  const masks = random.chance(0.93) ? isMasked : !isMasked
  const announced = random.weighted([
    [12, payload.length],
    [1, payload.length + 1 + random.int(100)],
    [1, 2 ** 40],
    [1, random.int(payload.length + 1)],
  ])
  return (
    String.fromCharCode(final | reserved | opcode) +
    length(random, announced, masks ? 0x80 : 0) +
    (masks ? masked(random, payload) : payload)
  )
}

/** Writes the length of a frame, at times in more bytes than needed. */
function length(random: Random, bytes: number, mask: number): string {
  const digits = bytes > 65_535 || random.chance(0.05) ? 8 : bytes > 125 || random.chance(0.05) ? 2 : 0
  if (digits === 0) return String.fromCharCode(mask | bytes)
  const big = Array.from({ length: digits }, (_, index) => Math.floor(bytes / 256 ** (digits - 1 - index)) % 256)
  return String.fromCharCode(mask | (digits === 2 ? 126 : 127), ...big)
}

function masked(random: Random, payload: string): string {
  const key = random.chance(0.5) ? random.bytes(4) : '\0\0\0\0'
  let text = key
  for (let i = 0; i < payload.length; i += 1) text += String.fromCharCode(payload.charCodeAt(i) ^ key.charCodeAt(i % 4))
  return text
}
