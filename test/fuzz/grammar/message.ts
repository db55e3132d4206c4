import type { Random } from '../random.ts'

/** A request or response before it is written as bytes. */
export interface Message {
  /** Request line or status line, in its three parts. */
  first: [string, string, string]
  headers: [string, string][]
  body: string
}

export function written({ first, headers, body }: Message): string {
  return `${first.join(' ')}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** Frames a body in one of the ways of HTTP, at times with a wrong length. */
export function withBody(random: Random, message: Message, text: string): Message {
  const { headers } = message
  const how = random.weighted([
    [8, 'length'],
    [5, 'chunks'],
    [1, 'both'],
    [1, 'too long'],
    [1, 'too short'],
    [1, 'twice'],
    [1, 'none'],
  ])
  const length = ['content-length', String(text.length)] as [string, string]
  const chunked = ['transfer-encoding', 'chunked'] as [string, string]
  switch (how) {
    case 'length':
      return { ...message, headers: [...headers, length], body: text }
    case 'chunks':
      return { ...message, headers: [...headers, chunked], body: chunks(random, text) }
    case 'both':
      return { ...message, headers: [...headers, length, chunked], body: chunks(random, text) }
    case 'too long':
      return {
        ...message,
        headers: [...headers, ['content-length', String(text.length + 1 + random.int(2000))]],
        body: text,
      }
    case 'too short':
      return { ...message, headers: [...headers, ['content-length', String(random.int(text.length + 1))]], body: text }
    case 'twice':
      return { ...message, headers: [...headers, length, length], body: text }
    default:
      return { ...message, body: text }
  }
}

function chunks(random: Random, text: string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const size = 1 + random.int(Math.max(1, text.length - at))
    const extension = random.weighted([
      [12, ''],
      [1, ';a=b'],
      [1, ';a="b'],
      [1, `;${'x'.repeat(random.int(300))}`],
    ])
    parts.push(`${size.toString(16)}${extension}\r\n${text.slice(at, at + size)}\r\n`)
    at += size
  }
  const trailer = random.weighted([
    [8, ''],
    [1, 'x-trailer: 1\r\n'],
    [1, 'content-length: 3\r\n'],
    [1, 'x: \x01\r\n'],
  ])
  return `${parts.join('')}${random.weighted([
    [12, '0'],
    [1, ''],
    [1, '-1'],
    [1, 'ffffffffff'],
    [1, '0x0'],
  ])}\r\n${trailer}\r\n`
}
